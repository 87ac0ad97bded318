/**
 * What a host name shows without a network request: whether it can be a production gateway. Names
 * are judged as written and never resolved, since the answer of DNS may change after the start.
 */

import { BlockList, isIP } from 'node:net';

export type HostKind = 'loopback' | 'private' | 'sandbox' | 'public';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const privateNetworks = new BlockList();
privateNetworks.addSubnet('10.0.0.0', 8, 'ipv4');
privateNetworks.addSubnet('172.16.0.0', 12, 'ipv4');
privateNetworks.addSubnet('192.168.0.0', 16, 'ipv4');
privateNetworks.addSubnet('169.254.0.0', 16, 'ipv4');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');
privateNetworks.addSubnet('fe80::', 10, 'ipv6');

/** What a name may consist of: no sign that would end the host of a URL and begin another part. */
const NAME = /^[\p{L}\p{M}\p{N}._-]+$/u;

/**
 * The host as it is connected to: `2130706433`, `0177.1` and `0x7f000001` are 127.0.0.1, also in
 * other digits, for the resolver as for URL. Null for a host that neither reads.
 */
function readHost(hostname: string): string | null {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return host;
  return NAME.test(host) ? (URL.parse(`http://${host}/`)?.hostname ?? null) : null;
}

/**
 * The kind of a host in any form: of `URL.hostname`, which writes IPv6 in brackets, or of the
 * address of a database, which URL leaves as it was written.
 */
export function hostKind(hostname: string): HostKind {
  const host = readHost(hostname);
  if (host === null) return 'public';
  const version = isIP(host);
  if (version !== 0) {
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (loopback.check(host, family)) return 'loopback';
    return privateNetworks.check(host, family) ? 'private' : 'public';
  }
  if (/(?:^|\.)localhost\.?$/.test(host)) return 'loopback';
  // A name of one label, such as a container's, is in no public DNS.
  if (!host.includes('.') || /\.(?:internal|local)\.?$/.test(host)) return 'private';
  return host.startsWith('sandbox.') ? 'sandbox' : 'public';
}
