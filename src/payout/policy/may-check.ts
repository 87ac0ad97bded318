/**
 * Whether payout-check may be sent, for the first or the second time. payout-check does not pay,
 * and only one order is ever bound, so a wrong answer here costs a second order, not a second
 * payment. Whether payout-pay may be sent is decided in may-pay.ts.
 */

import type { Context } from '../model/decision.ts';
import {
  CHECK_ATTEMPTS_MAX,
  LOOKUP_FREE_MS,
  LOOKUP_RELIED_ON_MS,
  REFUSED_LOOKUPS_MIN,
} from '../model/limits.ts';
import { isShownPaid, type Payout } from '../model/payout.ts';
import type { LookupStreak } from '../model/tracking.ts';
import { durationOf, finishedAtOf, isFinished } from './attempts-and-polls.ts';
import { FIRST_EPOCH, isInNewEpoch } from './epoch.ts';
import { isOurGateway } from './gateway.ts';

/** Whether there are enough refused lookups, over enough time, for a conclusion. */
export const isQuietStreak = (
  streak: LookupStreak,
  { policy, isClockTrusted }: Pick<Context, 'policy' | 'isClockTrusted'>,
): boolean =>
  isClockTrusted &&
  streak.count >= REFUSED_LOOKUPS_MIN &&
  durationOf(streak) >= policy.checkQuietMs;

/**
 * Whether the gateway has no order for this payout. The evidence is one of three. First, refused
 * lookups over the quiet period, during which the gateway answered a poll of a known order (with a
 * wrong control key it refuses every request). Second, the operator's release in place of such a
 * poll. Third, after the quiet period, a refusal code that the installation mapped.
 */
export function isOrderKnownAbsent(payout: Payout, context: Context): boolean {
  const { check } = payout.tracking;
  const { refusedLookups: streak } = check;
  if (streak === null || payout.gateway.orderId !== null) return false;
  const { policy, history, isClockTrusted } = context;
  // A payout-check of the lost history may have created an order since.
  // guard: lookups-of-this-history
  if (streak.since < history.startedAt) return false;
  if (policy.orderNotFoundCodes.includes(streak.key)) {
    // An attempt that finished before a loss says nothing about attempts that were lost.
    const since = Math.max(finishedAtOf(check) ?? streak.since, history.startedAt);
    // guard: quiet-before-absent
    return isClockTrusted && streak.until - since >= policy.checkQuietMs;
  }
  return check.released || (isQuietStreak(streak, context) && streak.knownAnsweredAt !== null);
}

/** Whether the gateway has shown that it knows the payout, although the row has no order. */
export const isKnownThere = ({ tracking }: Payout): boolean =>
  tracking.answeredLostIntent || tracking.namedOrderId !== null;

/**
 * Whether a lookup precedes the first payout-check. A payout that was just created in a database
 * without losses certainly has no order, unless a callback names one. After a loss its reference
 * may have been used before.
 */
export function needsLookup(payout: Payout, { now, history }: Context): boolean {
  // guard: lookup-after-loss
  const isOfWholeHistory = history.epoch === FIRST_EPOCH && payout.epoch === FIRST_EPOCH;
  const isNew = now - payout.createdAt < LOOKUP_FREE_MS && payout.createdAt <= now;
  return !(isOfWholeHistory && isNew && !isKnownThere(payout));
}

/** Whether one refused lookup is not enough to conclude that the gateway has no order. */
export const needsAllLookups = (payout: Payout, context: Context): boolean =>
  payout.tracking.check.made > 0 || isKnownThere(payout) || isInNewEpoch(payout, context);

/** Whether the lookup before a first payout-check has shown that there is no order. */
function isLookedUp(payout: Payout, context: Context): boolean {
  const { refusedLookups: streak } = payout.tracking.check;
  if (streak === null || context.now - streak.until > LOOKUP_RELIED_ON_MS) return false;
  return needsAllLookups(payout, context) ? isOrderKnownAbsent(payout, context) : true;
}

/**
 * Whether every replica that could know of lost commits has compared its history. Until then the
 * payout-check of a payout may be lost, and the gateway would refuse a second one as a repeat of an
 * order that may be paid.
 */
const isCompared = ({ now, history }: Context): boolean => now >= history.repliesFrom;

/** Amount and receiver leave with payout-check: those of an altered row never do. */
// guard: unaltered-before-check
const isUnaltered = ({ integrity }: Context): boolean => integrity !== 'altered';

/** Whether the first payout-check may be sent. */
export const mayCheck = (payout: Payout, context: Context): boolean =>
  payout.status === 'requested' &&
  payout.gateway.orderId === null &&
  !isShownPaid(payout) &&
  isCompared(context) &&
  isUnaltered(context) &&
  payout.tracking.check.open === null &&
  payout.tracking.stopWish === null &&
  isOurGateway(payout, context.gateway) &&
  (!needsLookup(payout, context) || isLookedUp(payout, context));

/** Whether payout-check may be sent a second time, with the same client_orderid. */
export const mayRepeatCheck = (payout: Payout, context: Context): boolean =>
  payout.status === 'checking' &&
  !isShownPaid(payout) &&
  isCompared(context) &&
  isUnaltered(context) &&
  payout.tracking.stopWish === null &&
  payout.tracking.check.refusedWith === null &&
  isOurGateway(payout, context.gateway) &&
  isFinished(payout.tracking.check, context.now) &&
  payout.tracking.check.made < CHECK_ATTEMPTS_MAX &&
  // guard: absent-before-check
  isOrderKnownAbsent(payout, context);

/** Whether a first or a second payout-check may be sent now. */
export const mayCheckNow = (payout: Payout, context: Context): boolean =>
  mayCheck(payout, context) || mayRepeatCheck(payout, context);
