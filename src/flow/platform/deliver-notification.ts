/**
 * Delivers one claimed notification: sends it, records the attempt, and decides by the answer
 * whether it is delivered, retried or dead-lettered (`parked` in the database). An answer never
 * changes the status of the payout. When a retry is due is decided by the dialect (dialect.ts).
 */

import { assert } from '../../lib/assert.ts';
import type { PayoutEvent } from '../../payout/model/event.ts';
import { letterFacts } from '../../payout/model/letter.ts';
import type { Lease } from '../../runner/leases.ts';
import type { Queryable } from '../../store/database/pool.ts';
import type { ClaimedNotification } from '../../store/notifications/notification-leases.ts';
import {
  type Attempt,
  type Finished,
  finishNotifications,
  hasDeadLettered,
  type NextState,
} from '../../store/notifications/notifications.ts';
import { SET_ASIDE_MS } from '../../store/payouts/leases.ts';
import { findPayout } from '../../store/payouts/payouts.ts';
import { NewerRow, UnreadableRow } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import { markUnreadable } from '../mark-unreadable.ts';
import { scrubDescription } from '../scrub.ts';
import { announce } from '../write/announce.ts';
import { applyEvent } from '../write/apply-event.ts';
import type { PlatformClient, SentNotification } from './dialect.ts';

export type DueNotification = ClaimedNotification & { lease: Lease };

async function toAttempt(
  app: AppContext,
  payoutId: string,
  { answer, httpStatus, cause, durationMs }: SentNotification,
  at: number,
): Promise<Attempt> {
  const { kind: outcome, status } = answer;
  const description = await scrubDescription(app, payoutId, answer.description);
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
  app: AppContext,
  due: ClaimedNotification,
  { answer }: SentNotification,
  at: number,
): NextState {
  const now = app.clock.now();
  // guard: delivered-when-acknowledged
  if (answer.kind === 'delivered') return { state: 'delivered', dueAt: now };
  if (answer.kind === 'refused') return { state: 'parked', dueAt: now };
  const next = app.dialect.nextAttempt({
    attempts: due.attempts + 1,
    firstAttemptAt: due.firstAttemptAt ?? at,
    now,
    random: app.chance.random(),
    retryAfterMs: answer.retryAfterMs,
  });
  return next.kind === 'again'
    ? { state: 'pending', dueAt: next.at }
    : { state: 'parked', dueAt: now };
}

/** The platform's own text, where it sent any. */
function answerText({ status, description, httpStatus, cause }: Attempt): string {
  if (status !== null) return description === null ? `${status}` : `${status} ${description}`;
  return httpStatus === null ? `no answer (${cause})` : `HTTP ${httpStatus}, ${cause}`;
}

/** The event for the payout's attention items; null where they do not change. */
async function toEvent(
  db: Queryable,
  { payoutId, letter, round }: ClaimedNotification,
  attempt: Attempt,
  { state }: NextState,
): Promise<PayoutEvent | null> {
  if (state === 'parked') {
    return { kind: 'notification_parked', letter, answer: answerText(attempt) };
  }
  // Only a redelivery can end the attention item of a dead-lettered notification.
  if (state === 'pending' || round === 1 || (await hasDeadLettered(db, payoutId))) return null;
  const found = await findPayout(db, payoutId);
  const isShown = found?.payout.attention.some(({ code }) => code === 'notification_parked');
  return isShown === true ? { kind: 'notification_delivered', letter } : null;
}

/** Records the attempt in one transaction with the event for the payout. */
async function recordWithEvent(
  app: AppContext,
  due: DueNotification,
  attempt: Attempt,
  next: NextState,
): Promise<Finished | null> {
  const finishing = { due: { ...due, token: due.lease.token }, attempt, next };
  const ended = await app.db.transaction(async (db) => {
    const [finished = null] = await finishNotifications(db, [finishing]);
    const event = finished?.counts === true ? await toEvent(db, due, attempt, next) : null;
    if (event === null) return { finished, change: null };
    const applied = await applyEvent(app, { payoutId: due.payoutId, stored: null, event, db });
    assert(applied.kind === 'applied', `${event.kind} was ${applied.kind}`);
    return { finished, change: applied.change };
  });
  if (ended.change !== null) announce(app, ended.change);
  return ended.finished;
}

type Recorded = { finished: Finished | null; next: NextState };

async function record(
  app: AppContext,
  due: DueNotification,
  attempt: Attempt,
  next: NextState,
): Promise<Recorded> {
  const finishPlainly = async (state: NextState): Promise<Recorded> => {
    const finishing = { due: { ...due, token: due.lease.token }, attempt, next: state };
    return { finished: await app.batches.finish(finishing), next: state };
  };
  const isPlain = next.state === 'pending' || (next.state === 'delivered' && due.round === 1);
  if (isPlain) return finishPlainly(next);
  try {
    return { finished: await recordWithEvent(app, due, attempt, next), next };
  } catch (err) {
    // Thrown on, the letter would be sent again whenever its lease ends, and never be recorded.
    if (err instanceof NewerRow) {
      app.log.warn({ payoutId: due.payoutId, err }, 'A payout is left to a newer version.');
    } else if (err instanceof UnreadableRow) {
      app.log.error({ payoutId: due.payoutId, err }, 'The row of a notified payout is unreadable.');
      await markUnreadable(app, err);
    } else throw err;
    // Dead-lettered without an attention item, it would go unnoticed: the newer version does it, or
    // this one when the row is restored.
    return finishPlainly(
      next.state === 'parked' ? { state: 'pending', dueAt: app.clock.now() + SET_ASIDE_MS } : next,
    );
  }
}

function logAttempt(
  app: AppContext,
  due: DueNotification,
  attempt: Attempt,
  next: NextState,
): void {
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
  if (next.state === 'delivered')
    app.log.debug(fields, 'The platform acknowledged the notification.');
  else if (next.state === 'pending') app.log.warn(fields, 'The notification will be retried.');
  else app.log.error(fields, `The notification is dead-lettered: ${answerText(attempt)}.`);
}

/**
 * Sends a claimed notification once; throws when its outcome could not be stored. The first byte
 * leaves only while the lease is held: later, other replicas may have sent this notification and
 * newer ones.
 */
export async function deliverNotification(
  app: AppContext,
  platform: PlatformClient,
  due: DueNotification,
): Promise<void> {
  const at = app.clock.now();
  const sent = await platform.send(due, () => due.lease.holds());
  // The lease ran out before the first byte: another replica has the notification by now.
  if (sent.cause === 'too_late') return;
  const attempt = await toAttempt(app, due.payoutId, sent, at);
  const { finished, next } = await record(app, due, attempt, toNextState(app, due, sent, at));
  logAttempt(app, due, attempt, next);
  app.observe.notified(due.letter, attempt.outcome);
  if (next.state === 'delivered' && due.round === 1 && letterFacts[due.letter].ends) {
    app.observe.endAcknowledged(app.clock.now() - due.createdAt);
  }
  const isMoreDue = finished !== null && (finished.behind > 0 || next.state === 'pending');
  if (isMoreDue) app.onNotifications?.(next.dueAt - app.clock.now());
}
