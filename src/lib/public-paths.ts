/**
 * The paths of this service that a gateway, the receiver's browser and the cashier call: one pair
 * for each gateway that this version knows. `service/endpoints.ts` builds the addresses that a
 * gateway gets, and `http/routes/gateway.ts` serves them; `http/server.ts` reads them leniently.
 * Also says what one of our paths is for clients, behind a proxy that serves us below a path.
 */

export const gatewayNames = ['payneteasy'] as const;
export type GatewayName = (typeof gatewayNames)[number];

/** One of our paths as clients have to write it. */
export type PublicPath = (path: string) => string;

/**
 * The proxy in front takes the path of PUBLIC_BASE_URL away before it passes a request on, so that
 * no route knows of it; every path that we hand out needs it. `publicBaseUrl` ends without a slash.
 */
export function createPublicPath(publicBaseUrl: string): PublicPath {
  const { pathname } = new URL(publicBaseUrl);
  return (path) => (pathname === '/' ? path : pathname + path);
}

/** Followed by the name of an endpoint: the gateway's final-status callback. */
export const callbacksPath = (gateway: GatewayName): string => `/callbacks/${gateway}`;

/** Followed by the id of a payout: the receiver's browser returns here after the form. */
export const returnsPath = (gateway: GatewayName): string => `/returns/${gateway}`;

/** The cashier's; the published examples post to /CreatePayout (praxis: 1.5). */
export const CASHIER_PATHS = ['/UpdatePayout', '/CreatePayout'] as const;

const lenient = [
  ...CASHIER_PATHS,
  ...gatewayNames.flatMap((name) => [callbacksPath(name), returnsPath(name)]),
];

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
