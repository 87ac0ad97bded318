/**
 * Claims the due payouts of one endpoint: in the order of their classes, with a share for status
 * requests and no more new payouts than the breaker lets through.
 */

import { claimDue, type Taken } from '../../store/payouts/leases.ts';
import type { AppContext, Endpoint } from '../context.ts';

/**
 * A share of the slots for one kind of work, kept while any of it is due. It knows nothing of the
 * work: the caller reports how much of it was claimed.
 */
export type Share = {
  /** How many of these slots the kind gets first. A remaining fraction counts next time. */
  of(slots: number): number;
  /** This many pieces of the kind were claimed, within its share or beyond it. */
  claimed(count: number, wanted: number): void;
};

/** A share of one in `parts`: with one slot at a time, every `parts`-th goes to the kind. */
export function createShare(parts: number): Share {
  /** In slots times `parts`, so that no fraction is rounded. */
  let owed = 0;
  return {
    of: (slots) => {
      // A claim that failed was never reported; the share does not make up for it.
      owed = Math.min(owed, parts - 1) + slots;
      return Math.min(slots, Math.floor(owed / parts));
    },
    claimed: (count, wanted) => {
      // Fewer than its share: no more is due, and an unused share is not saved up.
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
 * A replica whose clock is wrong may only poll, and claims what has been due for this long. A
 * replica that may also pay comes first; else the two would compete for each payout in every round.
 */
const MISTRUSTED_LATE_MS = 5000;

/** Claims at most `limit` payouts, leased under `token`. */
export type ClaimPayouts = (limit: number, token: string) => Promise<Taken>;

export function createClaims(app: AppContext, endpoint: Endpoint): ClaimPayouts {
  // guard: status-share
  const share = createShare(POLLS_SHARE);
  return async (limit, token) => {
    const pollsFirst = share.of(limit);
    const room = endpoint.checks.room();
    const claimed = await claimDue(app.db, {
      endpoint: endpoint.name,
      token,
      now: app.clock.now() - (app.isClockTrusted() ? 0 : MISTRUSTED_LATE_MS),
      limit,
      pollsFirst,
      checksMax: Math.min(limit, room),
      leaseNow: app.leaseNow(),
      gateway: endpoint.gateway(),
    });
    share.claimed(claimed.asks, pollsFirst);
    endpoint.checks.claimed(room < limit && claimed.checks >= room);
    return claimed;
  };
}
