/**
 * The work on payouts: one queue for each endpoint, so that a slow gateway delays only its own
 * payouts. Claims, leases and the heartbeat are in `leased-runner.ts`.
 */

import type { AppContext } from '../flow/context.ts';
import { createClaims } from '../flow/gateway/claim-payouts.ts';
import { runDue } from '../flow/gateway/run-due.ts';
import { markUnreadable } from '../flow/mark-unreadable.ts';
import { AssertionFailed } from '../lib/assert.ts';
import {
  type Claimed,
  extendLeases,
  type Held,
  postpone,
  SET_ASIDE_MS,
} from '../store/payouts/leases.ts';
import { NewerRow, UnreadableRow } from '../store/payouts/rows.ts';
import type { ServedEndpoint } from './endpoints.ts';
import {
  createLeasedRunners,
  type LeasedRunners,
  type LeasedWork,
  type Timers,
} from './leased-runner.ts';

/** The queues are named after the endpoints. */
export type PayoutRunners = LeasedRunners;

export type PayoutRunnersOptions = {
  /** Each claim reads the present epoch along with its payouts. */
  onHistory?: (seen: Claimed['history']) => void;
  timers?: Timers;
};

function createPayoutWork(
  app: AppContext,
  endpoint: ServedEndpoint,
  onHistory: PayoutRunnersOptions['onHistory'],
): LeasedWork<Claimed> {
  const claimPayouts = createClaims(app, endpoint);

  const setAside = async (held: Held, err: unknown): Promise<void> => {
    const fields = { payoutId: held.id, err };
    if (err instanceof NewerRow) app.log.warn(fields, 'A payout is left to a newer version.');
    else if (err instanceof UnreadableRow) app.log.error(fields, 'The row cannot be read.');
    else app.log.error(fields, 'A bug keeps this payout from being handled.');
    await postpone(app.db, held, new Date(app.clock.now() + SET_ASIDE_MS));
    await markUnreadable(app, err);
  };

  return {
    limiter: endpoint.limiter,
    claim: async (limit, token) => {
      // Others have the key, and this process must write nothing.
      if (app.rows.lacksKey()) return { claimed: [], unreadable: [] };
      const claims = await claimPayouts(limit, token);
      const [first] = claims.claimed;
      if (first !== undefined) onHistory?.(first.history);
      return claims;
    },
    idOf: ({ stored }) => stored.payout.id,
    handle: async (due) => {
      try {
        await runDue(app, due);
      } catch (error) {
        const isOfRow = error instanceof AssertionFailed || error instanceof UnreadableRow;
        if (!isOfRow) throw error;
        await setAside(due.lease, error);
      }
    },
    setAside,
  };
}

/** `endpoints` is a list, or a map by name. */
export function createPayoutRunners(
  app: AppContext,
  endpoints: { values(): Iterable<ServedEndpoint> },
  { onHistory, timers }: PayoutRunnersOptions = {},
): PayoutRunners {
  return createLeasedRunners({
    app,
    queues: new Map(
      [...endpoints.values()].map((endpoint) => [
        endpoint.name,
        createPayoutWork(app, endpoint, onHistory),
      ]),
    ),
    extend: (held) => extendLeases(app.db, held, app.leaseNow()),
    onError: (err) => app.log.error({ err }, 'Work on payouts failed; what is due is found again.'),
    timers,
  });
}
