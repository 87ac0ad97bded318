/**
 * When a payout is due next, and which step follows then. An open payout always has a due time, and
 * only its row stores it. Whether a command may be sent is decided in may-check.ts and may-pay.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import type { AttentionCode } from '../model/attention.ts';
import type { Context } from '../model/decision.ts';
import {
  CHECKS_PAUSED_MAX_MS,
  CHECKS_PAUSED_MIN_MS,
  DAILY_MS,
  EARLY_POLLS_MS,
  FREQUENT_FOR_MS,
  finalPolls,
  HOURLY_MS,
  NOT_SENT_BACKOFF_MS,
  HELD_MS,
  openPolls,
  type PollStep,
  WATCHED_FOR_MS,
} from '../model/limits.ts';
import { mayHaveOrder, type Payout } from '../model/payout.ts';
import { isBeforePay, isFinal } from '../model/status.ts';
import type { Attempts } from '../model/tracking.ts';
import { isDoubtful, mayBePaidUnseen, needsNewAuthorization } from './epoch.ts';
import { isOurGateway } from './gateway.ts';
import { mayCheck, mayCheckNow, mayRepeatCheck } from './may-check.ts';
import { isCheckTooOld, isOnHold, isPastExpiry, permissionOf } from './may-pay.ts';

/**
 * The order in which due payouts get a limiter's slots: the lowest number first. A hint may report
 * that a payment has arrived and costs one request, so it goes before new payouts. Polls have their
 * own share; in it, polls of payouts whose money may be moving go before all others (`watch`).
 */
// guard: due-class-order
export const dueClass = { pay: 0, hint: 1, check: 2, poll: 3, watch: 4 } as const;
export type DueClass = (typeof dueClass)[keyof typeof dueClass];
export const DUE_CLASSES = Object.keys(dueClass).length;

export type Due = { at: Instant; class: DueClass };

export type Step =
  | { kind: 'check' }
  | { kind: 'pay' }
  | { kind: 'poll' }
  | { kind: 'hold'; code: AttentionCode }
  /** The pause has ended: the hold is cleared, and a poll precedes the payment. */
  | { kind: 'resume' }
  | { kind: 'expire' }
  /** The payout is left to a replica whose clock is right. */
  | { kind: 'leave' };

/** Whether an open payout was changed outside of the service. Polls go on, commands do not. */
const isAltered = ({ status }: Payout, context: Context): boolean =>
  !isFinal(status) && context.integrity === 'altered';

/**
 * Whether an altered payout has nothing to be polled for. After a loss it has: until the gateway
 * reports that it has no order, the payout cannot be stopped.
 */
// guard: altered-left-alone
const isLeftAlone = (payout: Payout, context: Context): boolean =>
  isAltered(payout, context) &&
  !mayHaveOrder(payout) &&
  !isDoubtful(payout, context) &&
  payout.tracking.stopWish === null;

const between = (minMs: number, maxMs: number, random: number): number =>
  Math.round(minMs + (maxMs - minMs) * random);

/**
 * The step of a payout that is due. `paused` is the switch that stops payments, and only payments.
 */
export function nextStep(payout: Payout, context: Context, paused: boolean): Step {
  const altered = { kind: 'hold', code: 'row_altered' } as const;
  // Its endpoint may be what was changed, so this comes before the gateway is compared.
  if (isAltered(payout, context) && !isOnHold(payout, 'row_altered')) return altered;
  if (!isOurGateway(payout, context.gateway)) return { kind: 'hold', code: 'other_gateway' };
  if (isFinal(payout.status)) return { kind: 'poll' };
  // A poll instead would be due again immediately, since the row stays past its expiry.
  if (isPastExpiry(payout, context)) return { kind: context.isClockTrusted ? 'expire' : 'leave' };
  const goesOn = !paused && !context.history.isOpen && isOnHold(payout, 'paused');
  const isRestored = isOnHold(payout, 'row_altered') && !isAltered(payout, context);
  if (goesOn || isRestored || isOnHold(payout, 'other_gateway')) return { kind: 'resume' };
  if (isLeftAlone(payout, context)) return altered;
  const command = (kind: 'check' | 'pay'): Step => ({
    kind: context.isClockTrusted ? kind : 'leave',
  });
  if (mayCheckNow(payout, context)) return command('check');
  const permission = permissionOf(payout, context, paused);
  if (permission.kind === 'may_pay') return command('pay');
  return permission.kind === 'hold' && !isOnHold(payout, permission.code)
    ? { kind: 'hold', code: permission.code }
    : { kind: 'poll' };
}

/** The wait of the step that applies after this time; null after the last step. */
function waitIn(
  steps: readonly PollStep[],
  elapsedMs: number,
  { random, policy }: Context,
): number | null {
  const step = steps.find(({ untilMs }) => elapsedMs < untilMs);
  if (step === undefined) return null;
  const [minMs, maxMs] = step.waitMs(policy);
  return between(minMs, maxMs, random);
}

/** The wait until the next poll, by the time since the last command or hint. */
function pollDelayMs(payout: Payout, context: Context): number {
  const { now, policy } = context;
  const { touchedAt, asks } = payout.tracking;
  const elapsedMs = now - touchedAt;
  // Early polls count from the command; one that a slow predecessor has overtaken is skipped.
  const early = EARLY_POLLS_MS.find((afterMs, index) => index >= asks && afterMs > elapsedMs);
  if (early !== undefined) return Math.min(early - elapsedMs, policy.pollMaxMs);
  return waitIn(openPolls, elapsedMs, context) ?? DAILY_MS;
}

/** When a command that never left may be retried. */
function retryAt({ notSentInARow, endedAt }: Attempts): Instant {
  if (notSentInARow === 0 || endedAt === null) return 0;
  const index = Math.min(notSentInARow, NOT_SENT_BACKOFF_MS.length) - 1;
  return endedAt + (NOT_SENT_BACKOFF_MS[index] ?? 0);
}

/** Until when a payout waits that is held by the many refusals of its endpoint. */
function heldUntil({ attention }: Payout, { now, random }: Context): Instant {
  const held = attention.find(({ code }) => code === 'checks_paused');
  if (held === undefined) return 0;
  const waitMs = Math.min(Math.max(now - held.since, CHECKS_PAUSED_MIN_MS), CHECKS_PAUSED_MAX_MS);
  return now + between(waitMs, waitMs * 1.5, random);
}

/** Whether a hint still waits for an answer or a failed request. */
const pollsImmediately = ({ tracking }: Payout): boolean =>
  tracking.askAtOnce && tracking.failedAsks === 0;

function watch(payout: Payout, context: Context): Due | null {
  const { now } = context;
  const { finalizedAt, tracking } = payout;
  if (finalizedAt === null || !mayHaveOrder(payout)) return null;
  const last = finalizedAt + WATCHED_FOR_MS;
  if (!isOurGateway(payout, context.gateway)) {
    return now < last ? heldDue(context, DAILY_MS) : null;
  }
  if (pollsImmediately(payout)) return { at: now, class: dueClass.hint };
  // After a hint whose request failed, polls follow as for an open payout, however late it came.
  if (tracking.askAtOnce && now < tracking.touchedAt + WATCHED_FOR_MS) {
    return { at: now + pollDelayMs(payout, context), class: dueClass.poll };
  }
  const waitMs = waitIn(finalPolls, now - finalizedAt, context);
  return waitMs === null ? null : { at: Math.min(now + waitMs, last), class: dueClass.watch };
}

/** Whether only an authorization is missing: then polls are hourly, and `slow` is not raised. */
export function awaitsPerson(payout: Payout, { now, history }: Context): boolean {
  const { withheld, authorizedAt } = payout.authorization;
  const missing =
    (payout.release === 'on_authorization' && authorizedAt === null) ||
    needsNewAuthorization(payout, history);
  return payout.status === 'bank_confirmed' && (withheld || missing || isCheckTooOld(payout, now));
}

/** The due time that payout-pay sets; null if only the usual polls remain. */
function paymentDue(payout: Payout, context: Context): Due | null {
  const { now, random, policy } = context;
  const retry = retryAt(payout.tracking.pay);
  if (payout.status === 'bank_confirmed' && retry > now) return { at: retry, class: dueClass.pay };
  // The row does not say whether payments are paused; a held payout stays so until it resumes.
  const permission = permissionOf(payout, context, isOnHold(payout, 'paused'));
  switch (permission.kind) {
    case 'may_pay':
      return { at: now, class: dueClass.pay };
    case 'hold':
      return isOnHold(payout, permission.code) ? null : { at: now, class: dueClass.pay };
    case 'poll_first': {
      // Not immediately, and not so often indefinitely: a gateway may answer more slowly than a
      // reply stays fresh. A reply that was requested too early after a lost connection is no
      // evidence of that.
      const { touchedAt, failedAsks, reply } = payout.tracking;
      const isNew = now - Math.max(touchedAt, payout.statusSince) < FREQUENT_FOR_MS;
      const isTooEarly = reply !== null && reply.requestedAt < context.history.repliesFrom;
      const waitMs = between(policy.pollMinMs, policy.pollMaxMs, random);
      return failedAsks === 0 && (isNew || isTooEarly)
        ? { at: now + waitMs, class: dueClass.hint }
        : null;
    }
    case 'wait':
      return null;
  }
}

/** No request is made; the step only checks whether the cause of the hold is gone. */
const heldDue = ({ now, random }: Context, everyMs: number): Due => ({
  at: now + between(everyMs, everyMs * 1.5, random),
  class: dueClass.poll,
});

function openDue(payout: Payout, context: Context): Due {
  const { now } = context;
  if (isAltered(payout, context) && !isOnHold(payout, 'row_altered')) {
    return { at: now, class: dueClass.poll };
  }
  if (isLeftAlone(payout, context)) return heldDue(context, HELD_MS);
  if (!isOurGateway(payout, context.gateway)) {
    // The attention item comes first; afterwards the payout only waits.
    return isOnHold(payout, 'other_gateway')
      ? heldDue(context, HELD_MS)
      : { at: now, class: dueClass.poll };
  }
  if (mayCheck(payout, context)) {
    const at = Math.max(now, heldUntil(payout, context), retryAt(payout.tracking.check));
    return { at, class: dueClass.check };
  }
  if (mayRepeatCheck(payout, context)) return { at: now, class: dueClass.check };
  if (pollsImmediately(payout)) return { at: now, class: dueClass.hint };
  const payment = paymentDue(payout, context);
  if (payment !== null) return payment;
  // Polls first find out what became of a payout, even if it then waits for an authorization.
  const waitsToStop = payout.tracking.stopWish !== null;
  const isIdle = awaitsPerson(payout, context) && !isDoubtful(payout, context) && !waitsToStop;
  const waitMs = isIdle ? HOURLY_MS : pollDelayMs(payout, context);
  return { at: now + waitMs, class: isBeforePay(payout.status) ? dueClass.watch : dueClass.poll };
}

/** A new payout is due immediately, for payout-check. */
export const firstDue = ({ createdAt }: Payout): Due => ({ at: createdAt, class: dueClass.check });

/** When the payout is due next; null only for a final payout that is no longer polled. */
export function schedule(payout: Payout, context: Context): Due | null {
  if (isFinal(payout.status)) return watch(payout, context);
  const due = openDue(payout, context);
  const { expiresAt, authorizedAt } = payout.authorization;
  const mayExpire = isBeforePay(payout.status) && !mayBePaidUnseen(payout, context);
  const expires = mayExpire && authorizedAt === null && expiresAt !== null;
  return expires && expiresAt < due.at
    ? { at: Math.max(expiresAt, context.now), class: due.class }
    : due;
}
