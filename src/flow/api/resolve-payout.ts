/**
 * Resolves a payout by an operator's finding. The gateway is always polled first: a finding rests
 * on a fresh reply, and the core refuses a finding that the reply contradicts. Which findings are
 * accepted is decided in payout/rules/resolve-rules.ts.
 */

import type { Finding } from '../../payout/model/event.ts';
import { mayHaveOrder, type Payout } from '../../payout/model/payout.ts';
import { isFinal } from '../../payout/model/status.ts';
import type { Sequence } from '../../payout/model/tracking.ts';
import { isOurGateway } from '../../payout/policy/gateway.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext, Endpoint } from '../context.ts';
import { pollStatus } from '../gateway/poll-status.ts';
import { applyEvent } from '../write/apply-event.ts';
import type { Actor } from '../actor.ts';
import { checkVersion } from './check-version.ts';
import { answerTo, commandProblems } from './command-payout.ts';
import { readPayout } from './queries.ts';
import { type ProblemCode, RequestProblem } from './request-problem.ts';

export type Resolving = Actor & {
  payoutId: string;
  /** The versions that the client allows, from If-Match; null allows any. */
  ifVersion: readonly number[] | null;
  finding: Finding;
  /** What the operator relies on. It is kept in the journal, so it holds no receiver data. */
  evidence: string;
};

/**
 * An operator waits for the reply. An endpoint without a free slot for this long counts as full.
 */
const SLOT_WAIT_MS = 5000;
const SLOT_RETRY_MS = 100;

/**
 * A poll of the runner may be applied between our poll and the finding, which outpaces it. Three
 * times in a row is unlikely.
 */
const POLLS_MAX = 3;

export const resolveProblems = [
  ...commandProblems,
  'NOT_RESOLVABLE',
] as const satisfies readonly ProblemCode[];

const notResolvable = (payoutId: string, detail: string): RequestProblem =>
  new RequestProblem('NOT_RESOLVABLE', { payoutId, detail });

/** Waits for a free slot of the endpoint. False: none came free, as with an open breaker. */
async function findSlot(app: AppContext, { limiter }: Endpoint): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < SLOT_WAIT_MS; waitedMs += SLOT_RETRY_MS) {
    if (limiter.slots() > 0) return true;
    await app.sleep(SLOT_RETRY_MS);
  }
  return limiter.slots() > 0;
}

/**
 * Polls the gateway within the endpoint's budget. Returns the time of the poll and the payout after
 * its reply. Throws where no reply came.
 */
export async function pollFirst(
  app: AppContext,
  stored: StoredPayout,
): Promise<{ requestedAt: number; asOf: Sequence; answered: StoredPayout }> {
  const { id, endpoint: name } = stored.payout;
  const endpoint = app.endpoints.get(name);
  if (endpoint === undefined) {
    throw notResolvable(
      id,
      `The payout's endpoint ${name} is not configured, so the gateway cannot be polled.`,
    );
  }
  if (!isOurGateway(stored.payout, endpoint.gateway())) {
    throw notResolvable(id, 'The payout belongs to another gateway than the configured one.');
  }
  if (!(await findSlot(app, endpoint))) {
    throw notResolvable(
      id,
      'The gateway cannot be polled now: its calls keep failing, or its budget is used up.',
    );
  }
  endpoint.limiter.take();
  try {
    const { applied, requestedAt, asOf, verdict } = await pollStatus(app, endpoint, stored);
    if (verdict === 'reported' || verdict === 'refused') {
      return { requestedAt, asOf, answered: applied.kind === 'applied' ? applied.stored : stored };
    }
    throw notResolvable(
      id,
      'The gateway did not answer the status request that precedes a finding.',
    );
  } finally {
    endpoint.limiter.giveBack();
  }
}

/** An open payout is polled even before payout-check: its order may be of a lost history. */
const isWorthPolling = (payout: Payout): boolean => mayHaveOrder(payout) || !isFinal(payout.status);

/**
 * Resolves a payout. Throws PAYOUT_NOT_FOUND, VERSION_MISMATCH, and NOT_RESOLVABLE with the reason
 * in its detail. Takes up to {@link POLLS_MAX} times a gateway call and {@link SLOT_WAIT_MS}.
 */
export async function resolvePayout(app: AppContext, resolving: Resolving): Promise<StoredPayout> {
  const { payoutId, ifVersion, finding, evidence, by: name, key } = resolving;
  let stored = await readPayout(app, payoutId);
  // The version is compared before the poll, whose reply may change it.
  checkVersion(stored, ifVersion);
  for (let polls = 1; ; polls += 1) {
    const { requestedAt, asOf, answered } = isWorthPolling(stored.payout)
      ? await pollFirst(app, stored)
      : { requestedAt: app.clock.now(), asOf: stored.payout.tracking.sequence, answered: stored };
    const event = {
      kind: 'resolved',
      finding,
      evidence,
      name,
      by: key,
      requestedAt,
      asOf,
    } as const;
    const applied = await applyEvent(app, { payoutId, stored: answered, event, key });
    const isOutpaced = applied.kind === 'refused' && applied.code === 'outpaced';
    if (!isOutpaced || polls === POLLS_MAX) return answerTo(event, payoutId, applied);
    stored = applied.stored;
  }
}
