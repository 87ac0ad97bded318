/**
 * When a payout is due next, and what is done then. An open payout always has a due time, and it is
 * kept nowhere but on its row.
 */

import { mayRepeatCheck } from './check-rules.ts';
import type { AttentionCode } from './attention.ts';
import type { Context } from './decision.ts';
import {
  DAILY_MS,
  EARLY_ASKS_MS,
  FREQUENT_FOR_MS,
  HOURLY_FOR_MS,
  HOURLY_MS,
  NOT_SENT_BACKOFF_MS,
  RARE_FOR_MS,
  RARE_MAX_MS,
  RARE_MIN_MS,
  WATCHED_FOR_MS,
  WATCHED_HOURLY_FOR_MS,
} from './limits.ts';
import { isCheckTooOld, isExpired, mayPay, mayRepeatPay } from './may-pay.ts';
import { type Instant, mayHaveOrder, type Payout } from './payout.ts';
import { isFinal } from './status.ts';

/** In this order budgets are served: the lower number first. */
export const dueClass = { pay: 0, check: 1, hint: 2, poll: 3 } as const;
export type DueClass = (typeof dueClass)[keyof typeof dueClass];

export type Due = { at: Instant; class: DueClass };

export type Step =
  | { kind: 'check' }
  | { kind: 'pay' }
  | { kind: 'ask' }
  | { kind: 'hold'; code: AttentionCode }
  | { kind: 'expire' };

const between = (minMs: number, maxMs: number, random: number): number =>
  Math.round(minMs + (maxMs - minMs) * random);

const isHeld = (payout: Payout, code: AttentionCode): boolean =>
  payout.attention.some((entry) => entry.code === code);

/** What to do with a payout that is due. `paused` is the switch that stops payments, and only them. */
export function nextStep(payout: Payout, context: Context, paused: boolean): Step {
  if (isExpired(payout, context.now)) return { kind: 'expire' };
  if (payout.status === 'requested') return { kind: 'check' };
  if (mayRepeatCheck(payout, context)) return { kind: 'check' };
  const permission =
    payout.status === 'paying'
      ? mayRepeatPay(payout, context, paused)
      : mayPay(payout, context, paused);
  if (permission.kind === 'may_pay') return { kind: 'pay' };
  if (permission.kind === 'hold' && !isHeld(payout, permission.code)) {
    return { kind: 'hold', code: permission.code };
  }
  return { kind: 'ask' };
}

/** The wait until the next status request, by how long ago the last command or hint was. */
function pollDelayMs(payout: Payout, { now, random, policy }: Context): number {
  const { touchedAt, asks } = payout.memory;
  const elapsedMs = now - touchedAt;
  const early = EARLY_ASKS_MS[asks];
  if (early !== undefined && elapsedMs < FREQUENT_FOR_MS) return Math.min(early, policy.pollMaxMs);
  if (elapsedMs < FREQUENT_FOR_MS) return between(policy.pollMinMs, policy.pollMaxMs, random);
  if (elapsedMs < RARE_FOR_MS) return between(RARE_MIN_MS, RARE_MAX_MS, random);
  return elapsedMs < HOURLY_FOR_MS ? HOURLY_MS : DAILY_MS;
}

const retryDelayMs = (failures: number): number =>
  NOT_SENT_BACKOFF_MS[Math.min(failures, NOT_SENT_BACKOFF_MS.length) - 1] ?? 0;

function watch(payout: Payout, now: Instant): Due | null {
  if (!mayHaveOrder(payout) || payout.finalizedAt === null) return null;
  if (asksAtOnce(payout)) return { at: now, class: dueClass.hint };
  const age = now - payout.finalizedAt;
  if (age >= WATCHED_FOR_MS) return null;
  const wait = age < WATCHED_HOURLY_FOR_MS ? HOURLY_MS : DAILY_MS;
  return { at: now + wait, class: dueClass.poll };
}

const asksAtOnce = ({ memory }: Payout): boolean => memory.askAtOnce && memory.failedAsks === 0;

/** Waiting for a person, and for nothing else: asked hourly, and never counted as slow. */
export function awaitsRelease(payout: Payout): boolean {
  const { withheld, authorizedAt } = payout.authorization;
  const missing = payout.release === 'on_authorization' && authorizedAt === null;
  return payout.status === 'bank_confirmed' && (withheld || missing);
}

function confirmed(payout: Payout, context: Context): Due {
  const { now } = context;
  const failures = payout.memory.pay.notSentInARow;
  if (failures > 0) return { at: now + retryDelayMs(failures), class: dueClass.pay };
  const permission = mayPay(payout, context, isHeld(payout, 'paused'));
  if (permission.kind === 'may_pay') return { at: now, class: dueClass.pay };
  if (permission.kind === 'hold' && !isHeld(payout, permission.code)) {
    return { at: now, class: dueClass.pay };
  }
  if (permission.kind === 'ask_first' && payout.memory.failedAsks === 0) {
    return { at: now, class: dueClass.pay };
  }
  if (awaitsRelease(payout) || isCheckTooOld(payout, now)) {
    return { at: now + HOURLY_MS, class: dueClass.poll };
  }
  return { at: now + pollDelayMs(payout, context), class: dueClass.poll };
}

function openDue(payout: Payout, context: Context): Due {
  const { now } = context;
  if (payout.status === 'requested') {
    const failures = payout.memory.check.notSentInARow;
    return { at: now + (failures > 0 ? retryDelayMs(failures) : 0), class: dueClass.check };
  }
  if (mayRepeatCheck(payout, context)) return { at: now, class: dueClass.check };
  if (asksAtOnce(payout)) return { at: now, class: dueClass.hint };
  if (payout.status === 'bank_confirmed') return confirmed(payout, context);
  if (payout.status === 'paying' && payout.memory.pay.open === null) {
    const permission = mayRepeatPay(payout, context, isHeld(payout, 'paused'));
    if (permission.kind === 'may_pay') return { at: now, class: dueClass.pay };
    if (permission.kind === 'hold' && !isHeld(payout, permission.code)) {
      return { at: now, class: dueClass.pay };
    }
    if (permission.kind === 'ask_first' && payout.memory.failedAsks === 0) {
      return { at: now, class: dueClass.hint };
    }
  }
  return { at: now + pollDelayMs(payout, context), class: dueClass.poll };
}

/** When the payout is due next; null only for a final one that is no longer watched. */
export function schedule(payout: Payout, context: Context): Due | null {
  if (isFinal(payout.status)) return watch(payout, context.now);
  const due = openDue(payout, context);
  const { expiresAt, authorizedAt } = payout.authorization;
  if (expiresAt === null || authorizedAt !== null) return due;
  return expiresAt < due.at ? { at: Math.max(expiresAt, context.now), class: due.class } : due;
}
