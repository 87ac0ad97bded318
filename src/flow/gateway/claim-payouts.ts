/**
 * Claims the due payouts of one endpoint: in the order of their classes, with a share for status
 * requests and no more new payouts than the breaker lets through.
 */

import { claimDue, type Taken } from '../../store/payouts/leases.ts';
import type { AppContext, Endpoint } from '../context.ts';

/**
 * A share of the slots for one kind of work, kept while any of it is due. It knows nothing of the
 * work: how much of it was taken is told.
 */
export type Share = {
  /** How many of so many slots the kind gets first. What is left of a slot counts next time. */
  of(slots: number): number;
  /** So many pieces of the kind were taken, whether out of its share or beside it. */
  taken(count: number, wanted: number): void;
};

/** A share of one in `parts`: with one slot at a time, every `parts`-th goes to the kind. */
export function createShare(parts: number): Share {
  /** In slots times `parts`, so that no fraction is rounded. */
  let owed = 0;
  return {
    of: (slots) => {
      // A claim that failed was never told of, and is not made up for.
      owed = Math.min(owed, parts - 1) + slots;
      return Math.min(slots, Math.floor(owed / parts));
    },
    taken: (count, wanted) => {
      // Fewer than it might have: no more is due, and a share that nothing needs is not saved up.
      owed = count < wanted ? 0 : Math.max(0, owed - count * parts);
    },
  };
}

/**
 * One slot in four is for status requests while any are due: creates above the budget would
 * otherwise leave every payout that was sent before them without an end.
 */
const POLLS_SHARE = 4;

/**
 * A replica whose clock is wrong may only ask, and takes up what has waited for this long: whoever
 * may also pay comes first, or the two would compete for each payout in every round.
 */
const MISTRUSTED_LATE_MS = 5000;

/** A claim of at most `limit` payouts, held under `token`. */
export type ClaimPayouts = (limit: number, token: string) => Promise<Taken>;

export function createClaims(app: AppContext, endpoint: Endpoint): ClaimPayouts {
  // guard: status-share
  const share = createShare(POLLS_SHARE);
  return async (limit, token) => {
    const pollsFirst = share.of(limit);
    const room = endpoint.checks.room();
    const taken = await claimDue(app.db, {
      endpoint: endpoint.name,
      token,
      now: app.clock.now() - (app.isClockTrusted() ? 0 : MISTRUSTED_LATE_MS),
      limit,
      pollsFirst,
      checksMax: Math.min(limit, room),
      leaseNow: app.leaseNow(),
      gateway: endpoint.gateway(),
    });
    share.taken(taken.asks, pollsFirst);
    endpoint.checks.taken(room < limit && taken.checks >= room);
    return taken;
  };
}
