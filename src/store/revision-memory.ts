/**
 * What this process remembers of its last commits: the revision of each payout, to be compared with
 * the rows on every new connection. A lower revision or a missing row proves that the database has
 * lost acknowledged commits, whatever else it says of itself. Nothing deletes payouts: whatever
 * should do so one day has to tell every replica before.
 */

import type { Queryable } from './pool.ts';

export type RevisionMemory = {
  /** A commit was acknowledged; a create is revision 1. */
  remember(payoutId: string, revision: number): void;
  isEmpty(): boolean;
  /** Begins anew, with the first commit of another epoch. */
  forget(): void;
  /** The first payout whose row is behind, as a sentence; null where nothing is missing. */
  findLoss(db: Queryable): Promise<string | null>;
};

/** About 100 kB, and one statement of a few milliseconds to compare. */
const COMMITS_MAX = 1000;

type Row = { id: string; revision: number | null };

export function createRevisionMemory(commitsMax: number = COMMITS_MAX): RevisionMemory {
  /** In the order of the commits, the oldest first. */
  const revisions = new Map<string, number>();

  return {
    remember: (payoutId, revision) => {
      // Two commits of one payout may be acknowledged in the other order.
      const newest = Math.max(revision, revisions.get(payoutId) ?? 0);
      revisions.delete(payoutId);
      revisions.set(payoutId, newest);
      if (revisions.size <= commitsMax) return;
      for (const oldest of revisions.keys()) {
        revisions.delete(oldest);
        break;
      }
    },
    isEmpty: () => revisions.size === 0,
    forget: () => revisions.clear(),
    findLoss: async (db) => {
      if (revisions.size === 0) return null;
      const remembered = [...revisions];
      const { rows } = await db.query<Row>({
        name: 'find-lost-revision',
        text: `select known.id, p.revision
          from unnest($1::text[], $2::int[]) as known(id, revision)
          left join payouts p on p.id = known.id
          where p.revision is null or p.revision < known.revision
          limit 1`,
        values: [remembered.map(([id]) => id), remembered.map(([, revision]) => revision)],
      });
      const [lost] = rows;
      if (lost === undefined) return null;
      const known = revisions.get(lost.id) ?? 0;
      return lost.revision === null
        ? `the row of ${lost.id} is gone, although revision ${known} was committed`
        : `${lost.id} has revision ${lost.revision}, although ${known} was committed`;
    },
  };
}
