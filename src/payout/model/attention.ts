/**
 * The open attention items of a payout. Their codes are listed in attention-facts.ts. The rules in
 * payout/rules raise and clear them. An item never stops polling.
 */

import type { Instant } from '../../lib/clock.ts';
import { isKnownWord, type NewerWord } from '../../lib/newer-word.ts';
import { type AttentionFacts, attentionFacts, item, severities } from './attention-facts.ts';

export type AttentionCode = keyof typeof attentionFacts;

/** The codes that a successful call clears. */
export const accessCodes = ['clock_skew', 'access_refused'] as const satisfies AttentionCode[];

export const attentionCodes = Object.keys(attentionFacts) as [AttentionCode, ...AttentionCode[]];

/**
 * The facts of a code that a newer version has raised. It counts as urgent: a needless look costs
 * less than a late one. It never clears here, because only the newer version knows its cause.
 */
const newerFacts: AttentionFacts = item(
  'urgent',
  false,
  'A newer version of this service has raised this item, and this version does not know it.',
  'Look the code up in the documentation of the newer version.',
);

/** The facts of any code on a row. Every lookup goes through this function. */
export const factsOfAttention = (code: Attention['code']): AttentionFacts =>
  isKnownWord(attentionCodes, code) ? attentionFacts[code] : newerFacts;

/**
 * Whether a newer version has raised an item. In that version the item may hold the payment, so
 * this version does not pay the payout: its replicas do, and waiting is better than paying twice.
 */
export const hasNewerAttention = ({ attention }: WithAttention): boolean =>
  attention.some(({ code }) => !isKnownWord(attentionCodes, code));

export type Attention = {
  code: AttentionCode | NewerWord;
  since: Instant;
  /** Figures of this item, such as both amounts; never receiver data. */
  detail: string | null;
  acknowledgedBy: string | null;
};

type WithAttention = { attention: readonly Attention[] };

/**
 * Opens an item. An open item that clears stays as it is. An item that never clears is replaced and
 * has to be acknowledged again if its figures differ.
 */
export function raise<T extends WithAttention>(
  payout: T,
  code: AttentionCode,
  now: Instant,
  detail: string | null = null,
): T {
  const open = payout.attention.find((entry) => entry.code === code);
  const isNews = open !== undefined && !attentionFacts[code].clears && open.detail !== detail;
  if (open !== undefined && !isNews) return payout;
  const entry: Attention = { code, since: now, detail, acknowledgedBy: null };
  return { ...payout, attention: [...payout.attention.filter((a) => a !== open), entry] };
}

/** Closes the items of these codes. */
export function clear<T extends WithAttention>(payout: T, ...codes: AttentionCode[]): T {
  const isCleared = ({ code }: Attention): boolean => isKnownWord(codes, code);
  if (!payout.attention.some(isCleared)) return payout;
  return { ...payout, attention: payout.attention.filter((entry) => !isCleared(entry)) };
}

/** At a final status: closes every item that clears, except those to keep. */
export function clearAutomatic<T extends WithAttention>(payout: T, ...keep: AttentionCode[]): T {
  const automatic = attentionCodes.filter((code) => attentionFacts[code].clears);
  return clear(payout, ...automatic.filter((code) => !keep.includes(code)));
}

/**
 * The one item that is shown: an unacknowledged one first, then the more severe, then the earlier
 * one in the list. The codes of a newer version come after the list.
 */
export function foremost(attention: readonly Attention[]): Attention | null {
  const count = attentionCodes.length + 1;
  const placeOf = (code: Attention['code']): number =>
    isKnownWord(attentionCodes, code) ? attentionCodes.indexOf(code) : attentionCodes.length;
  const rank = ({ code, acknowledgedBy }: Attention): number =>
    (acknowledgedBy === null ? 0 : severities.length * count) +
    severities.indexOf(factsOfAttention(code).severity) * count +
    placeOf(code);
  return attention.toSorted((a, b) => rank(a) - rank(b))[0] ?? null;
}
