/**
 * Settings that work, and that an attacker of a production installation would be glad of. Beside a
 * production gateway each is a problem of the configuration, or a warning where ALLOW_UNSAFE names
 * its kind. Which gateway is a production one is decided by rules.ts.
 */

import { hostKind } from '../lib/host-kind.ts';
import type { Secret } from '../lib/secret.ts';
import { NO_PLATFORM, type UnsafeKind, type Values } from './variables.ts';

export type Unsafe = {
  kind: UnsafeKind;
  /** "NAME: what is unsafe about it", without the value. */
  sentence: string;
};

export const OPEN_CASHIER =
  'PRAXIS_ALLOW_UNAUTHENTICATED: is true, so every client that reaches /UpdatePayout can hold, ' +
  'release and stop payouts';

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
    ...plainDatabase(values.DATABASE_URL),
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

/** The modes of `sslmode` that never fall back to an unencrypted connection. */
const ENCRYPTED = ['require', 'verify-ca', 'verify-full', 'no-verify'];

function plainDatabase(address: Secret | undefined): Unsafe[] {
  const url = address === undefined ? null : URL.parse(address.reveal());
  if (url === null) return [];
  const host = (url.searchParams.get('host') ?? url.hostname).toLowerCase();
  // A path, also percent-encoded, is a socket on this machine.
  if (host === '' || /^(?:\/|%2f)/i.test(host) || isNear(host)) return [];
  const mode = url.searchParams.get('sslmode');
  const isEncrypted =
    mode === null ? url.searchParams.get('ssl') === 'true' : ENCRYPTED.includes(mode);
  if (isEncrypted) return [];
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
  return bits < PREFIX_MIN.v6 || isMapped;
}

function shortPasswords(values: Partial<Values>): Unsafe[] {
  const database = URL.parse(values.DATABASE_URL?.reveal() ?? '');
  const { PRAXIS_BASIC_AUTH: cashier, PAYNETEASY_CONTROL_KEY: controlKey } = values;
  const passwords: readonly (readonly [name: string, password: string | undefined])[] = [
    ['DATABASE_URL', database?.password || (database?.searchParams.get('password') ?? undefined)],
    ['PAYNETEASY_CONTROL_KEY', controlKey?.reveal()],
    ['PRAXIS_BASIC_AUTH', cashier?.reveal().replace(/^[^:]*:/, '')],
  ];
  return passwords.flatMap(([name, password]) => {
    if (password === undefined || unescaped(password).length >= PASSWORD_MIN) return [];
    const sentence = `${name}: has a password of fewer than ${PASSWORD_MIN} characters`;
    return [{ kind: 'short_passwords', sentence }];
  });
}

/** Without percent-encoding, where that can be read. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
