/**
 * Waiting as requests see it: holds an answer until the payout changes, the time is over, the
 * caller is gone or the service stops.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ChangeWatch } from '../flow/api/change-watch.ts';
import { versionAhead } from '../flow/api/check-version.ts';
import { showPayout } from '../flow/api/queries.ts';
import { RequestProblem } from '../flow/api/request-problem.ts';
import type { AppContext } from '../flow/context.ts';
import type { ShownPayout } from '../store/payouts/rows.ts';
import { callerOf } from './plugins/api-keys.ts';
import { preferredWaitSeconds } from './request-headers.ts';

/** Places come free whenever somebody is told, so that soon is soon enough. */
const FULL_RETRY_SECONDS = 2;

export type Waiting = { app: AppContext; changes: ChangeWatch };

function holdFor(
  { changes }: Waiting,
  request: FastifyRequest,
  reply: FastifyReply,
  payoutId: string,
  afterVersion: number,
  seconds: number,
): Promise<'over' | 'full'> {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return changes.wait({
    payoutId,
    afterVersion,
    waitMs: seconds * 1000,
    keyName: callerOf(request).name,
    signal: gone.signal,
  });
}

/**
 * The payout once its version is above `afterVersion`, or as it is after so many seconds. Throws
 * RATE_LIMITED where too many wait already, AHEAD_OF_HISTORY where no version is that high.
 */
export async function readChanged(
  waiting: Waiting,
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: { payoutId: string; afterVersion: number; seconds: number },
): Promise<ShownPayout> {
  const { payoutId, afterVersion, seconds } = wanted;
  const stored = await showPayout(waiting.app, payoutId);
  if (afterVersion > stored.payout.version) throw versionAhead(stored, afterVersion);
  if (seconds === 0 || stored.payout.version > afterVersion) return stored;
  const ended = await holdFor(waiting, request, reply, payoutId, afterVersion, seconds);
  if (ended === 'full') {
    const detail = 'Too many requests wait for changes already.';
    throw new RequestProblem('RATE_LIMITED', { detail, retryAfterSeconds: FULL_RETRY_SECONDS });
  }
  return showPayout(waiting.app, payoutId);
}

/**
 * What a request that changed a payout answers with: the payout as it is, or, where the caller
 * prefers to wait and there is a place for it, as it is after its next change. What was done stands
 * either way, so that a lack of places is no problem of the caller.
 */
export async function afterPreferredWait(
  waiting: Waiting,
  request: FastifyRequest,
  reply: FastifyReply,
  stored: ShownPayout,
): Promise<ShownPayout> {
  const seconds = preferredWaitSeconds(request);
  if (seconds === 0) return stored;
  const { id, version } = stored.payout;
  const ended = await holdFor(waiting, request, reply, id, version, seconds);
  if (ended === 'full') return stored;
  reply.header('preference-applied', `wait=${seconds}`);
  return showPayout(waiting.app, id);
}
