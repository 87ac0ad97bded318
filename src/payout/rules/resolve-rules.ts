/**
 * Rules for the operator's decisions: what became of a payout, and the acknowledgement of an
 * attention item. The operator resolves a payout only after a fresh answer of the gateway, and
 * never against a final status that it reports. That status request is made in
 * flow/api/resolve-payout.ts. Where the gateway is gone for good, two operators resolve it
 * (flow/proposals/break-glass.ts).
 */

import type { Instant } from '../../lib/clock.ts';
import { clear, clearAutomatic, factsOfAttention, raise } from '../model/attention.ts';
import {
  applied,
  type Context,
  type Decision,
  noted,
  type Rule,
  refused,
} from '../model/decision.ts';
import type { EventOf, UnseenFinding } from '../model/event.ts';
import { NOT_PAID_AFTER_MS, UNSEEN_AFTER_MS } from '../model/limits.ts';
import { enter, isShownPaid, mayHaveOrder, type Payout } from '../model/payout.ts';
import { isNegative } from '../model/reply.ts';
import { isBeforePay, isFinal } from '../model/status.ts';
import { isFinished, isSameSequence } from '../policy/attempts-and-polls.ts';
import { isDoubtful, lostCommandsFinishedAt, mayBePaidUnseen } from '../policy/epoch.ts';
import { isOurGateway } from '../policy/gateway.ts';
import { isKnownThere, isQuietStreak } from '../policy/may-check.ts';
import { isOnHold } from '../policy/may-pay.ts';
import { notify } from './notify.ts';
import { stop } from './stop-wish.ts';

type Resolved = EventOf<'resolved'>;

const notResolvable = (summary: string): Decision => refused('not_resolvable', summary);

/** A connection was lost just now, and another replica may find that a payout-pay is missing. */
const notCompared = (): Decision =>
  notResolvable('A connection to the database was lost just now; retry the command in seconds.');
/** A finding needs a status request, which another gateway cannot answer. */
const ofOtherGateway = (): Decision =>
  notResolvable('The payout belongs to another gateway than the configured one.');

/** Ends a resolved payout with its last letter, and with `P` only if payout-pay was sent. */
function endAs(
  payout: Payout,
  status: 'approved' | 'declined',
  { name, evidence }: Pick<Resolved, 'name' | 'evidence'>,
  now: Instant,
): Decision {
  const reason = { source: 'operator', code: null, message: evidence } as const;
  const { stopWish } = payout.tracking;
  const cleared = clear(
    clearAutomatic(payout, 'amount_mismatch'),
    'approved_before_pay',
    'lost_intent',
    'order_adopted',
    'payment_not_on_record',
  );
  // No money moved, so the payout ends as the stop wish says.
  if (status === 'declined' && stopWish !== null) return stop(cleared, stopWish, now, reason);
  const ended = { ...enter(cleared, status, now), reason };
  const summary = `Resolved by ${name} as ${status}.`;
  const last = status === 'approved' ? 'Y' : 'J';
  return payout.tracking.pay.made > 0
    ? notify(ended, summary, 'P', last)
    : notify(ended, summary, last);
}

/** The refusal of a command whose status request is no longer the newest; null if it is. */
function outpaced({ tracking }: Payout, { requestedAt, asOf }: Resolved): Decision | null {
  const { reply, sequence } = tracking;
  // A poll of the same sequence will do, unless it was requested before this began.
  const isThat =
    reply !== null && isSameSequence(reply.asOf, asOf) && reply.requestedAt >= requestedAt;
  if (!isThat) {
    return isSameSequence(sequence, asOf)
      ? notResolvable('The status request before this command brought no usable reply.')
      : refused('outpaced', 'Another answer of the gateway came meanwhile; retry the command.');
  }
  // The reply itself, and nothing after it.
  return isSameSequence(sequence, { ...asOf, reply: asOf.reply + 1 })
    ? null
    : refused('outpaced', 'Another change came after the status request; retry the command.');
}

/**
 * Whether the operator has a reason to decide: an attention item, or an hour without a final
 * status. The bank may be about to pay a payout that looks unpaid for two seconds.
 */
function isCalledFor(payout: Payout, now: Instant): boolean {
  const since = payout.tracking.pay.endedAt ?? payout.statusSince;
  return (
    now - since >= NOT_PAID_AFTER_MS ||
    payout.attention.some(({ code }) => factsOfAttention(code).callsForResolve)
  );
}

/**
 * The refusal of a finding that the gateway's fresh answer, or its lack, contradicts; null if there
 * is no contradiction.
 */
function objection(payout: Payout, event: Resolved, context: Context): Decision | null {
  const { now, history, gateway } = context;
  const { finding, requestedAt } = event;
  if (!isOurGateway(payout, gateway)) return ofOtherGateway();
  const { reply, pay } = payout.tracking;
  // A payout-pay whose intent was lost may still arrive too.
  const mayArrive = !isFinished(pay, now) || requestedAt < lostCommandsFinishedAt(history);
  if (mayArrive) return notResolvable('payout-pay may still arrive.');
  if (requestedAt < history.repliesFrom) return notCompared();
  const late = outpaced(payout, event);
  if (late !== null || reply === null) return late;
  // guard: called-for
  if (finding === 'not_paid' && !isFinal(payout.status) && !isCalledFor(payout, now)) {
    return notResolvable('There is no reason for it yet: the gateway may still be paying.');
  }
  // A result that the gateway does not know, or that we cannot read, is no final status.
  const isDoubtfulEnd = isOnHold(payout, 'gateway_error') || isOnHold(payout, 'unlisted_answer');
  const isEnd = isNegative(reply.status) && !isDoubtfulEnd;
  const isContrary = finding === 'paid' ? isEnd : reply.status === 'approved';
  return isContrary ? notResolvable(`The gateway reports ${reply.status}.`) : null;
}

/**
 * Whether the refused lookups are enough for the finding `no_order`. One of them is not where the
 * gateway has shown an order, or may have paid one of a lost history: it may be refused by mistake.
 */
function isDenied(payout: Payout, context: Context): boolean {
  const { refusedLookups: streak } = payout.tracking.check;
  const isOneEnough = !isKnownThere(payout) && !isDoubtful(payout, context);
  return isOneEnough || (streak !== null && isQuietStreak(streak, context));
}

/** Ends as `declined` after the finding `no_order`, if the gateway refused a fresh lookup. */
export const resolveWithoutOrder: Rule<'resolved'> = (payout, event, context) => {
  // The order is there, although no reply has bound it.
  if (isShownPaid(payout)) return resolveOpenPayout(payout, event, context);
  const { now, history, gateway } = context;
  const isLookedUp = payout.status === 'checking' || isOnHold(payout, 'check_outcome_unknown');
  if (event.finding !== 'no_order' || !isLookedUp) {
    return notResolvable('Cancel it: payout-pay was never sent.');
  }
  if (!isOurGateway(payout, gateway)) return ofOtherGateway();
  const { check } = payout.tracking;
  const refusedAt = check.refusedLookups?.until ?? null;
  if (refusedAt === null || refusedAt < event.requestedAt) {
    return notResolvable('The gateway did not answer that it has no order.');
  }
  if (event.requestedAt < history.repliesFrom) return notCompared();
  // A payout-check whose intent was lost may still arrive too.
  const mayArrive = !isFinished(check, now) || refusedAt < lostCommandsFinishedAt(history);
  if (mayArrive) return notResolvable('payout-check may still arrive.');
  if (!isDenied(payout, context)) {
    return notResolvable('There may be an order, and the gateway has refused too few lookups yet.');
  }
  return endAs(payout, 'declined', event, now);
};

/** Ends as the operator found, unless the gateway contradicts it or may still be paying. */
export const resolveOpenPayout: Rule<'resolved'> = (payout, event, context) => {
  if (event.finding === 'no_order') {
    return notResolvable('The gateway has an order for this payout.');
  }
  return (
    objection(payout, event, context) ??
    endAs(payout, event.finding === 'paid' ? 'approved' : 'declined', event, context.now)
  );
};

/** Refused, as the payout can be canceled instead, unless the gateway shows it as being paid. */
export const resolveTooEarly: Rule<'resolved'> = (payout, event, context) =>
  isShownPaid(payout)
    ? resolveOpenPayout(payout, event, context)
    : notResolvable('Cancel it instead: payout-pay was never sent.');

/** Of a final payout only this can be resolved. */
function settleMoney(payout: Payout, finding: UnseenFinding, name: string): Decision {
  const next: Payout = {
    ...clear(payout, 'final_contradicted', 'cashier_contradicts_payment', 'lost_intent'),
    moneyMoved: finding === 'paid' ? 'yes' : 'no',
  };
  return applied(next, `Resolved by ${name}: ${finding}.`);
}

/** The status of a final payout stays; the operator decides only whether its money moved. */
export const resolveFinalPayout: Rule<'resolved'> = (payout, event, context) => {
  const { finding, name } = event;
  if (finding === 'no_order')
    return notResolvable('A final payout is resolved as paid or not_paid.');
  // Without an order there is no poll, and no reply that could contradict the finding.
  const contrary = mayHaveOrder(payout) ? objection(payout, event, context) : null;
  if (contrary !== null) return contrary;
  return settleMoney(payout, finding, name);
};

/**
 * Why two operators may not settle the payout without the gateway; null if they may. An outage is
 * no end, and neither is a status that was read a minute ago.
 */
function unseenObjection(payout: Payout, context: Context): Decision | null {
  const { now, history } = context;
  const { status, statusSince, moneyMoved } = payout;
  const { reply, check, pay } = payout.tracking;
  if (isFinal(status) && moneyMoved !== 'unknown') {
    return notResolvable(`The payout is ${status}, and its money is not in doubt.`);
  }
  if (now < history.repliesFrom) return notCompared();
  if (isBeforePay(status) && !mayBePaidUnseen(payout, context)) {
    return notResolvable('Cancel it instead: payout-pay was never sent.');
  }
  const isSettling = !isFinished(pay, now) || !isFinished(check, now);
  if (isSettling) return notResolvable('A command may still arrive at the gateway.');
  // A reply that was lost with the history is not on record.
  const heardAt = Math.max(
    statusSince,
    pay.endedAt ?? 0,
    reply?.requestedAt ?? 0,
    history.startedAt,
  );
  return now - heardAt < UNSEEN_AFTER_MS
    ? notResolvable('The gateway reported on it, or history was lost, within the last 24 hours.')
    : null;
}

/** Kept in the journal only, and only where an approval would be accepted now. */
export const noteProposal: Rule<'resolve_proposed'> = (payout, { by, finding }, context) =>
  unseenObjection(payout, context) ??
  noted(payout, `${by} proposes ${finding} without the gateway; another operator has to approve.`);

/**
 * Ends as two operators found, with an urgent item. Of a final payout the status stays, and they
 * decide whether its money moved.
 */
export const resolveUnseen: Rule<'resolved_unseen'> = (payout, event, context) => {
  const objected = unseenObjection(payout, context);
  if (objected !== null) return objected;
  const { finding, evidence, proposedBy, by } = event;
  const name = `${proposedBy} and ${by}, without the gateway,`;
  const status = finding === 'paid' ? 'approved' : 'declined';
  const ended = isFinal(payout.status)
    ? settleMoney(payout, finding, name)
    : endAs(payout, status, { name, evidence }, context.now);
  if (ended.kind === 'refused') return ended;
  return { ...ended, payout: raise(ended.payout, 'resolved_unseen', context.now, finding) };
};

/** Records that the operator has acknowledged an attention item, which stays open. */
export const acknowledgeAttention: Rule<'acknowledged'> = (payout, { code, by }) => {
  const entry = payout.attention.find((open) => open.code === code);
  if (entry === undefined) return refused('nothing_to_acknowledge', `There is no open ${code}.`);
  if (entry.acknowledgedBy !== null) return noted(payout, `${by} acknowledged ${code} too.`);
  // guard: acknowledged-stays-open
  const attention = payout.attention.map((open) =>
    open === entry ? { ...entry, acknowledgedBy: by } : open,
  );
  return applied({ ...payout, attention }, `${by} acknowledged ${code}.`);
};
