/**
 * Rules for what a person decides: what became of a payout, and that an attention item was seen. A
 * person decides only on top of a fresh answer of the gateway, and never against an end it names.
 */

import type { Instant } from '../../lib/clock.ts';
import { clear, clearSettled, factsOfAttention } from '../model/attention.ts';
import {
  applied,
  type Context,
  type Decision,
  noted,
  type Rule,
  refused,
} from '../model/decision.ts';
import type { EventOf } from '../model/event.ts';
import { NOT_PAID_AFTER_MS } from '../model/limits.ts';
import { enter, mayHaveOrder, type Payout } from '../model/payout.ts';
import { isFinal } from '../model/status.ts';
import { isSameSequence, isSettled } from '../policy/attempts-and-polls.ts';
import { settledAtStart } from '../policy/epoch.ts';
import { isOnHold } from '../policy/may-pay.ts';
import { isNegative } from './judge-negative.ts';
import { notify } from './notify.ts';
import { stop } from './stop-wish.ts';

type Resolved = EventOf<'resolved'>;

const notResolvable = (says: string): Decision => refused('not_resolvable', says);

/** What a resolved payout still tells: `P` and its last letter only where payout-pay was sent. */
function endAs(
  payout: Payout,
  status: 'approved' | 'declined',
  { name, evidence }: Resolved,
  now: Instant,
): Decision {
  const reason = { source: 'operator', code: null, message: evidence } as const;
  const { stopWish } = payout.tracking;
  const settled = clear(
    clearSettled(payout, 'amount_mismatch'),
    'approved_before_pay',
    'lost_intent',
    'order_adopted',
    'payment_not_on_record',
  );
  // Nothing left, as was wished for: the payout ends as it was first asked to.
  if (status === 'declined' && stopWish !== null) return stop(settled, stopWish, now, reason);
  const ended = { ...enter(settled, status, now), reason };
  const says = `Resolved by ${name} as ${status}.`;
  const last = status === 'approved' ? 'Y' : 'J';
  return payout.tracking.pay.made > 0 ? notify(ended, says, 'P', last) : notify(ended, says, last);
}

/** How the command stands against what is on disk since its status request; null where it may. */
function outpaced({ tracking }: Payout, { askedAt, asOf }: Resolved): Decision | null {
  const { reply, sequence } = tracking;
  // A poll of the same sequence will do, unless it was requested before this began.
  const isThat = reply !== null && isSameSequence(reply.asOf, asOf) && reply.askedAt >= askedAt;
  if (!isThat) {
    return isSameSequence(sequence, asOf)
      ? notResolvable('The status request before this brought no answer that decides anything.')
      : refused('outpaced', 'Another answer of the gateway was read meanwhile; ask again.');
  }
  // That very answer, and nothing after it.
  return isSameSequence(sequence, { ...asOf, reply: asOf.reply + 1 })
    ? null
    : refused('outpaced', 'Something came after the status request; ask again.');
}

/**
 * Whether anything calls for a person: an item that says so, or an hour without an end. The bank
 * may be about to pay a payout that looks unpaid for two seconds.
 */
function isCalledFor(payout: Payout, now: Instant): boolean {
  const since = payout.tracking.pay.endedAt ?? payout.statusSince;
  return (
    now - since >= NOT_PAID_AFTER_MS ||
    payout.attention.some(({ code }) => factsOfAttention(code).callsForResolve)
  );
}

/**
 * How the gateway's fresh answer, or its lack, stands against the finding; null when it does not.
 */
function objection(payout: Payout, event: Resolved, { now, history }: Context): Decision | null {
  const { finding, askedAt } = event;
  const { reply, pay } = payout.tracking;
  // So may one whose intent was lost.
  const mayArrive = !isSettled(pay, now) || askedAt < settledAtStart(history);
  if (mayArrive) return notResolvable('payout-pay may still arrive.');
  const late = outpaced(payout, event);
  if (late !== null || reply === null) return late;
  // guard: called-for
  if (finding === 'not_paid' && !isFinal(payout.status) && !isCalledFor(payout, now)) {
    return notResolvable('Nothing calls for it yet: the gateway may still be paying.');
  }
  // What the gateway does not know itself, or we cannot read, is no end to be contradicted.
  const isDoubtfulEnd = isOnHold(payout, 'gateway_error') || isOnHold(payout, 'unlisted_answer');
  const isEnd = isNegative(reply.status) && !isDoubtfulEnd;
  const isContrary = finding === 'paid' ? isEnd : reply.status === 'approved';
  return isContrary ? notResolvable(`The gateway says ${reply.status}.`) : null;
}

export const noOrder: Rule<'resolved'> = (payout, event, { now }) => {
  const isLookedUp = payout.status === 'checking' || isOnHold(payout, 'check_outcome_unknown');
  if (event.finding !== 'no_order' || !isLookedUp) {
    return notResolvable('Cancel it: payout-pay was never sent.');
  }
  const { check } = payout.tracking;
  const refusedAt = check.refusedLookups?.until ?? null;
  if (refusedAt === null || refusedAt < event.askedAt) {
    return notResolvable('The gateway did not answer that it has no order.');
  }
  if (!isSettled(check, now)) return notResolvable('payout-check may still arrive.');
  return endAs(payout, 'declined', event, now);
};

export const unsolved: Rule<'resolved'> = () =>
  notResolvable('Cancel it instead: payout-pay was never sent.');

export const resolve: Rule<'resolved'> = (payout, event, context) => {
  if (event.finding === 'no_order') {
    return notResolvable('The gateway has an order for this payout.');
  }
  return (
    objection(payout, event, context) ??
    endAs(payout, event.finding === 'paid' ? 'approved' : 'declined', event, context.now)
  );
};

/** The status of a final payout stays; what is settled is whether its money moved. */
export const settle: Rule<'resolved'> = (payout, event, context) => {
  const { finding, name } = event;
  if (finding === 'no_order') return notResolvable('A final payout is resolved as paid or not.');
  // Without an order there is nobody to ask, and nothing that could speak against it.
  const contrary = mayHaveOrder(payout) ? objection(payout, event, context) : null;
  if (contrary !== null) return contrary;
  const next: Payout = {
    ...clear(payout, 'final_contradicted', 'cashier_contradicts_payment', 'lost_intent'),
    moneyMoved: finding === 'paid' ? 'yes' : 'no',
  };
  return applied(next, `Resolved by ${name}: ${finding}.`);
};

export const seen: Rule<'acknowledged'> = (payout, { code, by }) => {
  const entry = payout.attention.find((open) => open.code === code);
  if (entry === undefined) return refused('nothing_to_acknowledge', `There is no open ${code}.`);
  if (entry.acknowledgedBy !== null) return noted(payout, `${by} has seen ${code} too.`);
  // guard: acknowledged-stays-open
  const attention = payout.attention.map((open) =>
    open === entry ? { ...entry, acknowledgedBy: by } : open,
  );
  return applied({ ...payout, attention }, `${by} has seen ${code}.`);
};
