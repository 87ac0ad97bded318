/**
 * Reads the paths that others have typed into their systems: with a slash at the end or twice, or
 * in another letter case. Only the cashier's paths and those of the gateway are read so, because a
 * callback or a cancel that ends in a 404 is lost; the API's own paths stay exact.
 */

import { CALLBACKS_PATH, CASHIER_PATHS, RETURNS_PATH } from '../../lib/public-paths.ts';

const lenient = [...CASHIER_PATHS, CALLBACKS_PATH, RETURNS_PATH];

/** Fastify's `rewriteUrl`: the address of the route that is meant, with the query as it came. */
export function toRouteUrl(url: string): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  const plain = path.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  const folded = `${plain.toLowerCase()}/`;
  const known = lenient.find((base) => folded.startsWith(`${base.toLowerCase()}/`));
  if (known === undefined) return url;
  return known + plain.slice(known.length) + url.slice(path.length);
}
