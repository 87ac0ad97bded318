/**
 * Reads the journal of a payout: what happened to it, as it was recorded.
 */

import type { Queryable } from './pool.ts';

export type JournalLine = { at: number; kind: string; status: string; says: string };

type JournalRow = { at: Date; kind: string; status: string; says: string };

/** The last entries of a payout, the oldest of them first. */
export async function lastJournalLines(
  db: Queryable,
  payoutId: string,
  limit: number,
): Promise<JournalLine[]> {
  const { rows } = await db.query<JournalRow>({
    name: 'last-journal-lines',
    text: `select at, kind, status, says from payout_events
      where payout_id = $1 order by id desc limit $2`,
    values: [payoutId, limit],
  });
  return rows.map(({ at, ...rest }) => ({ ...rest, at: at.getTime() })).toReversed();
}
