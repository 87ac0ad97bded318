/**
 * Pauses and resumes payments, for all replicas: all of them, or a part. While payments are paused
 * no payout-pay is sent; status requests, callbacks and notifications continue. The hold of a
 * paused payout is decided in payout/policy/may-pay.ts.
 */

import {
  isEndpointOfPayouts,
  PARTIAL_PAUSES_MAX,
  type PartialPause,
  type PausedPart,
  pausePart,
  readPartialPauses,
  resumePart,
} from '../../store/partial-pauses.ts';
import { type Pause, readPause, switchOff, switchOn } from '../../store/pause.ts';
import { makeHeldDue } from '../../store/payouts/due-times.ts';
import type { AppContext } from '../context.ts';
import type { Actor } from '../actor.ts';
import { type ProblemCode, RequestProblem } from './request-problem.ts';

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

/** The pauses of parts that are in force, the oldest first. */
export const partialPauses = (app: AppContext): Promise<PartialPause[]> =>
  readPartialPauses(app.db);

export const pauseProblems = [
  'VALIDATION_FAILED',
  'TOO_MANY_PAUSES',
] as const satisfies readonly ProblemCode[];

const nameOf = ({ scope, value }: PausedPart): string => `the ${scope.replace('_', ' ')} ${value}`;

/**
 * Pauses the payments of a part; a repeated pause changes nothing. Throws VALIDATION_FAILED for an
 * endpoint that is neither configured nor named by a payout, since a mistyped name would hold
 * nothing, and TOO_MANY_PAUSES.
 */
export async function pausePartOfPayments(
  app: AppContext,
  part: PausedPart,
  { by, key, reason }: Switching,
): Promise<void> {
  const { scope, value } = part;
  const isUnknown =
    scope === 'endpoint' &&
    !app.endpoints.has(value) &&
    !(await isEndpointOfPayouts(app.db, value));
  if (isUnknown) {
    const message = 'must be an endpoint that is configured or that payouts have';
    throw new RequestProblem('VALIDATION_FAILED', { errors: [{ path: scope, message }] });
  }
  if (!(await pausePart(app.db, part, { by, key, reason, at: app.clock.now() }))) {
    const detail = `${PARTIAL_PAUSES_MAX} parts are paused; all payments can still be paused.`;
    throw new RequestProblem('TOO_MANY_PAUSES', { detail });
  }
  app.log.warn(
    { keyName: key, event: 'paused' },
    `Payments of ${nameOf(part)} are paused by ${by}.`,
  );
}

/**
 * Resumes the payments of a part and makes its held payouts due. Any other pause that covers them
 * still holds them.
 */
export async function resumePartOfPayments(
  app: AppContext,
  part: PausedPart,
  { by, key, reason }: Switching,
): Promise<void> {
  const at = app.clock.now();
  await resumePart(app.db, part, { by, key, reason, at });
  // Only after the commit: a replica that works on a payout now reads the pauses afterwards.
  const count = await makeHeldDue(app.db, at, part);
  for (const endpoint of app.endpoints.keys()) app.onDue(endpoint, 0);
  const message = `Payments of ${nameOf(part)} are resumed by ${by}.`;
  app.log.warn({ keyName: key, event: 'resumed', count }, message);
}
