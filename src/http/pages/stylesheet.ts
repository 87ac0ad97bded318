/**
 * The one stylesheet of everything that a person sees: problem pages, the receiver's pages, and
 * the frame around Swagger UI. assets.ts serves it. Colours are set only in the two blocks of
 * custom properties at the top, whose contrast a test computes. `.text` keeps the rules of text off
 * Swagger UI. The last rules replace those colours of its light scheme that are too pale to read.
 */

export const stylesheet = `:root {
  color-scheme: light dark;
  --page: #ffffff;
  --band: #17324d;
  --band-text: #ffffff;
  --text: #1c2430;
  --quiet: #4d5968;
  --code: #eef1f4;
  --link: #0b5cad;
  --focus: #0b5cad;
  --band-focus: #ffd24a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #1c2022;
    --band: #10202f;
    --band-text: #ffffff;
    --text: #e8ebee;
    --quiet: #b4bdc6;
    --code: #2d3438;
    --link: #8cc2f7;
    --focus: #8cc2f7;
    --band-focus: #ffd24a;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { text-size-adjust: 100%; -webkit-text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere;
}
.band {
  display: flex;
  align-items: center;
  gap: 0.6rem;
  padding: 0.75rem max(1rem, env(safe-area-inset-left));
  background: var(--band);
  color: var(--band-text);
}
.band p { margin: 0; font-weight: 600; }
.band img { display: block; width: 1.75rem; height: 1.75rem; }
.text { width: 100%; max-width: 42rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
.text h1 { margin: 0 0 0.5rem; font-size: 1.75rem; line-height: 1.25; }
.text p { margin: 0 0 1rem; }
.text dl { margin: 1.5rem 0; }
.text dt { color: var(--quiet); font-size: 0.9rem; font-weight: 600; }
.text dd { margin: 0 0 1rem; }
.text code { padding: 0.1em 0.35em; border-radius: 4px; background: var(--code); }
.text a { color: var(--link); text-decoration: underline; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.band :focus-visible { outline-color: var(--band-focus); }
html:not(.dark-mode) .swagger-ui .info .title small { background: var(--quiet); }
html:not(.dark-mode) .swagger-ui .opblock .opblock-summary-method {
  color: var(--text);
  text-shadow: none;
}
html:not(.dark-mode) .swagger-ui .info a { color: var(--link); }
html:not(.dark-mode) .swagger-ui .btn.authorize span { color: var(--text); }
html:not(.dark-mode) .swagger-ui .json-schema-2020-12-expand-deep-button { color: var(--text); }
`;

/** The product's mark: a coin on its way. The icon in a browser's tab, and the one in the band. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0b5cad"/>
<circle cx="11" cy="16" r="6" fill="none" stroke="#ffffff" stroke-width="3"/>
<path d="M19 16h8m-4-4 4 4-4 4" fill="none" stroke="#ffffff" stroke-width="3"
 stroke-linecap="round" stroke-linejoin="round"/>
</svg>
`;
