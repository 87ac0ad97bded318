/**
 * Delays a response until the payout changes, the time is over, the client closes the connection,
 * or the service stops. How changes are noticed, and how many requests may wait, is decided in
 * flow/change-watch.ts.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ChangeWatch } from '../flow/change-watch.ts';
import { versionAhead } from '../flow/api/check-version.ts';
import { showPayout } from '../flow/api/queries.ts';
import { RequestProblem } from '../flow/api/request-problem.ts';
import type { AppContext } from '../flow/context.ts';
import type { ShownPayout } from '../store/payouts/rows.ts';
import { callerOf } from './plugins/api-keys.ts';
import { preferredWaitSeconds } from './request-headers.ts';

/** A place becomes free whenever a waiting request is answered, so a short delay is enough. */
const FULL_RETRY_SECONDS = 2;

export type Waiting = {
  app: AppContext;
  changes: ChangeWatch;
  /** In seconds. A client may ask for more, which proxies in between would answer with a 504. */
  waitMaxS: number;
};

function delayFor(
  { changes }: Waiting,
  request: FastifyRequest,
  reply: FastifyReply,
  payoutId: string,
  afterVersion: number,
  seconds: number,
): Promise<'over' | 'full'> {
  const disconnected = new AbortController();
  reply.raw.once('close', () => disconnected.abort());
  return changes.wait({
    payoutId,
    afterVersion,
    waitMs: seconds * 1000,
    keyName: callerOf(request).name,
    signal: disconnected.signal,
  });
}

/**
 * The payout once its version is above `afterVersion`, or as it is after `seconds`, at most
 * `waitMaxS`. Throws
 * RATE_LIMITED where too many requests wait already, AHEAD_OF_HISTORY where the payout's version is
 * below `afterVersion`.
 */
export async function readChanged(
  waiting: Waiting,
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: { payoutId: string; afterVersion: number; seconds: number },
): Promise<ShownPayout> {
  const { payoutId, afterVersion } = wanted;
  const seconds = Math.min(wanted.seconds, waiting.waitMaxS);
  const stored = await showPayout(waiting.app, payoutId);
  if (afterVersion > stored.payout.version) throw versionAhead(stored, afterVersion);
  if (seconds === 0 || stored.payout.version > afterVersion) return stored;
  const ended = await delayFor(waiting, request, reply, payoutId, afterVersion, seconds);
  if (ended === 'full') {
    const detail = 'Too many requests already wait for changes.';
    throw new RequestProblem('RATE_LIMITED', { detail, retryAfterSeconds: FULL_RETRY_SECONDS });
  }
  return showPayout(waiting.app, payoutId);
}

/**
 * The payout in the response to a request that changed it: as it is now, or, if the client prefers
 * to wait and a place is free, as it is after its next change. The command is carried out in either
 * case, so a lack of places is not a problem of the request.
 */
export async function afterPreferredWait(
  waiting: Waiting,
  request: FastifyRequest,
  reply: FastifyReply,
  stored: ShownPayout,
): Promise<ShownPayout> {
  const seconds = Math.min(preferredWaitSeconds(request), waiting.waitMaxS);
  if (seconds === 0) return stored;
  const { id, version } = stored.payout;
  const ended = await delayFor(waiting, request, reply, id, version, seconds);
  if (ended === 'full') return stored;
  reply.header('preference-applied', `wait=${seconds}`);
  return showPayout(waiting.app, id);
}
