/**
 * An API key as the service stores it: a name, its scopes, and the SHA-256 of the key. Only the
 * client has the key in clear; this service neither stores nor logs it. `config/secrets.ts` reads
 * the keys.
 */

import { createHash } from 'node:crypto';

export const scopes = ['payouts:read', 'payouts:write', 'payouts:authorize', 'operator'] as const;
export type Scope = (typeof scopes)[number];

/** A person's name, as the body of a command takes it; scripts may need joiners inside. */
export const PERSON = /^[^\s\p{Cc}\p{Cs}](?:[^\p{Cc}\p{Cs}\u2028\u2029]{0,98}[^\s\p{Cc}\p{Cs}])?$/u;

export type ApiKey = {
  name: string;
  /** SHA-256 of the key, 64 lower-case hex digits. */
  sha256: string;
  scopes: readonly Scope[];
  /** Set: this key cannot create payouts that are paid without an authorization. */
  release?: 'on_authorization' | undefined;
  /** Set on such a key: the cashier's `A` still releases its payouts. */
  cashier_may_release?: boolean | undefined;
  /** Set: the key is this person's alone, so an operator's command by it takes no other name. */
  person?: string | undefined;
};

/**
 * Whether the cashier's `A` may release a payout that a key of this name created. False for a name
 * that is no longer configured: the service no longer knows whether its payouts need an
 * authorization.
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
