/**
 * Whether this replica can work, and whether it is about to leave: what load balancers and
 * orchestrators ask. It repairs nothing.
 */

import { isOutdated } from '../store/database/migrate.ts';
import type { Database } from '../store/database/pool.ts';
import { DatabaseUnfit } from '../store/database/session.ts';
import type { PayoutRunners } from './payout-runners.ts';

export type Readiness = {
  /** What keeps it from working, in sentences that anybody may read; nothing when it can. */
  problems(): Promise<string[]>;
  /** From now on it says that it leaves, whatever else holds. */
  leave(): void;
  isDraining(): boolean;
};

/** What has to be well besides; it is asked only while the database answers. */
type Part = { problem(): string | null | Promise<string | null> };

/** A runner that has not seen to its leases for this long does not work (it does every 2 s). */
const RUNNER_STUCK_MS = 15_000;

export function createReadiness(
  db: Database,
  runners: Pick<PayoutRunners, 'lastHeartbeatMs'>,
  parts: readonly Part[],
): Readiness {
  let leaving = false;
  return {
    problems: async () => {
      if (leaving) return ['This replica is stopping.'];
      const problems: string[] = [];
      try {
        if (await isOutdated(db)) {
          problems.push('The database has a schema that this version cannot work on.');
        }
        for (const { problem } of parts) {
          const found = await problem();
          if (found !== null) problems.push(found);
        }
      } catch (error) {
        // Without the reason, since anybody may read it; what needs the database logs it.
        const isUnfit = error instanceof DatabaseUnfit;
        problems.push(
          isUnfit ? 'The database must not be used as it is.' : 'The database cannot be reached.',
        );
      }
      if (runners.lastHeartbeatMs() > RUNNER_STUCK_MS) problems.push('The runner is stuck.');
      return problems;
    },
    leave: () => {
      leaving = true;
    },
    isDraining: () => leaving,
  };
}
