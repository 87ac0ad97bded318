/**
 * Lets a person say what became of a payout. The gateway is asked first, always: a finding stands
 * on a fresh answer, and the core refuses it where that answer speaks against it.
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
import { checkVersion } from './check-version.ts';
import { answerTo } from './command-payout.ts';
import { readPayout } from './queries.ts';
import { RequestProblem } from './request-problem.ts';

export type Resolving = {
  payoutId: string;
  /** The versions under which the caller wants it done; null where any will do. */
  ifVersion: readonly number[] | null;
  finding: Finding;
  /** What the person relies on; kept in the journal, so without receiver data. */
  evidence: string;
  name: string;
  /** The API key that said it, or the command line. */
  by: string;
};

/**
 * A person waits for the answer: longer than this for a free slot means that the endpoint is full.
 */
const SLOT_WAIT_MS = 5000;
const SLOT_LOOK_MS = 100;

/** A poll of the runner may be read between question and word; hardly three times in a row. */
const POLLS_MAX = 3;

const notResolvable = (payoutId: string, detail: string): RequestProblem =>
  new RequestProblem('NOT_RESOLVABLE', { payoutId, detail });

/** Waits for a place in the endpoint's budget; false where it has none, as with an open breaker. */
async function findSlot(app: AppContext, { limiter }: Endpoint): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < SLOT_WAIT_MS; waitedMs += SLOT_LOOK_MS) {
    if (limiter.slots() > 0) return true;
    await app.sleep(SLOT_LOOK_MS);
  }
  return limiter.slots() > 0;
}

/**
 * Asks the gateway within the endpoint's budget: when that was, and the payout after its answer.
 * Throws where it brought nothing.
 */
async function pollFirst(
  app: AppContext,
  stored: StoredPayout,
): Promise<{ askedAt: number; asOf: Sequence; answered: StoredPayout }> {
  const { id, endpoint: name } = stored.payout;
  const endpoint = app.endpoints.get(name);
  if (endpoint === undefined) {
    throw notResolvable(
      id,
      `Its endpoint ${name} is not configured, so that nothing can be asked.`,
    );
  }
  if (!isOurGateway(stored.payout, endpoint.gateway())) {
    throw notResolvable(id, 'It belongs to another gateway than the one configured.');
  }
  if (!(await findSlot(app, endpoint))) {
    throw notResolvable(
      id,
      'The gateway is not asked now: it is in trouble, or its budget is full.',
    );
  }
  endpoint.limiter.take();
  try {
    const { applied, askedAt, asOf, verdict } = await pollStatus(app, endpoint, stored);
    if (verdict === 'reported' || verdict === 'refused') {
      return { askedAt, asOf, answered: applied.kind === 'applied' ? applied.stored : stored };
    }
    throw notResolvable(id, 'The gateway did not answer the status request that goes before this.');
  } finally {
    endpoint.limiter.giveBack();
  }
}

/** An open payout is asked about even before payout-check: its order may be of a lost history. */
const isWorthAsking = (payout: Payout): boolean => mayHaveOrder(payout) || !isFinal(payout.status);

/**
 * Resolves a payout. Throws PAYOUT_NOT_FOUND, VERSION_MISMATCH, and NOT_RESOLVABLE with the reason
 * in its detail. Takes up to {@link ASKS_MAX} times a gateway call and {@link SLOT_WAIT_MS}.
 */
export async function resolvePayout(app: AppContext, resolving: Resolving): Promise<StoredPayout> {
  const { payoutId, ifVersion, finding, evidence, name, by } = resolving;
  let stored = await readPayout(app, payoutId);
  // Compared before the question, whose answer may well change the version.
  checkVersion(stored, ifVersion);
  for (let asks = 1; ; asks += 1) {
    const { askedAt, asOf, answered } = isWorthAsking(stored.payout)
      ? await pollFirst(app, stored)
      : { askedAt: app.clock.now(), asOf: stored.payout.tracking.sequence, answered: stored };
    const event = { kind: 'resolved', finding, evidence, name, by, askedAt, asOf } as const;
    const applied = await applyEvent(app, { payoutId, stored: answered, event });
    const isOutpaced = applied.kind === 'refused' && applied.code === 'outpaced';
    if (!isOutpaced || asks === POLLS_MAX) return answerTo(event, payoutId, applied);
    stored = applied.stored;
  }
}
