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

/** The kind of a host in the form of `URL.hostname`: lower case, IPv6 in brackets. */
export function hostKind(hostname: string): HostKind {
  const host = hostname.replace(/^\[|\]$/g, '');
  const version = isIP(host);
  if (version !== 0) {
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (loopback.check(host, family)) return 'loopback';
    return privateNetworks.check(host, family) ? 'private' : 'public';
  }
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback';
  // A name of one label, such as a container's, is in no public DNS.
  if (!host.includes('.') || /\.(?:internal|local)$/.test(host)) return 'private';
  return host.startsWith('sandbox.') ? 'sandbox' : 'public';
}
