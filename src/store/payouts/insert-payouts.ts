/**
 * Stores new payouts. Each is created once: its reference and its idempotency key are unique.
 * `save-payouts.ts` stores later changes.
 */

import type { Queryable } from '../database/pool.ts';
import { type Created, declared, insertColumns, insertedOf, valueOf } from './columns.ts';
import { type JournalEntry, journalInsert, journalRows } from './journal.ts';

export type NewPayout = Created & { entry: JournalEntry };

/**
 * Any number of new payouts in one statement; those whose key or reference is taken are left out.
 * Rows are inserted in the order of their keys: when a client sends the same requests to two
 * replicas, two statements could otherwise wait for each other, until the server ends one of them a
 * second later.
 */
const insertText = `
with wanted as materialized (
  select * from jsonb_to_recordset($1::jsonb) as s(${declared(insertColumns)}, entries jsonb)
), created as (
  insert into payouts (${insertColumns.join(', ')})
  select ${insertColumns.map(valueOf).join(', ')} from wanted s
  order by s.api_key_name, s.idempotency_key
  on conflict do nothing returning id
), journal as (
  ${journalInsert('(select id, entries from created join wanted using (id))')}
)
select id from created`;

const toNewRow = ({ entry, ...created }: NewPayout): object => ({
  ...insertedOf(created),
  entries: journalRows([entry]),
});

/**
 * Stores new payouts, and returns one result for each in their order: false where its reference or
 * its idempotency key is taken.
 */
export async function insertPayouts(
  db: Queryable,
  created: readonly NewPayout[],
): Promise<readonly boolean[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'insert-payouts',
    text: insertText,
    values: [JSON.stringify(created.map(toNewRow))],
  });
  const inserted = new Set(rows.map(({ id }) => id));
  return created.map(({ payout }) => inserted.has(payout.id));
}
