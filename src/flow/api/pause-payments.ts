/**
 * Pauses and resumes payments, for all replicas. While payments are paused no payout-pay is sent;
 * status requests, callbacks and notifications continue. The hold of a paused payout is decided in
 * payout/policy/may-pay.ts.
 */

import { type Pause, readPause, switchOff, switchOn } from '../../store/pause.ts';
import { makeHeldDue } from '../../store/payouts/due-times.ts';
import type { AppContext } from '../context.ts';
import type { Actor } from './actor.ts';

export type Switching = Actor & { reason: string | null };

/** Pauses payments; a repeated pause changes nothing. */
export async function pausePayments(
  app: AppContext,
  { by, key, reason }: Switching,
): Promise<Pause> {
  await switchOn(app.db, { by, key, reason, at: app.clock.now() });
  const pause = await readPause(app.db);
  app.log.warn({ keyName: key, event: 'paused' }, `Payments are paused by ${pause.by}.`);
  return pause;
}

/**
 * Resumes payments and makes every held payout due: each is polled before it is paid. Also resets
 * the refusal breakers, so that an endpoint that had refused many new payouts in a row gets new
 * ones again. While an epoch is open, payments stay paused, and the returned pause shows it.
 */
export async function resumePayments(
  app: AppContext,
  { by, key, reason }: Switching,
): Promise<Pause> {
  const at = app.clock.now();
  await switchOff(app.db, { by, key, reason, at });
  // Only after the commit: a replica that works on a payout now reads the switch afterwards.
  const count = await makeHeldDue(app.db, at);
  for (const endpoint of app.endpoints.keys()) app.onDue(endpoint, 0);
  const pause = await readPause(app.db);
  const message = pause.paused
    ? 'Payments stay paused: an epoch is open, because history was lost.'
    : `Payments are resumed by ${by}.`;
  app.log.warn({ keyName: key, event: 'resumed', count }, message);
  return pause;
}

/** Whether payments are paused, since when, and who switched it. */
export const paymentsPause = (app: AppContext): Promise<Pause> => readPause(app.db);
