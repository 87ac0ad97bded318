/**
 * Whose request it is, behind the proxies of TRUSTED_PROXIES: reads X-Forwarded-For and Forwarded
 * (RFC 7239) from the right, where the nearest proxy wrote. Fastify's own `request.ip` compares
 * entries as raw text, so that a port or a quote makes a trusted proxy look like the client.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP, isIPv4 } from 'node:net';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** An IP address without port or brackets, or UNKNOWN_ADDRESS. */
    clientAddress: string;
  }
}

/** Stands for a client whose address no trusted proxy says clearly; no network contains it. */
export const UNKNOWN_ADDRESS = 'unknown';

/** Longer headers are not read: thirty proxies fit, and nothing is gained by more. */
const HEADER_MAX = 1500;

export type IsWithin = (address: string) => boolean;

/** Whether an address belongs to one of these addresses or networks. */
export function createNetworks(texts: readonly string[]): IsWithin {
  const networks = new BlockList();
  for (const text of texts) {
    const [host = '', prefix] = text.split('/');
    const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) networks.addAddress(host, family);
    else networks.addSubnet(host, Number(prefix), family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && networks.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

/** `"[2001:db8::1]:443"`, `192.0.2.1:80` and `::ffff:192.0.2.1` as bare addresses. */
function toAddress(entry: string): string {
  const text = entry.replace(/^"(.*)"$/, '$1').trim();
  const [, ipv6, ipv4] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(text) ?? [];
  const bare = ipv6 ?? ipv4 ?? text;
  const mapped = /^::ffff:([\d.]+)$/i.exec(bare)?.[1] ?? '';
  if (isIPv4(mapped)) return mapped;
  return isIP(bare) === 0 ? UNKNOWN_ADDRESS : bare;
}

/** The entries of X-Forwarded-For, the nearest proxy's last. */
const forwardedFor = (header: string): string[] =>
  header
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(toAddress);

/** A comma or a semicolon inside of quotes separates nothing. */
const ELEMENTS = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;
const PAIRS = /(?:[^;"]|"(?:[^"\\]|\\.)*")+/g;

/** The `for` of each element of Forwarded. An element without one hides its client. */
function forwardedElements(header: string): string[] {
  // A quote without its end may swallow what the nearest proxy wrote.
  if (header.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').includes('"')) return [UNKNOWN_ADDRESS];
  return (header.match(ELEMENTS) ?? [])
    .filter((element) => element.trim() !== '')
    .map((element) => {
      const named = (element.match(PAIRS) ?? []).flatMap(
        (pair) => /^\s*for\s*=\s*(.*?)\s*$/i.exec(pair)?.[1] ?? [],
      );
      const [only] = named;
      return only === undefined || named.length > 1 ? UNKNOWN_ADDRESS : toAddress(only);
    });
}

/** The first address from the right that is no trusted proxy; the left-most where all are. */
function walk(peer: string, hops: readonly string[], isTrusted: IsWithin): string {
  let client = peer;
  for (const hop of hops.toReversed()) {
    if (!isTrusted(client)) return client;
    client = hop;
  }
  return client;
}

/**
 * The address of the client of a request that came from `peer`. Where both headers are there and
 * name different clients, one of them was written by a stranger, and no address is believed.
 */
export function clientAddressOf(
  peer: string | undefined,
  headers: IncomingHttpHeaders,
  isTrusted: IsWithin,
): string {
  const nearest = toAddress(peer ?? '');
  if (!isTrusted(nearest)) return nearest;
  const said = [
    { header: [headers['x-forwarded-for'] ?? []].flat().join(','), read: forwardedFor },
    { header: headers['forwarded'] ?? '', read: forwardedElements },
  ].filter(({ header }) => header.trim() !== '');
  const clients = said.map(({ header, read }) =>
    header.length > HEADER_MAX ? UNKNOWN_ADDRESS : walk(nearest, read(header), isTrusted),
  );
  const [client = nearest] = clients;
  return clients.every((other) => other === client) ? client : UNKNOWN_ADDRESS;
}

/** Gives every request its `clientAddress`. */
export function registerClientAddress(
  server: FastifyInstance,
  trustedProxies: readonly string[],
): void {
  const isTrusted = createNetworks(trustedProxies);
  server.decorateRequest('clientAddress', {
    getter() {
      return clientAddressOf(this.socket.remoteAddress, this.headers, isTrusted);
    },
  });
}
