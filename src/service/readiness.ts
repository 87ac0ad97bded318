/**
 * Whether this replica can work, and whether it is about to leave: what load balancers and
 * orchestrators ask. It repairs nothing.
 */

import type { Database } from '../store/pool.ts';
import type { Notifying } from './notifying.ts';
import type { PayoutRunners } from './payout-runners.ts';

export type Readiness = {
  /** What keeps it from working, in sentences that anybody may read; nothing when it can. */
  problems(): Promise<string[]>;
  /** From now on it says that it leaves, whatever else holds. */
  leave(): void;
  isLeaving(): boolean;
};

/** A runner that has not seen to its leases for this long does not work (it does every 2 s). */
const RUNNER_STUCK_MS = 15_000;

export function createReadiness(
  db: Database,
  runners: Pick<PayoutRunners, 'lastBeatMs'>,
  notifying: Pick<Notifying, 'problem'>,
): Readiness {
  let leaving = false;
  return {
    problems: async () => {
      if (leaving) return ['This replica is stopping.'];
      const problems: string[] = [];
      try {
        await db.query({ name: 'ready', text: 'select 1' });
        const problem = await notifying.problem();
        if (problem !== null) problems.push(problem);
      } catch {
        // Without the reason, since anybody may read it; what needs the database logs it.
        problems.push('The database cannot be reached.');
      }
      if (runners.lastBeatMs() > RUNNER_STUCK_MS) problems.push('The runner is stuck.');
      return problems;
    },
    leave: () => {
      leaving = true;
    },
    isLeaving: () => leaving,
  };
}
