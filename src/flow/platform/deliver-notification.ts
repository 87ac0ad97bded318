/**
 * Delivers one claimed notification: sends it, records the attempt, and decides by the answer
 * whether it is done, sent again or parked. An answer never changes the status of the payout.
 */

import { assert } from '../../lib/assert.ts';
import type { PayoutEvent } from '../../payout/model/event.ts';
import type { PlatformClient, SentNotification } from '../../praxis/client.ts';
import { nextAttempt } from '../../praxis/retry.ts';
import type { Lease } from '../../runner/leases.ts';
import type { Queryable } from '../../store/database/pool.ts';
import type { ClaimedNotification } from '../../store/notifications/notification-leases.ts';
import {
  type Attempt,
  type Finished,
  finishNotifications,
  hasParked,
  type NextState,
} from '../../store/notifications/notifications.ts';
import { findPayout } from '../../store/payouts/payouts.ts';
import type { Flow } from '../context.ts';
import { scrubDescription } from '../scrub.ts';
import { announce } from '../write/announce.ts';
import { applyEvent } from '../write/apply-event.ts';

export type DueNotification = ClaimedNotification & { lease: Lease };

const ENDS = ['Y', 'J', 'C'];

async function toAttempt(
  flow: Flow,
  payoutId: string,
  { answer, httpStatus, cause, durationMs }: SentNotification,
  at: number,
): Promise<Attempt> {
  const { kind: outcome, status } = answer;
  const description = await scrubDescription(flow, payoutId, answer.description);
  return {
    at,
    durationMs: Math.round(durationMs),
    outcome,
    httpStatus,
    cause,
    status,
    description,
  };
}

function toNextState(
  flow: Flow,
  due: ClaimedNotification,
  { answer }: SentNotification,
  at: number,
): NextState {
  const now = flow.clock.now();
  if (answer.kind === 'delivered') return { state: 'delivered', dueAt: now };
  if (answer.kind === 'refused') return { state: 'parked', dueAt: now };
  const next = nextAttempt({
    attempts: due.attempts + 1,
    firstAttemptAt: due.firstAttemptAt ?? at,
    now,
    random: flow.chance.random(),
    retryAfterMs: answer.retryAfterMs,
  });
  return next.kind === 'again'
    ? { state: 'pending', dueAt: next.at }
    : { state: 'parked', dueAt: now };
}

/** The platform's own words where it had any. */
function wordsOf({ status, description, httpStatus, cause }: Attempt): string {
  if (status !== null) return description === null ? `${status}` : `${status} ${description}`;
  return httpStatus === null ? `no answer (${cause})` : `HTTP ${httpStatus}, ${cause}`;
}

/** What the payout's attention has to know of it; null where nothing. */
async function toEvent(
  db: Queryable,
  { payoutId, letter, round }: ClaimedNotification,
  attempt: Attempt,
  { state }: NextState,
): Promise<PayoutEvent | null> {
  if (state === 'parked') {
    return { kind: 'notification_parked', letter, answer: wordsOf(attempt) };
  }
  // Only a redelivery can end what a parked letter had raised.
  if (state === 'pending' || round === 1 || (await hasParked(db, payoutId))) return null;
  const found = await findPayout(db, payoutId);
  const isShown = found?.payout.attention.some(({ code }) => code === 'notification_parked');
  return isShown === true ? { kind: 'notification_delivered', letter } : null;
}

async function record(
  flow: Flow,
  due: DueNotification,
  attempt: Attempt,
  next: NextState,
): Promise<Finished | null> {
  const finishing = { due: { ...due, token: due.lease.token }, attempt, next };
  const isPlain = next.state === 'pending' || (next.state === 'delivered' && due.round === 1);
  if (isPlain) return flow.batches.finish(finishing);
  const ended = await flow.db.transaction(async (db) => {
    const [finished = null] = await finishNotifications(db, [finishing]);
    const event = finished?.counts === true ? await toEvent(db, due, attempt, next) : null;
    if (event === null) return { finished, change: null };
    const applied = await applyEvent(flow, { payoutId: due.payoutId, stored: null, event, db });
    assert(applied.kind === 'applied', `${event.kind} was ${applied.kind}`);
    return { finished, change: applied.change };
  });
  if (ended.change !== null) announce(flow, ended.change);
  return ended.finished;
}

function logAttempt(flow: Flow, due: DueNotification, attempt: Attempt, next: NextState): void {
  const fields = {
    payoutId: due.payoutId,
    deliveryId: due.id,
    letter: due.letter,
    attempt: due.attempts + 1,
    outcome: attempt.outcome,
    httpStatus: attempt.httpStatus,
    cause: attempt.cause,
    durationMs: attempt.durationMs,
  };
  if (next.state === 'delivered') flow.log.debug(fields, 'The platform took the letter.');
  else if (next.state === 'pending') flow.log.warn(fields, 'The letter will be sent again.');
  else flow.log.error(fields, `The letter is parked: ${wordsOf(attempt)}.`);
}

/** Sends a claimed notification once; throws when what came of it could not be put on disk. */
export async function deliverNotification(
  flow: Flow,
  platform: PlatformClient,
  due: DueNotification,
): Promise<void> {
  const at = flow.clock.now();
  const sent = await platform.send(due, () => due.lease.holds());
  // The lease ran out before the first byte: the letter is somebody else's by now.
  if (sent.cause === 'too_late') return;
  const attempt = await toAttempt(flow, due.payoutId, sent, at);
  const next = toNextState(flow, due, sent, at);
  const finished = await record(flow, due, attempt, next);
  logAttempt(flow, due, attempt, next);
  flow.observe.notified(due.letter, attempt.outcome);
  if (next.state === 'delivered' && due.round === 1 && ENDS.includes(due.letter)) {
    flow.observe.endAcknowledged(flow.clock.now() - due.createdAt);
  }
  const isMoreDue = finished !== null && (finished.behind > 0 || next.state === 'pending');
  if (isMoreDue) flow.onLetters?.(next.dueAt - flow.clock.now());
}
