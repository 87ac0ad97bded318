/**
 * The guard of everything that a command leaves through: the intent is on disk, its lease stands,
 * and its `send_before` has not passed by either clock. Asked just before the first byte.
 */

import { uuidV7Text } from '../lib/ids.ts';
import { SEND_BEFORE_MS } from '../payout/limits.ts';
import type { Intent } from '../payout/payout.ts';
import type { Lease } from '../runner/leases.ts';
import type { Flow } from './flow.ts';

export type GuardedIntent = {
  intent: Intent;
  /** False once the command may not leave any more. */
  mayStillSend: () => boolean;
};

/** A new intent; its time runs from now, before its commit, and so ends a little early. */
export function newIntent(flow: Flow, lease: Lease): GuardedIntent {
  const { clock, chance } = flow;
  const at = clock.now();
  const since = clock.monotonic();
  const intent = { id: uuidV7Text(at, chance.bytes(10)), at, sendBefore: at + SEND_BEFORE_MS };
  return {
    intent,
    // The wall clock may have been set back, and the monotonic one stops in a suspended machine.
    mayStillSend: () =>
      clock.now() <= intent.sendBefore &&
      clock.monotonic() - since <= SEND_BEFORE_MS &&
      lease.holds(),
  };
}
