/**
 * Claims the due payouts of one endpoint: in the order of their classes, with a share for status
 * requests and no more new payouts than the breaker lets through.
 */

import { createShare } from '../runner/share.ts';
import { claimDue, type Taken } from '../store/leases.ts';
import type { Endpoint, Flow } from './flow.ts';

/**
 * One slot in four is for status requests while any are due: creates above the budget would
 * otherwise leave every payout that was sent before them without an end.
 */
const ASKS_SHARE = 4;

/**
 * A replica whose clock is wrong may only ask, and takes up what has waited for this long: whoever
 * may also pay comes first, or the two would compete for each payout in every round.
 */
const MISTRUSTED_LATE_MS = 5000;

/** A claim of at most `limit` payouts, held under `token`. */
export type ClaimPayouts = (limit: number, token: string) => Promise<Taken>;

export function createClaims(flow: Flow, endpoint: Endpoint): ClaimPayouts {
  // guard: status-share
  const share = createShare(ASKS_SHARE);
  return async (limit, token) => {
    const asksFirst = share.of(limit);
    const room = endpoint.checks.room();
    const taken = await claimDue(flow.db, {
      endpoint: endpoint.name,
      token,
      now: flow.clock.now() - (flow.isClockTrusted() ? 0 : MISTRUSTED_LATE_MS),
      limit,
      asksFirst,
      checksMax: Math.min(limit, room),
      leaseNow: flow.leaseNow(),
      gateway: endpoint.gateway(),
    });
    share.taken(taken.asks, asksFirst);
    endpoint.checks.taken(room < limit && taken.checks >= room);
    return taken;
  };
}
