/**
 * Handles one due payout: takes the steps that are due now, one after the other, and leaves it with
 * its next due time. The core chooses each step anew from what is on disk.
 */

import { assert } from '../../lib/assert.ts';
import type { AttentionCode } from '../../payout/model/attention.ts';
import { nextStep } from '../../payout/policy/schedule.ts';
import type { Lease } from '../../runner/leases.ts';
import { makeDueIfResumed } from '../../store/payouts/due-times.ts';
import { type Claimed, postpone, releaseLease, SET_ASIDE_MS } from '../../store/payouts/leases.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import { type AppContext, contextOf, type Endpoint } from '../context.ts';
import { tryOpening } from '../receiver.ts';
import { type Applied, applyEvent } from '../write/apply-event.ts';
import { pollStatus } from './poll-status.ts';
import { sendCheck } from './send-check.ts';
import { sendPay } from './send-pay.ts';

/** Check, poll, pay, poll: after more steps than this, other payouts have their turn. */
const STEPS_MAX = 6;

/** A replica with a right clock finds the payout within this. */
const LEFT_FOR_MS = 1000;

export type DuePayout = Claimed & { lease: Lease };

const hold = (
  app: AppContext,
  stored: StoredPayout,
  lease: Lease,
  code: AttentionCode,
): Promise<Applied> =>
  applyEvent(app, { payoutId: stored.payout.id, stored, event: { kind: 'held', code }, lease });

/** How long a first payout-check waits for the outcome of another one. */
const WAIT_MS = 1000;

/** Not now, or not by us: only its due time changed, and its lease is given back. */
const left = { kind: 'left' } as const;

/**
 * The first payout-check of a payout, if the breaker lets it through. Later steps do not pass the
 * breaker: their payout already has an order.
 */
async function sendFirstCheck(
  app: AppContext,
  endpoint: Endpoint,
  stored: StoredPayout,
  { lease, releasedAt }: DuePayout,
): Promise<Applied | typeof left> {
  switch (await endpoint.checks.begin(releasedAt)) {
    case 'hold':
      return hold(app, stored, lease, 'checks_paused');
    case 'wait':
      await postpone(app.db, lease, new Date(app.clock.now() + WAIT_MS));
      app.onDue(endpoint.name, WAIT_MS);
      return left;
    case 'go':
      try {
        return await sendCheck(app, endpoint, stored, lease);
      } finally {
        if (endpoint.checks.end()) app.onDue(endpoint.name, 0);
      }
  }
}

async function takeStep(
  app: AppContext,
  endpoint: Endpoint,
  stored: StoredPayout,
  due: DuePayout,
): Promise<Applied | typeof left> {
  const { stored: claimed, lease, paused } = due;
  const payoutId = stored.payout.id;
  const context = contextOf(app, stored);
  const step = nextStep(stored.payout, context, paused);
  if (stored === claimed) {
    app.observe.takenUp(step.kind, context.now - (stored.dueAt ?? context.now));
  }
  switch (step.kind) {
    case 'check':
      if (tryOpening(app, stored) === null) return waitForKey(app, stored, lease);
      return stored.payout.status === 'requested'
        ? sendFirstCheck(app, endpoint, stored, due)
        : sendCheck(app, endpoint, stored, lease);
    case 'pay':
      return sendPay(app, endpoint, stored, lease, paused);
    case 'poll':
      return (await pollStatus(app, endpoint, stored, lease)).applied;
    case 'hold':
      return hold(app, stored, lease, step.code);
    case 'resume':
      return applyEvent(app, { payoutId, stored, event: { kind: 'resumed' }, lease });
    case 'expire':
      return applyEvent(app, { payoutId, stored, event: { kind: 'time_passed' }, lease });
    case 'leave':
      await postpone(app.db, lease, new Date(context.now + LEFT_FOR_MS));
      return left;
  }
}

/**
 * No data key opens the receiver, so payout-check cannot be sent until an operator puts the key
 * back. The item is raised once; without the wait the row would be due again immediately.
 */
async function waitForKey(app: AppContext, stored: StoredPayout, lease: Lease) {
  const { id: payoutId } = stored.payout;
  app.log.error({ payoutId }, 'payout-check waits: no data key opens the receiver.');
  const event = { kind: 'held', code: 'receiver_unreadable' } as const;
  await applyEvent(app, { payoutId, stored, event, lease, unlessVain: true });
  await postpone(app.db, lease, new Date(app.clock.now() + SET_ASIDE_MS));
  return left;
}

/**
 * Handles a claimed payout until it is no longer due, its lease is lost, or other payouts should
 * have their turn.
 */
export async function runDue(app: AppContext, due: DuePayout): Promise<void> {
  let { stored } = due;
  const { lease } = due;
  // guard: own-endpoint
  const endpoint = app.endpoints.get(stored.payout.endpoint);
  assert(endpoint !== undefined, `${stored.payout.id}: its endpoint is not configured`);
  for (let steps = 0; steps < STEPS_MAX && lease.holds(); steps += 1) {
    const applied = await takeStep(app, endpoint, stored, due);
    if (applied.kind === 'left') return;
    if (applied.kind !== 'applied') break;
    stored = applied.stored;
    // The save gave the lease back where nothing more is due now.
    if (stored.dueAt === null || stored.dueAt > app.clock.now()) {
      if (!due.paused) return;
      // An operator who resumed payments meanwhile did not make this payout due.
      return makeDueIfResumed(app.db, stored.payout.id, app.clock.now());
    }
  }
  await releaseLease(app.db, lease);
}
