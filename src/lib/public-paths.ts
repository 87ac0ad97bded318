/**
 * The paths of this service that the gateway, the receiver's browser and the cashier call.
 * `service/endpoints.ts` builds the addresses that the gateway gets, and `http/routes/gateway.ts`
 * serves them; `http/server.ts` reads them leniently.
 */

/** Followed by the name of an endpoint: the gateway's final-status callback. */
export const CALLBACKS_PATH = '/callbacks/payneteasy';

/** Followed by the id of a payout: the receiver's browser returns here after the form. */
export const RETURNS_PATH = '/returns/payneteasy';

/** The cashier's; the published examples post to /CreatePayout (praxis: 1.5). */
export const CASHIER_PATHS = ['/UpdatePayout', '/CreatePayout'] as const;

const lenient = [...CASHIER_PATHS, CALLBACKS_PATH, RETURNS_PATH];

/**
 * The address of the route that is meant, with the query as it came. Others have typed these paths
 * into their systems, with a slash at the end or twice, or in another letter case; a callback or a
 * cancel that ends in a 404 is lost. Every other path stays as it is, and exact.
 */
export function toRouteUrl(url: string): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  const plain = path.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  const folded = `${plain.toLowerCase()}/`;
  const known = lenient.find((base) => folded.startsWith(`${base.toLowerCase()}/`));
  if (known === undefined) return url;
  return known + plain.slice(known.length) + url.slice(path.length);
}
