/**
 * Limits by address how often a client may present wrong credentials: API keys in api-keys.ts, the
 * cashier's in cashier-limits.ts. It knows neither the credentials nor whether they are right.
 */

import { createCountedLimit } from '../../lib/counted-limit.ts';

/**
 * The limit of one address in a minute. It is enough for an operator who mistypes a password, and
 * too few to guess one.
 */
const REFUSED_MAX = 30;
const WINDOW_MS = 60_000;
const ADDRESSES_MAX = 10_000;

/**
 * An address that was admitted within this time is not shut out by what other clients send from it.
 * Behind a proxy that is missing in TRUSTED_PROXIES, strangers have the client's address, and a
 * cancel that does not arrive costs more than guesses at a long password.
 */
const KNOWN_FOR_MS = 3_600_000;
const KNOWN_MAX = 1000;

/** Addresses are given as the keys that flow/keyless-limits.ts counts them by. */
export type GuessLimiter = {
  /** Milliseconds for which nothing is compared for this address, else guessing continues. */
  closedForMs(address: string): number;
  /** Credentials from this address were right. */
  admitted(address: string): void;
  /** Counts wrong credentials; milliseconds until the next try, 0 while there are tries left. */
  refused(address: string): number;
  /** Counts a try in addition to the refused ones. */
  count(address: string): void;
};

/** Addresses that were admitted within the last hour. */
function createKnown(monotonic: () => number) {
  const seenAt = new Map<string, number>();
  return {
    has: (key: string): boolean => monotonic() - (seenAt.get(key) ?? -Infinity) < KNOWN_FOR_MS,
    add: (key: string): void => {
      seenAt.delete(key);
      seenAt.set(key, monotonic());
      if (seenAt.size <= KNOWN_MAX) return;
      const [oldest] = seenAt.keys();
      if (oldest !== undefined) seenAt.delete(oldest);
    },
  };
}

/** `monotonic` is in milliseconds and never jumps. */
export function createGuessLimiter(monotonic: () => number): GuessLimiter {
  const known = createKnown(monotonic);
  const tries = createCountedLimit(
    { max: REFUSED_MAX, windowMs: WINDOW_MS, keysMax: ADDRESSES_MAX },
    monotonic,
  );
  return {
    closedForMs: (address) => (known.has(address) ? 0 : tries.limitedForMs(address)),
    admitted: (address) => known.add(address),
    refused: (address) => {
      const forMs = tries.limitedForMs(address);
      if (forMs === 0) tries.count(address);
      return forMs;
    },
    count: (address) => tries.count(address),
  };
}
