/**
 * The pages that the `type` of a problem links to: what happened, whether the outcome is known, and
 * whether to retry. They show nothing of a request; their sentences are in registry.ts.
 */

import type { FastifyInstance } from 'fastify';
import { problemCodes, RequestProblem } from '../../flow/api/request-problem.ts';
import { problemAddress } from '../problems/body.ts';
import type { ProblemEntry } from '../problems/entry.ts';
import { problemRegistry } from '../problems/registry.ts';
import { escapeHtml, type HtmlPage, sendPage } from './html-page.ts';

export function registerProblemPages(server: FastifyInstance): void {
  const pages = new Map(
    problemCodes.map((code) => [problemAddress(code), problemPage(code, problemRegistry[code])]),
  );
  server.get<{ Params: { code: string } }>(
    '/docs/problems/:code',
    { schema: { hide: true } },
    async (request, reply) => {
      const page = pages.get(`/docs/problems/${request.params.code}`);
      if (page === undefined) throw new RequestProblem('ROUTE_NOT_FOUND');
      return sendPage(reply, page, 'nowhere');
    },
  );
}

function problemPage(code: string, entry: ProblemEntry): HtmlPage {
  const rows = [
    ['What happened', entry.happened],
    ['Is the outcome known?', entry.outcome],
    ['Retry?', entry.retry],
    ['HTTP status', `${entry.status}`],
  ].map(([name = '', text = '']) => `<dt>${name}</dt><dd>${escapeHtml(text)}</dd>`);
  return {
    title: `${entry.title} (${code})`,
    content: `<main class="text">
<h1>${escapeHtml(entry.title)}</h1>
<p><code>${code}</code></p>
<dl>
${rows.join('\n')}
</dl>
<p><a href="../../docs">API documentation</a></p>
</main>`,
  };
}
