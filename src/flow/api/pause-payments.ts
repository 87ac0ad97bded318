/**
 * Stops payments and lets them go on, for all replicas. While they are paused no payout-pay leaves;
 * status requests, callbacks and notifications go on.
 */

import { type Pause, readPause, switchOff, switchOn } from '../../store/pause.ts';
import { makeHeldDue } from '../../store/payouts/due-times.ts';
import type { AppContext } from '../context.ts';

export type Switching = { by: string; reason: string | null };

/** Pauses payments; pausing again changes nothing. */
export async function pausePayments(app: AppContext, { by, reason }: Switching): Promise<Pause> {
  await switchOn(app.db, { by, reason, at: app.clock.now() });
  const pause = await readPause(app.db);
  app.log.warn({ keyName: by, event: 'paused' }, 'Payments are paused.');
  return pause;
}

/**
 * Resumes payments, and makes every payout due that was held: each is asked about before it is
 * paid. Also lets new payouts through again where an endpoint had refused many in a row. While an
 * epoch is open payments stay paused, as the answer says.
 */
export async function resumePayments(app: AppContext, { by, reason }: Switching): Promise<Pause> {
  const at = app.clock.now();
  await switchOff(app.db, { by, reason, at });
  // Only once it is committed: whoever has a payout in hand now looks at the switch afterwards.
  const count = await makeHeldDue(app.db, at);
  for (const endpoint of app.endpoints.keys()) app.onDue(endpoint, 0);
  const pause = await readPause(app.db);
  const says = pause.paused ? 'Payments stay paused: history was lost.' : 'Payments go on.';
  app.log.warn({ keyName: by, event: 'resumed', count }, says);
  return pause;
}

/** Whether payments are paused, since when and by whom. */
export const paymentsPause = (app: AppContext): Promise<Pause> => readPause(app.db);
