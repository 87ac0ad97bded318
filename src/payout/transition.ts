/**
 * The one function that decides what an event does to a payout. It applies the rule that
 * table.ts names, and the checks that hold for every event. It is pure; its decision is saved
 * in one transaction by flow/write/apply-event.ts.
 */

import type { Instant } from '../lib/clock.ts';
import { clear, raise } from './model/attention.ts';
import { applied, type Context, type Decision } from './model/decision.ts';
import type { EventKind, EventOf, PayoutEvent } from './model/event.ts';
import { SLOW_AFTER_MS } from './model/limits.ts';
import { assertPayout, type Payout } from './model/payout.ts';
import { isFinal } from './model/status.ts';
import { isExpired, isOnHold, permissionOf } from './policy/may-pay.ts';
import { awaitsPerson } from './policy/schedule.ts';
import { carryOutWish, expire } from './rules/stop-wish.ts';
import { ruleFor } from './table.ts';

function answer<K extends EventKind>(
  payout: Payout,
  event: EventOf<K> & { kind: K },
  context: Context,
): Decision {
  return ruleFor(event.kind, payout.status)(payout, event, context);
}

/** Whether the event may show a payment, which a final status without payment has to consider. */
const isReadFirst = ({ kind }: PayoutEvent): boolean =>
  kind === 'status_reported' ||
  kind === 'status_refused' ||
  kind === 'pay_accepted' ||
  kind === 'pay_unknown';

/**
 * Decides an event, and the expiry before or after it. An answer of the gateway is decided before
 * the expiry: no `C` may follow from a reply that reports approved, nor from an answer to a
 * payout-pay that is not on record. For every other event the expiry comes first, so an
 * authorization that came too late finds the payout expired.
 */
function decide(payout: Payout, event: PayoutEvent, context: Context): Decision {
  const { now } = context;
  if (isReadFirst(event)) {
    const read = carryOutWish(answer(payout, event, context), context);
    if (read.kind === 'refused' || !isExpired(read.payout, context)) return read;
    return joined(read, expire(read.payout, now));
  }
  // guard: expired-first
  if (!isExpired(payout, context)) return carryOutWish(answer(payout, event, context), context);
  const expired = expire(payout, now);
  if (expired.kind === 'refused') return expired;
  return joined(expired, answer(expired.payout, event, context));
}

/** Two decisions of one event as one; if the second is a refusal, it replaces both. */
function joined(first: Decision, second: Decision): Decision {
  if (first.kind === 'refused' || second.kind === 'refused') return second;
  const letters = [...first.letters, ...second.letters];
  return applied(second.payout, `${first.summary} ${second.summary}`, ...letters);
}

const isAnswerToPoll = ({ kind }: PayoutEvent): boolean =>
  kind === 'status_reported' || kind === 'status_refused' || kind === 'status_failed';

/** Whether the gateway has done its part: we pay the payout next, or hold it. */
function isOurTurn(payout: Payout, event: PayoutEvent, context: Context): boolean {
  if (payout.status !== 'bank_confirmed' || event.kind !== 'status_reported') return false;
  const { kind } = permissionOf(payout, context, isOnHold(payout, 'paused'));
  return kind === 'may_pay' || kind === 'hold';
}

/**
 * When the payout last made progress: a new status, an authorization or a finished attempt. Hints
 * do not count: a receiver who returns repeatedly would otherwise suppress `slow` indefinitely.
 */
const lastMoveOf = ({ statusSince, authorization, tracking }: Payout): Instant =>
  Math.max(
    statusSince,
    authorization.authorizedAt ?? 0,
    tracking.check.endedAt ?? 0,
    tracking.pay.endedAt ?? 0,
  );

/** Raises `slow` on a payout without progress at the gateway for an hour, until it progresses. */
function withSlow(before: Payout, after: Payout, event: PayoutEvent, context: Context): Payout {
  const { now } = context;
  const moved = before.status !== after.status || isOurTurn(after, event, context);
  const next = moved ? clear(after, 'slow') : after;
  if (moved || !isAnswerToPoll(event) || isFinal(next.status)) return next;
  return now - lastMoveOf(next) < SLOW_AFTER_MS || awaitsPerson(next, context)
    ? next
    : raise(next, 'slow', now);
}

/**
 * Closes what is over: a decision shows that the row can be read again, and after payout-check the
 * receiver is not needed any more.
 */
function withoutUnreadable(payout: Payout): Payout {
  const needsReceiver = payout.status === 'requested' || payout.status === 'checking';
  const readable = clear(payout, 'row_unreadable');
  return needsReceiver ? readable : clear(readable, 'receiver_unreadable');
}

const asText = (member: unknown): string =>
  JSON.stringify(member, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );

/** Whether a client sees no difference between both; the version counts the differences. */
function isSameToSee(before: Payout, after: Payout): boolean {
  const { tracking: _before, version: _then, ...seenBefore } = before;
  const { tracking: _after, version: _now, ...seenAfter } = after;
  const members = new Map<string, unknown>(Object.entries(seenBefore));
  return Object.entries(seenAfter).every(
    ([name, member]) =>
      // Most members are identical, and serializing them took 2 % of the service's CPU time.
      member === members.get(name) || asText(member) === asText(members.get(name)),
  );
}

const withVersion = (before: Payout, after: Payout): Payout =>
  isSameToSee(before, after) ? after : { ...after, version: before.version + 1 };

/**
 * Decides an event. After a refusal only the payout that the refusal carries is saved. An expiry
 * that the refused event would have caused is not saved either: the due time causes it.
 */
export function transition(payout: Payout, event: PayoutEvent, context: Context): Decision {
  assertPayout(payout);
  const decision = decide(payout, event, context);
  if (decision.kind === 'refused') {
    if (decision.payout === undefined) return decision;
    const kept = withVersion(payout, decision.payout);
    assertPayout(kept);
    return { ...decision, payout: kept };
  }
  const decided = withoutUnreadable(withSlow(payout, decision.payout, event, context));
  const next = withVersion(payout, decided);
  assertPayout(next);
  return applied(next, decision.summary, ...decision.letters);
}
