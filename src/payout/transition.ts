/**
 * The one function that says what an event does to a payout: the table's rule, between the checks
 * that hold for every event. Pure; the caller saves what it answers, in one transaction.
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
import { expire } from './rules/command-rules.ts';
import { carryOutWish } from './rules/stop-wish.ts';
import { ruleFor } from './rules/table.ts';

function answer<K extends EventKind>(
  payout: Payout,
  event: EventOf<K> & { kind: K },
  context: Context,
): Decision {
  return ruleFor(event.kind, payout.status)(payout, event, context);
}

/** Whether the gateway tells something that an end without payment would have to know. */
const isReadFirst = ({ kind }: PayoutEvent): boolean =>
  kind === 'status_reported' ||
  kind === 'status_refused' ||
  kind === 'pay_accepted' ||
  kind === 'pay_unknown';

/**
 * Decides an event, and the expiry that comes before or after it. What the gateway says is read
 * before the clock: no `C` may follow from a reply that says approved, nor from an answer to a
 * payout-pay that is not on record. Everything else is judged by the row as it is at this moment,
 * so an authorization that came too late finds the payout expired.
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

/** Two decisions of one event as one; a refusal of the second stands for both. */
function joined(first: Decision, second: Decision): Decision {
  if (first.kind === 'refused' || second.kind === 'refused') return second;
  const letters = [...first.letters, ...second.letters];
  return applied(second.payout, `${first.says} ${second.says}`, ...letters);
}

const isAnswerToAsking = ({ kind }: PayoutEvent): boolean =>
  kind === 'status_reported' || kind === 'status_refused' || kind === 'status_failed';

/** Whether the gateway has given all it has to: the payout is paid next, or held by us. */
function isOurTurn(payout: Payout, event: PayoutEvent, context: Context): boolean {
  if (payout.status !== 'bank_confirmed' || event.kind !== 'status_reported') return false;
  const { kind } = permissionOf(payout, context, isOnHold(payout, 'paused'));
  return kind === 'may_pay' || kind === 'hold';
}

/**
 * When the gateway last had something new of us, or we of it. Hints are left out: a receiver who
 * returns again and again would keep a payout that stands still from ever being told of.
 */
const lastMoveOf = ({ statusSince, authorization, tracking }: Payout): Instant =>
  Math.max(
    statusSince,
    authorization.authorizedAt ?? 0,
    tracking.check.endedAt ?? 0,
    tracking.pay.endedAt ?? 0,
  );

/** Tells a person of a payout that the gateway has not moved for an hour, until it moves. */
function withSlow(before: Payout, after: Payout, event: PayoutEvent, context: Context): Payout {
  const { now } = context;
  const moved = before.status !== after.status || isOurTurn(after, event, context);
  const next = moved ? clear(after, 'slow') : after;
  if (moved || !isAnswerToAsking(event) || isFinal(next.status)) return next;
  return now - lastMoveOf(next) < SLOW_AFTER_MS || awaitsPerson(next, context)
    ? next
    : raise(next, 'slow', now);
}

const asText = (member: unknown): string =>
  JSON.stringify(member, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );

/** Whether a caller sees the same in both, which is what the version counts. */
function isSameToSee(before: Payout, after: Payout): boolean {
  const { tracking: _before, version: _then, ...seenBefore } = before;
  const { tracking: _after, version: _now, ...seenAfter } = after;
  const members = new Map<string, unknown>(Object.entries(seenBefore));
  return Object.entries(seenAfter).every(
    ([name, member]) =>
      // Most members are the very same, and writing them out was a fiftieth of the service's CPU.
      member === members.get(name) || asText(member) === asText(members.get(name)),
  );
}

const withVersion = (before: Payout, after: Payout): Payout =>
  isSameToSee(before, after) ? after : { ...after, version: before.version + 1 };

/**
 * Decides an event. Where it is refused nothing is to be saved but what the refusal carries, also
 * not an expiry that was noticed by it: the payout's own due time brings that about.
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
  const next = withVersion(payout, withSlow(payout, decision.payout, event, context));
  assertPayout(next);
  return applied(next, decision.says, ...decision.letters);
}
