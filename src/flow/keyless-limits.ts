/**
 * Limits for requests without an API key. Only refused requests and repeats are counted: refused
 * ones by the caller's address, signed repeats by what was signed. An address may belong to a proxy
 * that the gateway shares with strangers, so a genuine callback is never limited by its address. A
 * signed query string is limited wherever it comes from.
 */

import { isIPv4, isIPv6 } from 'node:net';
import { type CountedLimit, createCountedLimit } from '../lib/counted-limit.ts';

/** In a minute. A misconfigured caller needs fewer to be noticed in the log. */
const REFUSED_MAX = 30;
/** In a minute. The gateway repeats a callback only where it got no answer. */
const REPEATED_MAX = 30;
const WINDOW_MS = 60_000;
/** About a megabyte for each of the limits. */
const KEYS_MAX = 10_000;

export type KeylessLimits = {
  /** By address. */
  refused: CountedLimit;
  /** By what was signed. */
  repeated: CountedLimit;
};

/** Who sent a request without an API key, and what it is limited by. */
export type KeylessCaller = { address: string; limits: KeylessLimits };

const settings = (max: number) => ({ max, windowMs: WINDOW_MS, keysMax: KEYS_MAX });

export const createKeylessLimits = (monotonic: () => number): KeylessLimits => ({
  refused: createCountedLimit(settings(REFUSED_MAX), monotonic),
  repeated: createCountedLimit(settings(REPEATED_MAX), monotonic),
});

/** The first four of an IPv6 address's eight groups; one caller has at least a whole /64. */
function network64(address: string): string {
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = address.includes('::')
    ? [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail)]
    : groups(head);
  return `${all
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

/**
 * What callers of one address are counted by: an IPv4 address, or the /64 of an IPv6 one. Callers
 * whose address is unknown are counted as one: by what each of them writes, a stranger could choose
 * a new key for every request. No caller whose address a proxy says is counted with them.
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(.+)$/i.exec(address)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  return isIPv6(address) ? network64(address) : address;
}
