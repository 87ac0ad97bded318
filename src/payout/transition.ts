/**
 * The one function that says what an event does to a payout: the table's rule, between the checks
 * that hold for every event. Pure; the caller saves what it answers, in one transaction.
 */

import { raise } from './attention.ts';
import { applied, type Context, type Decision } from './decision.ts';
import type { EventKind, EventOf, PayoutEvent } from './event.ts';
import { RARE_FOR_MS } from './limits.ts';
import { isExpired } from './may-pay.ts';
import { telling } from './pay-rules.ts';
import { assertPayout, type Payout } from './payout.ts';
import { awaitsRelease } from './schedule.ts';
import { isFinal } from './status.ts';
import { ruleFor } from './table.ts';
import { expire } from './word-rules.ts';

function answer<K extends EventKind>(
  payout: Payout,
  event: EventOf<K> & { kind: K },
  context: Context,
): Decision {
  return ruleFor(event.kind, payout.status)(payout, event, context);
}

/** Tells a person of a payout that has had no end for an hour, unless it waits for a person anyway. */
function withSlow(payout: Payout, event: PayoutEvent, { now }: Context): Payout {
  const asked = event.kind === 'status_reported' || event.kind === 'status_failed';
  if (!asked || isFinal(payout.status) || awaitsRelease(payout)) return payout;
  return now - payout.memory.touchedAt < RARE_FOR_MS ? payout : raise(payout, 'slow', now);
}

/** What a caller can see of a payout, and so what its version counts. */
const visible = ({ memory: _memory, version: _version, ...rest }: Payout): string =>
  JSON.stringify(rest, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );

function withVersion(before: Payout, after: Payout): Payout {
  if (before === after || visible(before) === visible(after)) return after;
  return { ...after, version: before.version + 1 };
}

/**
 * Decides an event. A payout whose authorization came too late is expired before anything else,
 * whoever notices first.
 */
export function transition(payout: Payout, event: PayoutEvent, context: Context): Decision {
  assertPayout(payout);
  const { now } = context;
  const late = isExpired(payout, now) && event.kind !== 'time_passed';
  const told = late ? telling(expire(payout, now), 'Nobody authorized it in time.', 'C') : null;
  const start = told?.kind === 'applied' ? told.payout : payout;
  const decision = answer(start, event, context);
  if (decision.kind === 'refused') return decision;
  const slow = withSlow(decision.payout, event, context);
  const next = withVersion(payout, slow);
  assertPayout(next);
  const before = told?.kind === 'applied' ? told.letters : [];
  return applied(next, decision.says, ...before, ...decision.letters);
}
