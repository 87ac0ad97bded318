/**
 * Serves what the pages load: the stylesheet and the icon. The hash of the content is part of each
 * address, so that a browser may keep the file for good and a new version is another file.
 */

import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { RequestProblem } from '../../flow/api/request-problem.ts';
import { icon, stylesheet } from './stylesheet.ts';

type Asset = { name: string; type: string; content: string };

const hashOf = (content: string): string =>
  createHash('sha256').update(content).digest('hex').slice(0, 16);

const asset = (name: string, extension: string, type: string, content: string): Asset => ({
  name: `${name}-${hashOf(content)}.${extension}`,
  type,
  content,
});

const stylesheetAsset = asset('pages', 'css', 'text/css; charset=utf-8', stylesheet);
const iconAsset = asset('icon', 'svg', 'image/svg+xml; charset=utf-8', icon);
const assets = new Map([stylesheetAsset, iconAsset].map((each) => [each.name, each]));

/** Without a slash in front: pages link relative to their own address, see html-page.ts. */
export const STYLESHEET_PATH = `assets/${stylesheetAsset.name}`;
export const ICON_PATH = `assets/${iconAsset.name}`;

export function registerAssets(server: FastifyInstance): void {
  server.get<{ Params: { file: string } }>(
    '/assets/:file',
    { schema: { hide: true } },
    async (request, reply) => {
      const found = assets.get(request.params.file);
      if (found === undefined) throw new RequestProblem('ROUTE_NOT_FOUND');
      return reply
        .headers({
          'cache-control': 'public, max-age=31536000, immutable',
          'content-security-policy': "default-src 'none'",
          'x-content-type-options': 'nosniff',
        })
        .type(found.type)
        .send(found.content);
    },
  );
}
