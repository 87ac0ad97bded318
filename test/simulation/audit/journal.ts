/**
 * The journal as it lies in the database, read by the audit's own SQL.
 */

import type { Database } from '../../../src/store/database/pool.ts';

export type JournalRow = {
  kind: string;
  at: number;
  version: number;
  status: string;
  data: Record<string, unknown>;
};

/** Every payout's journal, oldest first. */
export async function readJournal(real: Database): Promise<Map<string, JournalRow[]>> {
  const { rows } = await real.query<Record<string, unknown>>({
    text: `select payout_id, kind, at, version, status, data from payout_events order by id`,
  });
  const journal = new Map<string, JournalRow[]>();
  for (const row of rows) {
    const id = String(row['payout_id']);
    const { at, data } = row;
    const list = journal.get(id) ?? [];
    journal.set(id, list);
    list.push({
      kind: String(row['kind']),
      at: at instanceof Date ? at.getTime() : 0,
      version: Number(row['version']),
      status: String(row['status']),
      data: typeof data === 'object' && data !== null ? { ...data } : {},
    });
  }
  return journal;
}
