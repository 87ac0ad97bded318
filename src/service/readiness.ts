/**
 * Whether this replica can work, and whether it is about to stop: load balancers and orchestrators
 * read this. It repairs nothing.
 */

import { isOutdated } from '../store/database/migrate.ts';
import type { Database } from '../store/database/pool.ts';
import { DatabaseUnfit } from '../store/database/session.ts';
import type { PayoutRunners } from './payout-runners.ts';

export type Readiness = {
  /** What keeps it from working, in public sentences; an empty list if it can work. */
  problems(): Promise<string[]>;
  /** From now on it reports that it is stopping, whatever else holds. */
  leave(): void;
  isDraining(): boolean;
};

/** A further part that has to work; it is checked only while the database answers. */
type Part = { problem(): string | null | Promise<string | null> };

/** A runner that has not extended its leases for this long is stuck (it does so every 2 s). */
const RUNNER_STUCK_MS = 15_000;

export function createReadiness(
  db: Database,
  runners: Pick<PayoutRunners, 'lastHeartbeatMs'>,
  parts: readonly Part[],
): Readiness {
  let isDraining = false;
  return {
    problems: async () => {
      if (isDraining) return ['This replica is stopping.'];
      const problems: string[] = [];
      try {
        if (await isOutdated(db)) {
          problems.push('The database has a schema that this version cannot work on.');
        }
        if (db.refusesWrites()) problems.push('The database takes no writes.');
        for (const { problem } of parts) {
          const found = await problem();
          if (found !== null) problems.push(found);
        }
      } catch (error) {
        // Without the reason, since the page is public; the parts that use the database log it.
        const isUnfit = error instanceof DatabaseUnfit;
        problems.push(
          isUnfit ? 'The database must not be used as it is.' : 'The database cannot be reached.',
        );
      }
      if (runners.lastHeartbeatMs() > RUNNER_STUCK_MS) problems.push('The runner is stuck.');
      return problems;
    },
    leave: () => {
      isDraining = true;
    },
    isDraining: () => isDraining,
  };
}
