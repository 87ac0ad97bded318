/**
 * The journal of payouts: its entries, how they are read, and the mark by which a save notices that
 * the database has lost some. `history/revision-memory.ts` remembers the mark.
 */

import type { PayoutEvent } from '../../payout/model/event.ts';
import type { FeedType } from '../../payout/model/feed.ts';
import type { Queryable } from '../database/pool.ts';
import { shownAt } from './rows.ts';

export type JournalLine = { at: number; kind: string; status: string; summary: string };

type JournalRow = { at: Date; kind: string; status: string; summary: string };

/** The last entries of a payout, the oldest of them first. */
export async function lastJournalLines(
  db: Queryable,
  payoutId: string,
  limit: number,
): Promise<JournalLine[]> {
  const { rows } = await db.query<JournalRow>({
    name: 'last-journal-lines',
    text: `select ${shownAt('at')} as at, kind, status, says as summary from payout_events
      where payout_id = $1 order by id desc limit $2`,
    values: [payoutId, limit],
  });
  return rows.map(({ at, ...rest }) => ({ ...rest, at: at.getTime() })).toReversed();
}

/**
 * The journal of payouts, written by the statement that writes the payout itself.
 */
export type JournalEntry = {
  kind: PayoutEvent['kind'] | 'created';
  at: number;
  version: number;
  status: string;
  summary: string;
  data: Record<string, unknown>;
  /** What it adds to the public feed; nothing where it is left out. */
  feed?: readonly FeedType[];
};

const columns = 'payout_id, at, kind, version, status, says, data, feed';

/** The insert for the JSON list `entries` of each row in the relation `payouts`. */
export const journalInsert = (payouts: string): string => `
insert into payout_events (${columns})
select made.id, e.at, e.kind, e.version, e.status, e.summary, e.data, nullif(e.feed, '{}')
from ${payouts} as made, jsonb_to_recordset(made.entries)
  as e(at timestamptz, kind text, version int, status text, summary text, data jsonb, feed text[])`;

/** Journals of earlier versions name the time of a status request `askedAt`; so do new entries. */
const storedData = ({ requestedAt, ...data }: JournalEntry['data']): JournalEntry['data'] =>
  requestedAt === undefined ? data : { ...data, askedAt: requestedAt };

export const journalRows = (entries: readonly JournalEntry[]): object[] =>
  entries.map(({ data, ...entry }) => ({
    ...entry,
    data: storedData(data),
    at: new Date(entry.at),
  }));

/** An entry of the journal; its time is the text of PostgreSQL, which keeps microseconds. */
export type JournalMark = { id: string; payoutId: string; at: string };

/** The newest journal entry that this process knows to be committed. */
export type JournalWitness = {
  /** Null where none was seen in this epoch. */
  mark(): JournalMark | null;
  /**
   * One statement found `known`, the mark that it was given, and saw `newest` committed: by us, or
   * by a process that may be gone by then. The mark moves only from the one that the statement
   * looked for. Otherwise an entry that was written after a loss would hide that the mark before it
   * is missing.
   */
  see(newest: JournalMark | null, known: JournalMark | null): void;
};
