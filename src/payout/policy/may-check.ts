/**
 * Whether payout-check may leave, for the first time or a second one. payout-check does not pay and
 * only one order is ever bound, so a wrong answer here costs a second order, not a second payment.
 */

import type { Context } from '../model/decision.ts';
import {
  CHECK_ATTEMPTS_MAX,
  LOOKUP_FREE_MS,
  LOOKUP_RELIED_ON_MS,
  REFUSED_LOOKUPS_MIN,
} from '../model/limits.ts';
import type { Payout } from '../model/payout.ts';
import type { LookupStreak } from '../model/tracking.ts';
import { durationOf, isSettled, settledAtOf } from './attempts-and-polls.ts';
import { FIRST_EPOCH, isInNewEpoch } from './epoch.ts';
import { isOurGateway } from './gateway.ts';

/** Whether refused lookups are many enough, over long enough, to say something together. */
export const isQuietStreak = (
  run: LookupStreak,
  { policy, isClockTrusted }: Pick<Context, 'policy' | 'isClockTrusted'>,
): boolean =>
  isClockTrusted && run.count >= REFUSED_LOOKUPS_MIN && durationOf(run) >= policy.checkQuietMs;

/**
 * Whether the gateway knows no order for this payout: refused lookups spread over the quiet period,
 * between which a known order was answered well (a wrong control key refuses everything), or a
 * person's command in its place; or, after the quiet period, a code that an installation mapped.
 */
export function isOrderKnownAbsent(payout: Payout, context: Context): boolean {
  const { check } = payout.tracking;
  const { refusedLookups: run } = check;
  if (run === null || payout.gateway.orderId !== null) return false;
  const { policy, history, isClockTrusted } = context;
  // A payout-check of the lost history may have made an order since.
  // guard: lookups-of-this-history
  if (run.since < history.startedAt) return false;
  if (policy.orderNotFoundCodes.includes(run.key)) {
    // What was settled before a loss says nothing about what came between.
    const since = Math.max(settledAtOf(check) ?? run.since, history.startedAt);
    // guard: quiet-before-absent
    return isClockTrusted && run.until - since >= policy.checkQuietMs;
  }
  return check.released || (isQuietStreak(run, context) && run.knownAnsweredAt !== null);
}

/** Whether the gateway has shown that it knows the payout from what the row does not have. */
const isKnownThere = ({ tracking }: Payout): boolean =>
  tracking.answeredLostIntent || tracking.namedOrderId !== null;

/**
 * Whether the first payout-check is preceded by a lookup. A payout that was just created in a
 * database that never lost anything has certainly no order, unless a callback names one; after a
 * loss, its reference may have had an earlier life.
 */
export function needsLookup(payout: Payout, { now, history }: Context): boolean {
  // guard: lookup-after-loss
  const isOfWholeHistory = history.epoch === FIRST_EPOCH && payout.epoch === FIRST_EPOCH;
  const isNew = now - payout.createdAt < LOOKUP_FREE_MS && payout.createdAt <= now;
  return !(isOfWholeHistory && isNew && !isKnownThere(payout));
}

/** Whether one refused lookup is too little to say that the gateway has no order. */
export const needsAllLookups = (payout: Payout, context: Context): boolean =>
  payout.tracking.check.made > 0 || isKnownThere(payout) || isInNewEpoch(payout, context);

/** Whether the lookup that precedes a first payout-check has said that there is no order. */
function isLookedUp(payout: Payout, context: Context): boolean {
  const { refusedLookups: run } = payout.tracking.check;
  if (run === null || context.now - run.until > LOOKUP_RELIED_ON_MS) return false;
  return needsAllLookups(payout, context) ? isOrderKnownAbsent(payout, context) : true;
}

/**
 * Whether everybody who could know of lost commits has compared. Until then the payout-check of a
 * payout may be among them, and a second one would be refused as a repeat of what may be paid.
 */
const isCompared = ({ now, history }: Context): boolean => now >= history.repliesFrom;

/** Whether the first payout-check may be sent. */
export const mayCheck = (payout: Payout, context: Context): boolean =>
  payout.status === 'requested' &&
  payout.gateway.orderId === null &&
  isCompared(context) &&
  payout.tracking.check.open === null &&
  payout.tracking.stopWish === null &&
  isOurGateway(payout, context.gateway) &&
  (!needsLookup(payout, context) || isLookedUp(payout, context));

/** Whether payout-check may be sent a second time, with the same client_orderid. */
export const mayRepeatCheck = (payout: Payout, context: Context): boolean =>
  payout.status === 'checking' &&
  isCompared(context) &&
  payout.tracking.stopWish === null &&
  payout.tracking.check.refusedWith === null &&
  isOurGateway(payout, context.gateway) &&
  isSettled(payout.tracking.check, context.now) &&
  payout.tracking.check.made < CHECK_ATTEMPTS_MAX &&
  // guard: absent-before-check
  isOrderKnownAbsent(payout, context);

/** Whether either may be sent now. */
export const mayCheckNow = (payout: Payout, context: Context): boolean =>
  mayCheck(payout, context) || mayRepeatCheck(payout, context);
