/**
 * What an API key is: a name, what it may do, and the SHA-256 of the key itself. The key in clear
 * is known to its holder only; it is neither stored nor logged here.
 */

import { createHash } from 'node:crypto';

export const scopes = ['payouts:read', 'payouts:write', 'payouts:authorize', 'operator'] as const;
export type Scope = (typeof scopes)[number];

export type ApiKey = {
  name: string;
  /** SHA-256 of the key, 64 lower-case hex digits. */
  sha256: string;
  scopes: readonly Scope[];
  /** Set: this key cannot create payouts that are paid without an authorization. */
  release?: 'on_authorization' | undefined;
  /** Set on such a key: the cashier's `A` releases its payouts all the same. */
  cashier_may_release?: boolean | undefined;
};

/**
 * Whether the cashier's `A` may release a payout that a key of this name created. A name that is no
 * longer configured counts as held to authorizations: what its entry said is not known any more.
 */
export function mayCashierRelease(keys: readonly ApiKey[], name: string): boolean {
  const key = keys.find((known) => known.name === name);
  if (key === undefined) return false;
  return key.release === undefined || key.cashier_may_release === true;
}

/** The stored form of a key. Keys are long and random, so that one plain hash is enough. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}
