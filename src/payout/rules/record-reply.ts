/**
 * What a status reply leaves behind before it is judged: whether it may decide anything, and what
 * it says beside its status.
 */

import type { Instant } from '../../lib/clock.ts';
import { accessCodes, clear, raise } from '../model/attention.ts';
import type { Context, History } from '../model/decision.ts';
import type { EventOf } from '../model/event.ts';
import { EARLY_POLLS_MS, REPEAT_REPLIES_MIN } from '../model/limits.ts';
import { formatMoney, isSameAmount } from '../model/money.ts';
import type { Payout } from '../model/payout.ts';
import { isLaterEvent, type StatusReply } from '../model/reply.ts';
import { STAGE_VALIDATED, STAGE_VALIDATING, stageKind } from '../model/stage.ts';
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
import { FIRST_EPOCH, settledAtStart, verified } from '../policy/epoch.ts';
import { isOurGateway } from '../policy/gateway.ts';
import { bindOrder } from '../policy/order.ts';

export type Reported = EventOf<'status_reported'>;

/** Words of the gateway are kept for a person to read, not for their length. */
const WORD_CHARS_MAX = 64;

/** A word cut to length; half of a cut character could not be stored, and would lose the reply. */
const cut = (word: string): string => word.slice(0, WORD_CHARS_MAX).toWellFormed();

/** Status and stage of a reply in one short text. */
export const wordOf = ({ status, stage }: StatusReply): string =>
  `${cut(status)}/${stage === null ? 'no stage' : cut(stage)}`;

/** Whether a reply names this payout; without our id, the order that is bound to it has to do. */
function namesPayout(payout: Payout, { orderId, clientOrderId }: StatusReply): boolean {
  if (clientOrderId !== null) return clientOrderId === payout.clientOrderId;
  return orderId !== null && orderId === payout.gateway.orderId;
}

const isOtherOrder = ({ gateway }: Payout, { orderId }: StatusReply): boolean =>
  orderId !== null && gateway.orderId !== null && orderId !== gateway.orderId;

/** Why a reply may decide nothing at all; null when it may. */
export function whyIgnored(
  payout: Payout,
  { askedAt, asOf, reply }: Reported,
  { gateway, history }: Pick<Context, 'gateway' | 'history'>,
): string | null {
  const { tracking } = payout;
  if (!isOurGateway(payout, gateway)) return 'A status reply of another gateway.';
  if (askedAt < history.startedAt) return 'A status reply from before history was lost.';
  // guard: reply-names-payout
  if (!namesPayout(payout, reply)) return 'A status reply that does not name this payout.';
  if (isLaterEvent(reply.transactionType)) return 'A later event on this order was reported.';
  // guard: reply-of-own-order
  if (isOtherOrder(payout, reply)) return 'A status reply about another order of this payout.';
  if (!isSameSequence(asOf, tracking.sequence)) {
    return 'A stale status reply: a reply, an attempt or an authorization came after its request.';
  }
  if (!knowsAttempt(tracking.pay, askedAt)) {
    return 'A status reply asked before payout-pay had ended.';
  }
  return null;
}

/**
 * A reply about a later event says nothing of the payout's own end, and lets nothing be paid. It is
 * an answer all the same: a person may decide on it, and the gateway may never give another one.
 */
function hearLaterEvent(payout: Payout, { askedAt, asOf }: Reported, { epoch }: History): Payout {
  if (!isSameSequence(asOf, payout.tracking.sequence)) return payout;
  const reply = { askedAt, asOf, epoch, status: 'later_event', validated: false };
  // What is said equally before and after it is not said in a row.
  return advance(remember(payout, { reply, equal: null }), 'reply');
}

/** What stays of a reply that decides nothing: who it was about, and what it reveals. */
export function recordIgnored(payout: Payout, reported: Reported, context: Context): Payout {
  const { askedAt, reply } = reported;
  const { now, history, gateway } = context;
  const next = countFruitlessPoll(payout, askedAt);
  if (!isOurGateway(payout, gateway) || !namesPayout(payout, reply)) return next;
  if (isLaterEvent(reply.transactionType)) {
    const heard = hearLaterEvent(foundOrder(next), reported, history);
    return raise(heard, 'later_event', now, reply.transactionType);
  }
  return reply.orderId === null
    ? foundOrder(next)
    : bindOrder(foundOrder(next), reply.orderId, now);
}

/** Both figures where the reply shows other money than ours; null where it does not. */
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
  // Only a reply that shows both can take the doubt about either away.
  const isShown = reply.amount !== null && reply.currency !== null;
  return isShown ? clear(payout, 'amount_mismatch') : payout;
}

/** The first reply of an epoch begins the frequent requests anew, however old the payout is. */
const pacedAnew = (payout: Payout, last: Tracking['reply'], { now, history }: Context): Payout =>
  history.epoch === FIRST_EPOCH || last?.epoch === history.epoch
    ? payout
    : remember(payout, { touchedAt: now, asks: EARLY_POLLS_MS.length });

/** The run of equal replies, as far as it is of this history and knows of what was lost. */
const equalIn = ({ equal, reply }: Tracking, history: History): Streak | null =>
  equal !== null && reply?.epoch === history.epoch && equal.since >= settledAtStart(history)
    ? equal
    : null;

/**
 * Whether replies have said often and long enough that the bank has only checked the payout: one
 * may lag behind a payout-pay that was lost, as it may behind one that was not answered.
 */
const isUnpaid = (reply: StatusReply, equal: Streak, { policy, isClockTrusted }: Context) =>
  isClockTrusted &&
  isCheckReply(reply) &&
  equal.count >= REPEAT_REPLIES_MIN &&
  durationOf(equal) >= policy.repeatQuietMs;

const isCheckStage = (stage: string | null): boolean =>
  stage === STAGE_VALIDATING || stage === STAGE_VALIDATED;

/** Whether a reply shows an order whose payment is under way. */
export const isBeingPaid = ({ status, stage, redirectTo }: StatusReply): boolean =>
  status === 'processing' &&
  (redirectTo !== null || (stageKind(stage) === 'open' && !isCheckStage(stage)));

/** Whether a reply shows an order that is only being checked. */
export const isCheckReply = ({ status, stage, orderId, redirectTo }: StatusReply): boolean =>
  status === 'processing' && orderId !== null && redirectTo === null && isCheckStage(stage);

/**
 * Records a reply that may decide: order, stage, bank reference, money, and that it was read.
 */
export function recordReply(payout: Payout, reported: Reported, context: Context): Payout {
  const { askedAt, asOf, reply } = reported;
  const { now, history } = context;
  const bound = reply.orderId === null ? payout : bindOrder(payout, reply.orderId, now);
  const { gateway, tracking } = bound;
  // Only a reply that names the very order may let it be paid.
  const validated =
    reply.status === 'processing' &&
    reply.stage === STAGE_VALIDATED &&
    reply.orderId !== null &&
    mismatchOf(payout, reply) === null;
  const equal = extendStreak(
    equalIn(tracking, history),
    `${wordOf(reply)}${validated ? ' for us' : ''}`,
    askedAt,
  );
  const stage = reply.stage ?? gateway.stage;
  const processorTxId = reply.processorTxId ?? gateway.processorTxId;
  const shown = {
    // A reply that names the order confirms where a payout from before identities belongs to.
    identity: gateway.identity ?? (reply.orderId === null ? null : context.gateway.identity),
    amount: reply.amount === null ? gateway.amount : cut(reply.amount),
    currency: reply.currency === null ? gateway.currency : cut(reply.currency),
    stage,
    processorTxId,
  };
  const recorded = remember(
    { ...foundOrder(bound), gateway: { ...gateway, ...shown } },
    {
      reply: { askedAt, asOf, epoch: history.epoch, status: cut(reply.status), validated },
      equal,
      askAtOnce: isHintOpen(payout, askedAt),
      asks: tracking.asks + 1,
      failedAsks: 0,
    },
  );
  const advanced = advance(pacedAnew(recorded, tracking.reply, context), 'reply');
  const next = isUnpaid(reply, equal, context) ? verified(advanced, history) : advanced;
  // A run of one: the gateway says something else than before.
  const changed = equal.count === 1 ? clear(next, 'unlisted_answer', 'gateway_error') : next;
  const payIsRefused = tracking.pay.notSentInARow > 0 || payout.status === 'paying';
  // payout-pay has other credentials than a status request: only its own success clears its
  // trouble.
  const heard = payIsRefused ? changed : clear(changed, ...accessCodes);
  return withMismatch(clear(heard, 'check_outcome_unknown'), reply, now);
}
