/**
 * Limits by address how often a client may try to call as the cashier. This file owns the counting;
 * who may call is decided in cashier-access.ts.
 */

import { addressKey } from '../../flow/keyless-limits.ts';
import { type CountedLimit, createCountedLimit } from '../../lib/counted-limit.ts';
import { type Admission, type CashierAccess, createAdmit } from './cashier-access.ts';

/**
 * The limit in a minute for refused calls, and for calls without authentication that changed
 * nothing. It is enough for an operator who mistypes a password, and too few to guess one.
 */
const REFUSED_MAX = 30;
const WINDOW_MS = 60_000;
const ADDRESSES_MAX = 10_000;

/**
 * An address that was admitted within this time is not limited by what other clients send from it.
 * Behind a proxy that is missing in TRUSTED_PROXIES, strangers have the cashier's address, and a
 * cancel that does not arrive costs more than guesses at a long password.
 */
const KNOWN_FOR_MS = 3_600_000;
const KNOWN_MAX = 1000;

export type Passage = Admission | { kind: 'limited'; forMs: number };

export type CashierLimiter = {
  enter(address: string, authorization: string | undefined): Passage;
  /** Counts an admitted call that changed nothing. */
  countIneffective(address: string, isAuthenticated: boolean): void;
  /** False where too many calls named no payout, so that not each of them is recorded. */
  keepsUnnamed(address: string): boolean;
  countUnnamed(address: string): void;
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

export function createCashierLimiter(
  access: CashierAccess,
  monotonic: () => number,
): CashierLimiter {
  const admit = createAdmit(access);
  const known = createKnown(monotonic);
  const newLimit = (): CountedLimit =>
    createCountedLimit(
      { max: REFUSED_MAX, windowMs: WINDOW_MS, keysMax: ADDRESSES_MAX },
      monotonic,
    );
  const ineffective = newLimit();
  const unnamed = newLimit();

  return {
    enter: (address, authorization) => {
      const key = addressKey(address);
      const forMs = ineffective.limitedForMs(key);
      // No credentials are compared for an address that tried too often; else guessing continues.
      if (forMs > 0 && !known.has(key)) return { kind: 'limited', forMs };
      const admission = admit(address, authorization);
      if (admission.kind === 'admitted') {
        if (admission.isAuthenticated) known.add(key);
        return admission;
      }
      if (forMs > 0) return { kind: 'limited', forMs };
      ineffective.count(key);
      return admission;
    },
    countIneffective: (address, isAuthenticated) => {
      if (!isAuthenticated) ineffective.count(addressKey(address));
    },
    keepsUnnamed: (address) => unnamed.limitedForMs(addressKey(address)) === 0,
    countUnnamed: (address) => unnamed.count(addressKey(address)),
  };
}
