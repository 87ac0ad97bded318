/**
 * The frame of every page that a person sees: the product's name, the shared stylesheet, and the
 * headers that let a page load that stylesheet and nothing else. What a page says is decided by
 * problems.ts and receiver.ts here, and by ../openapi/docs-page.ts.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { visible } from '../../lib/text/visible.ts';
import { ICON_PATH, STYLESHEET_PATH } from './assets.ts';

export const PRODUCT_NAME = 'Payout service';

export type HtmlPage = {
  /** Text; the page's name in the browser, before the product's name. */
  title: string;
  /** HTML, with the page's one `main`; its class `text` has it styled by the stylesheet. */
  content: string;
  /** HTML that only this page needs in its head. */
  head?: string;
};

/** Whether another site may show the page in a frame: only where there is nothing to click. */
export type Framing = 'anywhere' | 'nowhere';

export const escapeHtml = (text: string): string =>
  visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/**
 * The way from an address up to the root, such as `../../` from /docs/problems/internal. Links are
 * relative, since a proxy may serve the root of this service below a path of its own.
 */
export const rootFrom = (path: string): string => '../'.repeat(path.split('/').length - 2);

/** The path as the browser has it: lib/public-paths.ts may have read it as another. */
export const shownPathOf = ({ originalUrl }: FastifyRequest): string =>
  originalUrl.split('?', 1)[0] ?? '';

/** Writes a page for the address that it is shown at. */
export function renderPage(path: string, page: HtmlPage): string {
  const { title, content, head = '' } = page;
  const root = rootFrom(path);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – ${PRODUCT_NAME}</title>
<link rel="icon" type="image/svg+xml" href="${root}${ICON_PATH}">
${head}<link rel="stylesheet" href="${root}${STYLESHEET_PATH}">
</head>
<body>
<header class="band"><img src="${root}${ICON_PATH}" alt=""><p>${PRODUCT_NAME}</p></header>
${content}
</body>
</html>
`;
}

const policyFor = (framing: Framing): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    ...(framing === 'nowhere' ? ["frame-ancestors 'none'"] : []),
  ].join('; ');

/** Answers with a page that runs no script. */
export function sendPage(reply: FastifyReply, page: HtmlPage, framing: Framing): FastifyReply {
  return reply
    .header('content-security-policy', policyFor(framing))
    .type('text/html; charset=utf-8')
    .send(renderPage(shownPathOf(reply.request), page));
}
