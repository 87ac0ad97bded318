/**
 * The pages that the `type` of a problem links to: what happened, whether the outcome is known, and
 * whether to retry. They show nothing of a request; their sentences are in registry.ts.
 */

import type { FastifyInstance } from 'fastify';
import { problemCodes, RequestProblem } from '../../flow/api/request-problem.ts';
import { problemAddress } from './body.ts';
import { type ProblemEntry, problemRegistry } from './registry.ts';

export function registerProblemPages(server: FastifyInstance): void {
  const pages = new Map(
    problemCodes.map((code) => [problemAddress(code), renderPage(code, problemRegistry[code])]),
  );
  server.get<{ Params: { code: string } }>(
    '/docs/problems/:code',
    { schema: { hide: true } },
    async (request, reply) => {
      const page = pages.get(`/docs/problems/${request.params.code}`);
      if (page === undefined) throw new RequestProblem('ROUTE_NOT_FOUND');
      return reply.type('text/html; charset=utf-8').send(page);
    },
  );
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function renderPage(code: string, entry: ProblemEntry): string {
  const rows = [
    ['Status', `${entry.status}`],
    ['What happened', entry.happened],
    ['Is the outcome known?', entry.outcome],
    ['Retry?', entry.retry],
  ].map(([name = '', text = '']) => `<dt>${name}</dt><dd>${escapeHtml(text)}</dd>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${code}: ${escapeHtml(entry.title)}</title></head>
<body>
<h1>${escapeHtml(entry.title)}</h1>
<p><code>${code}</code></p>
<dl>${rows.join('\n')}</dl>
</body>
</html>
`;
}
