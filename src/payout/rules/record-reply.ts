/**
 * What a status reply records on a payout before it is judged: whether it may decide anything, and
 * its data besides the status. What its status means is decided in judge.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { accessCodes, clear, raise } from '../model/attention.ts';
import type { Context, History } from '../model/decision.ts';
import type { EventOf } from '../model/event.ts';
import { EARLY_POLLS_MS, REPEAT_REPLIES_MIN } from '../model/limits.ts';
import { formatMoney, isSameAmount } from '../model/money.ts';
import type { Payout } from '../model/payout.ts';
import { isNegative, laterEventOf, type StatusReply } from '../model/reply.ts';
import { isCheckStage, isPayingStage, STAGE_VALIDATED } from '../model/stage.ts';
import type { Streak, Tracking } from '../model/tracking.ts';
import {
  advance,
  countFruitlessPoll,
  durationOf,
  extendStreak,
  foundOrder,
  isHintOpen,
  isSameSequence,
  knowsAttempt,
  remember,
} from '../policy/attempts-and-polls.ts';
import { FIRST_EPOCH, lostCommandsFinishedAt, verified } from '../policy/epoch.ts';
import { isOurGateway } from '../policy/gateway.ts';
import { bindOrder } from '../policy/order.ts';

export type Reported = EventOf<'status_reported'>;

/** The longest text of the gateway that is kept, in characters. */
const TEXT_CHARS_MAX = 64;

/** A text cut to length. Half a character could not be stored, and the reply would be lost. */
const cut = (text: string): string => text.slice(0, TEXT_CHARS_MAX).toWellFormed();

/** Status and stage of a reply in one short text. */
export const textOf = ({ status, stage }: StatusReply): string =>
  `${cut(status)}/${stage === null ? 'no stage' : cut(stage)}`;

/** Whether a reply names this payout, by our id, or without our id by the bound order. */
function namesPayout(payout: Payout, { orderId, clientOrderId }: StatusReply): boolean {
  if (clientOrderId !== null) return clientOrderId === payout.clientOrderId;
  return orderId !== null && orderId === payout.gateway.orderId;
}

const isOtherOrder = ({ gateway }: Payout, { orderId }: StatusReply): boolean =>
  orderId !== null && gateway.orderId !== null && orderId !== gateway.orderId;

/** Why a reply decides nothing; null if it may decide. */
export function whyIgnored(
  payout: Payout,
  { requestedAt, asOf, reply }: Reported,
  { gateway, history }: Pick<Context, 'gateway' | 'history'>,
): string | null {
  const { tracking } = payout;
  if (!isOurGateway(payout, gateway)) return 'The status reply is from another gateway.';
  if (requestedAt < history.startedAt) return 'The status was requested before history was lost.';
  // guard: reply-names-payout
  if (!namesPayout(payout, reply)) return 'The status reply does not name this payout.';
  if (laterEventOf(reply) !== null) return 'The gateway reports a later event on the order.';
  // guard: reply-of-own-order
  if (isOtherOrder(payout, reply)) return 'The status reply is about another order of this payout.';
  if (!isSameSequence(asOf, tracking.sequence)) {
    return 'The status reply is stale: a reply, attempt or authorization came after its request.';
  }
  if (!knowsAttempt(tracking.pay, requestedAt)) {
    return 'The status was requested before payout-pay had ended.';
  }
  return null;
}

/**
 * A reply about a later event says nothing about the payout's own result, and it allows no payment.
 * It still counts as an answer: the operator may resolve the payout on it, and the gateway may
 * never give another one.
 */
function recordLaterEvent(
  payout: Payout,
  { requestedAt, asOf }: Reported,
  { epoch }: History,
): Payout {
  if (!isSameSequence(asOf, payout.tracking.sequence)) return payout;
  const reply = { requestedAt, asOf, epoch, status: 'later_event', validated: false };
  // Equal replies before and after it are not in a row.
  return advance(remember(payout, { reply, streak: null }), 'reply');
}

/** Records a reply that decides nothing: the order that it names, and a later event. */
export function recordIgnored(payout: Payout, reported: Reported, context: Context): Payout {
  const { requestedAt, reply } = reported;
  const { now, history, gateway } = context;
  const next = countFruitlessPoll(payout, requestedAt);
  if (!isOurGateway(payout, gateway) || !namesPayout(payout, reply)) return next;
  const later = laterEventOf(reply);
  if (later !== null) {
    const heard = recordLaterEvent(foundOrder(next), reported, history);
    return raise(heard, 'later_event', now, cut(later));
  }
  return reply.orderId === null
    ? foundOrder(next)
    : bindOrder(foundOrder(next), reply.orderId, now);
}

/** Both figures if amount or currency of the reply differ from ours; otherwise null. */
export function mismatchOf(
  { money }: Payout,
  { amount, currency }: Pick<StatusReply, 'amount' | 'currency'>,
): string | null {
  const amountDiffers = amount !== null && !isSameAmount(amount, money);
  const currencyDiffers = currency !== null && currency.trim().toUpperCase() !== money.currency;
  // guard: own-money
  if (!amountDiffers && !currencyDiffers) return null;
  const shown = cut(`${amount ?? 'no amount'} ${currency ?? 'no currency'}`);
  return `ours ${formatMoney(money)} ${money.currency}, shown ${shown}`;
}

function withMismatch(payout: Payout, reply: StatusReply, now: Instant): Payout {
  const mismatch = mismatchOf(payout, reply);
  if (mismatch !== null) return raise(payout, 'amount_mismatch', now, mismatch);
  // Only a reply that shows both can clear the item.
  const isShown = reply.amount !== null && reply.currency !== null;
  return isShown ? clear(payout, 'amount_mismatch') : payout;
}

/** The first reply of an epoch restarts the frequent polls, however old the payout is. */
const withRestartedPolls = (
  payout: Payout,
  last: Tracking['reply'],
  { now, history }: Context,
): Payout =>
  history.epoch === FIRST_EPOCH || last?.epoch === history.epoch
    ? payout
    : remember(payout, { touchedAt: now, asks: EARLY_POLLS_MS.length });

/** The streak, if it belongs to this epoch and reflects every command of the lost history. */
const streakIn = ({ streak, reply }: Tracking, history: History): Streak | null =>
  streak !== null &&
  reply?.epoch === history.epoch &&
  streak.since >= lostCommandsFinishedAt(history)
    ? streak
    : null;

/**
 * Whether enough replies over enough time show that the bank has only checked the payout. A single
 * reply may lag behind a lost payout-pay, as behind one without an answer.
 */
const isUnpaid = (reply: StatusReply, streak: Streak, { policy, isClockTrusted }: Context) =>
  isClockTrusted &&
  isCheckReply(reply) &&
  streak.count >= REPEAT_REPLIES_MIN &&
  durationOf(streak) >= policy.repeatQuietMs;

/** Whether a reply shows an order whose payment is in progress. */
export const isBeingPaid = ({ status, stage, redirectTo }: StatusReply): boolean =>
  status === 'processing' && (redirectTo !== null || isPayingStage(stage));

/** Whether a reply shows an order that is in a check stage. */
export const isCheckReply = ({ status, stage, orderId, redirectTo }: StatusReply): boolean =>
  status === 'processing' && orderId !== null && redirectTo === null && isCheckStage(stage);

/**
 * Records a reply that may decide: order, stage, bank reference, amount, and the reply itself.
 */
export function recordReply(payout: Payout, reported: Reported, context: Context): Payout {
  const { requestedAt, asOf, reply } = reported;
  const { now, history } = context;
  const bound = reply.orderId === null ? payout : bindOrder(payout, reply.orderId, now);
  const { gateway, tracking } = bound;
  // Only a reply that names the order may allow its payment, and a form shows that one has begun.
  const validated =
    reply.stage === STAGE_VALIDATED && isCheckReply(reply) && mismatchOf(payout, reply) === null;
  const streak = extendStreak(
    streakIn(tracking, history),
    `${textOf(reply)}${validated ? ' for us' : ''}`,
    requestedAt,
  );
  const stage = reply.stage ?? gateway.stage;
  // The reference of a route that declined is not that of the payment by the next one.
  const isNextRoute = isNegative(tracking.reply?.status ?? '') && !isNegative(reply.status);
  const processorTxId = reply.processorTxId ?? (isNextRoute ? null : gateway.processorTxId);
  const shown = {
    // A reply that names the order confirms the gateway of a row without an identity.
    identity: gateway.identity ?? (reply.orderId === null ? null : context.gateway.identity),
    amount: reply.amount === null ? gateway.amount : cut(reply.amount),
    currency: reply.currency === null ? gateway.currency : cut(reply.currency),
    stage,
    processorTxId,
  };
  const recorded = remember(
    { ...foundOrder(bound), gateway: { ...gateway, ...shown } },
    {
      reply: { requestedAt, asOf, epoch: history.epoch, status: cut(reply.status), validated },
      streak,
      askAtOnce: isHintOpen(payout, requestedAt),
      asks: tracking.asks + 1,
      failedAsks: 0,
    },
  );
  const advanced = advance(withRestartedPolls(recorded, tracking.reply, context), 'reply');
  const next = isUnpaid(reply, streak, context) ? verified(advanced, history) : advanced;
  // A streak of one: the gateway reports something new.
  const changed = streak.count === 1 ? clear(next, 'unlisted_answer', 'gateway_error') : next;
  const payIsRefused = tracking.pay.notSentInARow > 0 || payout.status === 'paying';
  // payout-pay has other credentials than a status request: only its own success clears a failure.
  const heard = payIsRefused ? changed : clear(changed, ...accessCodes);
  return withMismatch(clear(heard, 'check_outcome_unknown'), reply, now);
}
