/**
 * Settings that work, and that an attacker of a production installation would be glad of. With a
 * production gateway each is a problem of the configuration, or a warning where ALLOW_UNSAFE names
 * its kind. Which gateway is a production one is decided by rules.ts.
 */

import { BlockList } from 'node:net';
import { hostKind } from '../lib/host-kind.ts';
import { type DatabaseAddress, readDatabaseUrl } from '../lib/postgres/database-url.ts';
import { NO_PLATFORM, OPEN_CASHIER } from './platform.ts';
import type { UnsafeKind, Values } from './variables.ts';

export type Unsafe = {
  kind: UnsafeKind;
  /** "NAME: what is unsafe about it", without the value. */
  sentence: string;
};

/** NIST SP 800-63B: no verifier accepts a password under 8 characters. */
const PASSWORD_MIN = 8;

/** The largest private networks are 10.0.0.0/8 and fc00::/7; no operator owns a larger one. */
const PREFIX_MIN = { v4: 8, v6: 7 };

/** IPv4 addresses inside IPv6, as a dual-stack listener sees them: 96 bits before those of IPv4. */
const MAPPED = /^(?:::ffff:|0*:0*:0*:0*:0*:ffff:)/i;
const MAPPED_BITS = 96;

/** Every unsafe setting of these values; an unreadable variable is undefined, like an unset one. */
export function findUnsafe(values: Partial<Values>): Unsafe[] {
  return [
    ...plainHttp(values),
    ...plainDatabase(values),
    ...openCashier(values),
    ...anyProxy(values),
    ...shortPasswords(values),
  ];
}

/** Whether what is sent to this host stays on this machine or in a private network. */
function isNear(hostname: string): boolean {
  const kind = hostKind(hostname);
  return kind === 'loopback' || kind === 'private';
}

function plainHttp(values: Partial<Values>): Unsafe[] {
  return (['PRAXIS_NOTIFY_URL', 'PUBLIC_BASE_URL'] as const).flatMap((name) => {
    const text = values[name];
    if (text === undefined || text === NO_PLATFORM) return [];
    const { protocol, hostname } = new URL(text);
    if (protocol === 'https:' || isNear(hostname)) return [];
    const sentence = `${name}: is http to a host that is not in a private network; use https`;
    return [{ kind: 'plain_http', sentence }];
  });
}

/** Null where it is not set, or not an address: that is a problem of its own. */
function databaseOf({ DATABASE_URL: text }: Partial<Values>): DatabaseAddress | null {
  if (text === undefined) return null;
  const read = readDatabaseUrl(text.reveal());
  return read.kind === 'address' ? read.address : null;
}

function plainDatabase(values: Partial<Values>): Unsafe[] {
  const address = databaseOf(values);
  if (address === null || address.tls !== null) return [];
  // A path is a socket on this machine.
  if (address.host.startsWith('/') || isNear(address.host)) return [];
  const sentence =
    'DATABASE_URL: is not encrypted, to a host that is not in a private network; ' +
    'add sslmode=verify-full';
  return [{ kind: 'plain_http', sentence }];
}

function openCashier(values: Partial<Values>): Unsafe[] {
  const open: Unsafe[] = [];
  if (values.PRAXIS_ALLOW_UNAUTHENTICATED === true) {
    open.push({ kind: 'open_cashier', sentence: OPEN_CASHIER });
  }
  const { PRAXIS_ALLOWED_IPS: allowed = [], PRAXIS_BASIC_AUTH: credentials } = values;
  if (credentials === undefined && allowed.some(isAlmostEverything)) {
    open.push({
      kind: 'open_cashier',
      sentence:
        'PRAXIS_ALLOWED_IPS: holds a network of almost every address, and no PRAXIS_BASIC_AUTH ' +
        'is required',
    });
  }
  return open;
}

function anyProxy({ TRUSTED_PROXIES: proxies = [] }: Partial<Values>): Unsafe[] {
  if (!proxies.some(isAlmostEverything)) return [];
  const sentence =
    'TRUSTED_PROXIES: holds a network of almost every address, so every client can choose the ' +
    'address that it is judged by';
  return [{ kind: 'any_proxy', sentence }];
}

/** Larger than any private network: 0.0.0.0/0, both halves of it, ::/0, ::ffff:0:0/96. */
function isAlmostEverything(network: string): boolean {
  const [host = '', prefix] = network.split('/');
  if (prefix === undefined) return false;
  const bits = Number(prefix);
  if (!host.includes(':')) return bits < PREFIX_MIN.v4;
  const isMapped = MAPPED.test(host) && bits < MAPPED_BITS + PREFIX_MIN.v4;
  return bits < PREFIX_MIN.v6 || isMapped || holdsEveryIpv4(host, bits);
}

/** A network that ends before the 96 bits, such as ::/80, holds all of them or none. */
function holdsEveryIpv4(host: string, bits: number): boolean {
  if (bits > MAPPED_BITS) return false;
  const network = new BlockList();
  network.addSubnet(host, bits, 'ipv6');
  return network.check('0.0.0.0', 'ipv4');
}

function shortPasswords(values: Partial<Values>): Unsafe[] {
  const { PRAXIS_BASIC_AUTH: cashier, PAYNETEASY_CONTROL_KEY: controlKey } = values;
  const passwords: readonly (readonly [name: string, password: string | undefined])[] = [
    // A database without a password trusts the host, or a certificate.
    ['DATABASE_URL', databaseOf(values)?.password || undefined],
    ['PAYNETEASY_CONTROL_KEY', controlKey?.reveal()],
    ['PRAXIS_BASIC_AUTH', cashier?.reveal().replace(/^[^:]*:/, '')],
  ];
  return passwords.flatMap(([name, password]) => {
    if (password === undefined || password.length >= PASSWORD_MIN) return [];
    const sentence = `${name}: has a password of fewer than ${PASSWORD_MIN} characters`;
    return [{ kind: 'short_passwords', sentence }];
  });
}
