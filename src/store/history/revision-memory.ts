/**
 * What this process remembers of the journal and of its last commits, for comparison with the
 * database. A missing entry, a lower revision or a missing row proves that the database has lost
 * commits, whatever else it reports. Nothing deletes payouts or entries of their journal; a feature
 * that does so later must notify every replica before. `epoch.ts` decides what follows from a loss.
 */

import type { Queryable } from '../database/pool.ts';
import type { JournalMark, JournalWitness } from '../payouts/journal.ts';

export type RevisionMemory = JournalWitness & {
  /**
   * Remembers an acknowledged commit of this process, with an entry of that time (milliseconds
   * since 1970) in the payout's journal; a create is revision 1.
   */
  remember(payoutId: string, revision: number, at: number): void;
  isEmpty(): boolean;
  /** Starts again, with the first commit of another epoch. */
  forget(): void;
  /**
   * The first payout that lacks a commit of this process, as a sentence; null where nothing is
   * missing.
   */
  findLoss(db: Queryable): Promise<string | null>;
};

/** About 100 kB, and one statement of a few milliseconds to compare. */
const COMMITS_MAX = 1000;

/**
 * The time of the entry distinguishes our commit from another one of the same revision, which a
 * process that continued after the loss may have written.
 */
type Commit = { revision: number; at: number };

type Row = { id: string; revision: number | null };

const sentenceOf = ({ id, revision }: Row, { revision: known, at }: Commit): string => {
  if (revision === null)
    return `the row of ${id} is gone, although revision ${known} was committed`;
  if (revision < known) return `${id} has revision ${revision}, although ${known} was committed`;
  const when = new Date(at).toISOString();
  return `the journal of ${id} lacks the entry of ${when}, which revision ${known} committed`;
};

export function createRevisionMemory(commitsMax: number = COMMITS_MAX): RevisionMemory {
  /** In the order of the commits, the oldest first. */
  const commits = new Map<string, Commit>();
  let mark: JournalMark | null = null;

  return {
    remember: (payoutId, revision, at) => {
      const last = commits.get(payoutId);
      commits.delete(payoutId);
      // Two commits of one payout may be acknowledged in reverse order.
      commits.set(
        payoutId,
        last !== undefined && last.revision > revision ? last : { revision, at },
      );
      if (commits.size <= commitsMax) return;
      for (const oldest of commits.keys()) {
        commits.delete(oldest);
        break;
      }
    },
    see: (newest, known) => {
      if (newest === null || known !== mark) return;
      if (mark === null || BigInt(newest.id) > BigInt(mark.id)) mark = newest;
    },
    mark: () => mark,
    isEmpty: () => commits.size === 0 && mark === null,
    forget: () => {
      commits.clear();
      mark = null;
    },
    findLoss: async (db) => {
      if (commits.size === 0) return null;
      const remembered = [...commits];
      const { rows } = await db.query<Row>({
        name: 'find-lost-commit',
        text: `select known.id, p.revision
          from unnest($1::text[], $2::int[], $3::timestamptz[]) as known(id, revision, at)
          left join payouts p on p.id = known.id
          where p.revision is null or p.revision < known.revision
            or not exists (select from payout_events e
              where e.payout_id = known.id and e.at = known.at)
          limit 1`,
        values: [
          remembered.map(([id]) => id),
          remembered.map(([, { revision }]) => revision),
          remembered.map(([, { at }]) => new Date(at).toISOString()),
        ],
      });
      const [lost] = rows;
      if (lost === undefined) return null;
      return sentenceOf(lost, commits.get(lost.id) ?? { revision: 0, at: 0 });
    },
  };
}
