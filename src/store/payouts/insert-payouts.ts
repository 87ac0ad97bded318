/**
 * Stores new payouts. Each is created once: its reference and its idempotency key are unique.
 * `save-payouts.ts` stores later changes.
 */

import type { Payout } from '../../payout/model/payout.ts';
import type { Due } from '../../payout/policy/schedule.ts';
import type { Queryable } from '../database/pool.ts';
import { changingOf, declared, insertColumns, type OnceColumn, valueOf } from './columns.ts';
import { type JournalEntry, journalInsert, journalRows } from './journal.ts';
import type { RequestDetails } from './rows.ts';

export type NewPayout = { payout: Payout; details: RequestDetails; due: Due; entry: JournalEntry };

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

function toNewRow({ payout, details, due, entry }: NewPayout): object {
  const once: Record<OnceColumn, unknown> = {
    id: payout.id,
    reference: payout.reference,
    api_key_name: details.apiKeyName,
    idempotency_key: details.idempotencyKey,
    fingerprint: details.fingerprint,
    endpoint: payout.endpoint,
    release: payout.release,
    epoch: payout.epoch,
    client_order_id: payout.clientOrderId,
    amount_minor: payout.money.amountMinor.toString(),
    amount_decimals: payout.money.decimals,
    currency: payout.money.currency,
    description: details.description,
    purpose: details.purpose,
    return_url: details.returnUrl,
    cashier: details.cashier,
    metadata: details.metadata,
    receiver: Buffer.from(details.receiver).toString('base64'),
    created_at: new Date(payout.createdAt),
    updated_at: new Date(payout.createdAt),
    due_at: new Date(due.at),
    due_class: due.class,
  };
  return { ...once, ...changingOf(payout), entries: journalRows([entry]) };
}

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
