/**
 * The identity of a gateway, as text: two configurations with the same one work on the same orders.
 */

export type GatewayAddress = {
  /** With the context path. */
  baseUrl: string;
  endpoint: { kind: 'endpoint' | 'group'; id: string };
  login: string;
};

/**
 * `https://host/path endpoint/123 login`, or `group/123`; the host in lower case, without its
 * scheme's default port and without a slash at the end of the path.
 */
export function gatewayIdentity({ baseUrl, endpoint, login }: GatewayAddress): string {
  // URL writes scheme and host in lower case and leaves a default port out.
  const { protocol, host, pathname } = new URL(baseUrl);
  const path = pathname.replace(/\/+$/, '');
  return `${protocol}//${host}${path} ${endpoint.kind}/${endpoint.id} ${login}`;
}
