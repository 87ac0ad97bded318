/**
 * Limits by address what a client may send as the cashier. Who may call is decided in
 * cashier-access.ts, and how many wrong credentials are too many in guess-limiter.ts.
 */

import { addressKey } from '../../flow/keyless-limits.ts';
import { createCountedLimit } from '../../lib/counted-limit.ts';
import { type Admission, type CashierAccess, createAdmit } from './cashier-access.ts';
import { createGuessLimiter } from './guess-limiter.ts';

/** The limit in a minute for calls that name no payout and are recorded all the same. */
const UNNAMED_MAX = 30;
const WINDOW_MS = 60_000;
const ADDRESSES_MAX = 10_000;

export type Passage = Admission | { kind: 'limited'; forMs: number };

export type CashierLimiter = {
  enter(address: string, authorization: string | undefined): Passage;
  /** Counts an admitted call that changed nothing. */
  countIneffective(address: string, isAuthenticated: boolean): void;
  /** False where too many calls named no payout, so that not each of them is recorded. */
  keepsUnnamed(address: string): boolean;
  countUnnamed(address: string): void;
};

export function createCashierLimiter(
  access: CashierAccess,
  monotonic: () => number,
): CashierLimiter {
  const admit = createAdmit(access);
  const guesses = createGuessLimiter(monotonic);
  const unnamed = createCountedLimit(
    { max: UNNAMED_MAX, windowMs: WINDOW_MS, keysMax: ADDRESSES_MAX },
    monotonic,
  );

  return {
    enter: (address, authorization) => {
      const key = addressKey(address);
      const closedForMs = guesses.closedForMs(key);
      if (closedForMs > 0) return { kind: 'limited', forMs: closedForMs };
      const admission = admit(address, authorization);
      if (admission.kind === 'admitted') {
        if (admission.isAuthenticated) guesses.admitted(key);
        return admission;
      }
      const forMs = guesses.refused(key);
      return forMs > 0 ? { kind: 'limited', forMs } : admission;
    },
    countIneffective: (address, isAuthenticated) => {
      if (!isAuthenticated) guesses.count(addressKey(address));
    },
    keepsUnnamed: (address) => unnamed.limitedForMs(addressKey(address)) === 0,
    countUnnamed: (address) => unnamed.count(addressKey(address)),
  };
}
