/**
 * Stops payments and lets them go on, for all replicas. While they are paused no payout-pay leaves;
 * status requests, callbacks and notifications go on.
 */

import { type Pause, readPause, switchOff, switchOn } from '../../store/pause.ts';
import { makeHeldDue } from '../../store/payouts/due-times.ts';
import type { Flow } from '../context.ts';

export type Switching = { by: string; reason: string | null };

/** Pauses payments; pausing again changes nothing. */
export async function pausePayments(flow: Flow, { by, reason }: Switching): Promise<Pause> {
  await switchOn(flow.db, { by, reason, at: flow.clock.now() });
  const pause = await readPause(flow.db);
  flow.log.warn({ keyName: by, event: 'paused' }, 'Payments are paused.');
  return pause;
}

/**
 * Resumes payments, and makes every payout due that was held: each is asked about before it is
 * paid. Also lets new payouts through again where an endpoint had refused many in a row. While an
 * epoch is open payments stay paused, as the answer says.
 */
export async function resumePayments(flow: Flow, { by, reason }: Switching): Promise<Pause> {
  const at = flow.clock.now();
  await switchOff(flow.db, { by, reason, at });
  // Only once it is committed: whoever has a payout in hand now looks at the switch afterwards.
  const count = await makeHeldDue(flow.db, at);
  for (const endpoint of flow.endpoints.keys()) flow.onDue(endpoint, 0);
  const pause = await readPause(flow.db);
  const says = pause.paused ? 'Payments stay paused: history was lost.' : 'Payments go on.';
  flow.log.warn({ keyName: by, event: 'resumed', count }, says);
  return pause;
}

/** Whether payments are paused, since when and by whom. */
export const paymentsPause = (flow: Flow): Promise<Pause> => readPause(flow.db);
