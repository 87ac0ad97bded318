/**
 * The guard that every command passes: its intent is on disk, its lease is held, and its
 * `send_before` has not passed by any clock. It is checked just before the first byte.
 */

import { AssertionFailed } from '../../lib/assert.ts';
import { uuidV7Text } from '../../lib/typeid.ts';
import type { PayoutEvent } from '../../payout/model/event.ts';
import { SEND_BEFORE_MS } from '../../payout/model/limits.ts';
import type { Intent } from '../../payout/model/tracking.ts';
import type { Lease } from '../../runner/leases.ts';
import { isRefusal } from '../../store/database/pool.ts';
import type { AppContext } from '../context.ts';
import { type Applied, type Applying, applyEvent } from '../write/apply-event.ts';
import { applyFact } from '../write/apply-fact.ts';

/** The journal's cause for an intent whose commit got no answer. */
const COMMIT_UNKNOWN = 'commit_unknown';

type IntentEvent = Extract<PayoutEvent, { kind: 'check_intended' | 'pay_intended' }>;

const unsentOf = { check_intended: 'check_not_sent', pay_intended: 'pay_not_sent' } as const;

export type GuardedIntent = {
  intent: Intent;
  /** False once the command may not leave any more. */
  mayStillSend: () => boolean;
};

/** A new intent. Its time runs from now, before its commit, so it ends slightly early. */
export function newIntent(app: AppContext, lease: Lease): GuardedIntent {
  const { clock, chance } = app;
  const at = clock.now();
  const since = clock.monotonic();
  const wallSince = app.wall();
  const lossesBefore = app.db.losses();
  const intent = { id: uuidV7Text(at, chance.bytes(10)), at, sendBefore: at + SEND_BEFORE_MS };
  return {
    intent,
    // The wall clock may have been set back, and the monotonic one stops in a suspended machine.
    // guard: send-before
    mayStillSend: () =>
      clock.now() <= intent.sendBefore &&
      clock.monotonic() - since <= SEND_BEFORE_MS &&
      app.wall() - wallSince <= SEND_BEFORE_MS &&
      app.isClockTrusted() &&
      // An acknowledged commit may be lost with a server that was lost since.
      app.db.losses() === lossesBefore &&
      lease.holds(),
  };
}

/**
 * Commits an intent; only after `applied` may its command be sent. Throws where it is unknown
 * whether the intent is on disk. It is then closed as never sent, which is certain, and is not in
 * doubt for minutes. That write also fences off a commit that the server would still make later.
 */
export async function commitIntent(
  app: AppContext,
  intending: Applying & { event: IntentEvent },
): Promise<Applied> {
  try {
    return await applyEvent(app, intending);
  } catch (error) {
    if (isRefusal(error) || error instanceof AssertionFailed) throw error;
    const { payoutId, event } = intending;
    await applyFact(app, {
      payoutId,
      stored: null,
      event: { kind: unsentOf[event.kind], intentId: event.intent.id, cause: COMMIT_UNKNOWN },
    });
    throw error;
  }
}
