/**
 * The page at /docs: Swagger UI inside the frame that the service's other pages have. Replaces the
 * page of @fastify/swagger-ui, which carries that project's name and logo; its scripts and styles
 * stay, and are served by it.
 */

import type { preHandlerHookHandler } from 'fastify';
import { PRODUCT_NAME, renderPage, rootFrom, shownPathOf } from '../pages/html-page.ts';

export const DOCS_PATH = '/docs';

/** Swagger UI goes dark by a class on `html`; without its own top bar nothing else sets it. */
export const colorSchemeScript = {
  filename: 'color-scheme.js',
  content: `const dark = matchMedia('(prefers-color-scheme: dark)');
const apply = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', apply);
apply();
`,
};

const scripts = [
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'swagger-initializer.js',
];

function docsPage(path: string): string {
  const files = `${rootFrom(path)}docs/static`;
  const script = (name: string): string => `<script src="${files}/${name}"></script>\n`;
  return renderPage(path, {
    title: 'API documentation',
    head:
      `<link rel="stylesheet" href="${files}/swagger-ui.css">\n` +
      script(`theme/${colorSchemeScript.filename}`),
    // Swagger UI replaces what is inside, with a main and an h1 of its own.
    content: `<div id="swagger-ui">
<main class="text">
<h1>${PRODUCT_NAME}</h1>
<p>The documentation of the API appears here when its scripts have loaded. The same as a file:
<a href="${rootFrom(path)}openapi.json">openapi.json</a>.</p>
</main>
</div>
${scripts.map(script).join('')}`,
  });
}

/** Runs before each route of Swagger UI, and answers in its place where the route is the page. */
export const answerDocsPage: preHandlerHookHandler = (request, reply, done) => {
  const { url } = request.routeOptions;
  // The package would send its reader to a path that a proxy in front may not know.
  if (url === `${DOCS_PATH}/static/index.html`) {
    void reply.redirect(request.server.publicPath(DOCS_PATH));
    return;
  }
  if (url !== DOCS_PATH && url !== `${DOCS_PATH}/`) return done();
  void reply.type('text/html; charset=utf-8').send(docsPage(shownPathOf(request)));
};
