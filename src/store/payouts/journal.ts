/**
 * The journal of payouts: its entries, how they are read, and the mark by which a save notices that
 * the database has lost some. `history/revision-memory.ts` remembers the mark.
 */

import type { PayoutEvent } from '../../payout/model/event.ts';
import type { FeedType } from '../../payout/model/feed.ts';
import type { Database, Queryable } from '../database/pool.ts';
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

/**
 * Refused commands that a payout's journal takes in a minute. A program that repeats one in a loop,
 * or a key that may do nothing, would otherwise decide how much we store.
 */
export const REFUSALS_A_MINUTE = 5;

export type Refusal = { payoutId: string; at: number; summary: string; data: object };

const refusalsText = `select count(*)::int as count from payout_events
  where payout_id = $1 and kind = 'command_refused' and at > $2::timestamptz - interval '1 minute'`;

/**
 * Adds an entry about a refused command, at most {@link REFUSALS_A_MINUTE} a minute. The payout
 * stays as it is, revision included: a refusal must not get in the way of an intent.
 */
export async function addRefusal(
  db: Database,
  { payoutId, at, summary, data }: Refusal,
): Promise<void> {
  const values = [payoutId, new Date(at)];
  const isFull = async (on: Queryable): Promise<boolean> => {
    const query = { name: 'count-refusals', text: refusalsText, values };
    const { rows } = await on.query<{ count: number }>(query);
    return (rows[0]?.count ?? 0) >= REFUSALS_A_MINUTE;
  };
  // Without a lock first, so that a loop costs no more than this.
  if (await isFull(db)) return;
  await db.transaction(async (tx) => {
    const lock = 'select id from payouts where id = $1 for no key update';
    await tx.query({ name: 'lock-refused', text: lock, values: [payoutId] });
    // Counted again under the lock: others may have been counted at the same time.
    if (await isFull(tx)) return;
    await tx.query({
      name: 'add-refusal',
      text: `insert into payout_events (payout_id, at, kind, version, status, says, data)
        select id, $2::timestamptz, 'command_refused', version, status, $3::text, $4::jsonb
        from payouts where id = $1`,
      values: [...values, summary, data],
    });
  });
}

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
