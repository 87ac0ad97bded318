/**
 * Payout rows: created once, found, and saved by comparing their revision. Every save is one
 * statement, and so one transaction: the row and its journal entries are on disk together or not.
 */

import type { PayoutEvent } from '../payout/event.ts';
import type { FeedType } from '../payout/feed.ts';
import type { Payout } from '../payout/payout.ts';
import type { Due } from '../payout/schedule.ts';
import { type NewNotification, notificationsText, outboxInsert } from './outbox.ts';
import type { Queryable } from './pool.ts';
import {
  type Brief,
  changingColumns,
  changingValues,
  type StoredPayout,
  toStoredPayout,
} from './rows.ts';

export type JournalEntry = {
  kind: PayoutEvent['kind'] | 'created';
  at: number;
  version: number;
  status: string;
  says: string;
  data: Record<string, unknown>;
  /** What it adds to the public feed; nothing where it is left out. */
  feed?: readonly FeedType[];
};

export type NewPayout = { payout: Payout; brief: Brief; due: Due; entry: JournalEntry };

export type Save = {
  payout: Payout;
  /** The revision the decision was built on. */
  revision: number;
  due: Due | null;
  entries: readonly JournalEntry[];
  /** What the platform is told of this change, in order. */
  notifications: readonly NewNotification[];
  at: number;
  /** Given by whoever holds the lease: `require` fences an intent, `release` ends the lease. */
  lease: { token: string; require: boolean; release: boolean } | null;
  /** A pay intent is not committed while payments are paused, whatever the caller read before. */
  unlessPaused: boolean;
};

const fixedColumns = [
  'id',
  'reference',
  'api_key_name',
  'idempotency_key',
  'fingerprint',
  'endpoint',
  'release',
  'amount_minor',
  'currency',
  'description',
  'purpose',
  'return_url',
  'cashier',
  'metadata',
  'receiver',
  'created_at',
  'updated_at',
  'due_at',
  'due_class',
] as const;

const allInsertColumns = [...fixedColumns, ...changingColumns];

const journalColumns = 'payout_id, at, kind, version, status, says, data, feed';

/** Journal entries travel as one JSON parameter, so that one prepared statement fits any number. */
const journalOf = (parameter: string, payoutId: string): string =>
  `select ${payoutId}, e.at, e.kind, e.version, e.status, e.says, e.data,
     nullif(e.feed, '{}')
   from jsonb_to_recordset(${parameter}::jsonb)
     as e(at timestamptz, kind text, version int, status text, says text, data jsonb,
       feed text[])`;

const journalText = (entries: readonly JournalEntry[]): string =>
  JSON.stringify(entries.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })));

const insertText = `
with created as (
  insert into payouts (${allInsertColumns.join(', ')})
  values (${allInsertColumns.map((_, index) => `$${index + 1}`).join(', ')})
  on conflict do nothing returning id
), journal as (
  insert into payout_events (${journalColumns})
  ${journalOf(`$${allInsertColumns.length + 1}`, 'created.id')}, created
)
select id from created`;

const json = (value: object | null): string | null =>
  value === null ? null : JSON.stringify(value);

/** Stores a new payout; false where its reference or its idempotency key is taken. */
export async function insertPayout(db: Queryable, created: NewPayout): Promise<boolean> {
  const { payout, brief, due, entry } = created;
  const { rows } = await db.query({
    name: 'insert-payout',
    text: insertText,
    values: [
      payout.id,
      payout.reference,
      brief.apiKeyName,
      brief.idempotencyKey,
      brief.fingerprint,
      payout.endpoint,
      payout.release,
      payout.money.amountMinor.toString(),
      payout.money.currency,
      brief.description,
      brief.purpose,
      brief.returnUrl,
      json(brief.cashier),
      json(brief.metadata),
      brief.receiver,
      new Date(payout.createdAt),
      new Date(payout.createdAt),
      new Date(due.at),
      due.class,
      ...changingValues(payout),
      journalText([entry]),
    ],
  });
  return rows.length === 1;
}

const changing = changingColumns.map((column, index) => `${column} = $${index + 1}`).join(', ');
const after = changingColumns.length;
const [id, revision, at, dueAt, dueClass, token, requires, releases, unlessPaused, entries] =
  Array.from({ length: 10 }, (_, index) => `$${after + index + 1}`);

const saveText = `
with saved as (
  update payouts set ${changing}, revision = revision + 1, updated_at = ${at},
    due_at = ${dueAt}, due_class = ${dueClass},
    lease_until = case when ${releases}::boolean and lease_token = ${token}::text
                       then null else lease_until end,
    lease_token = case when ${releases}::boolean and lease_token = ${token}::text
                       then null else lease_token end
  where id = ${id} and revision = ${revision}
    and (not ${requires}::boolean
         or (lease_token = ${token}::text
             and lease_until > coalesce($${after + 11}::timestamptz, clock_timestamp())))
    and (not ${unlessPaused}::boolean or not exists (select 1 from pause where paused))
  returning id
), journal as (
  insert into payout_events (${journalColumns}) ${journalOf(`${entries}`, 'saved.id')}, saved
), outbox as (
  ${outboxInsert(`$${after + 12}`, `${at}`)}
)
select id from saved`;

/**
 * Saves a decided payout; false where the row has moved on, the lease is lost, or payments are
 * paused meanwhile. `leaseNow` replaces the database's clock in simulations.
 */
export async function savePayout(
  db: Queryable,
  save: Save,
  leaseNow: Date | null,
): Promise<boolean> {
  const { rows } = await db.query({
    name: 'save-payout',
    text: saveText,
    values: [
      ...changingValues(save.payout),
      save.payout.id,
      save.revision,
      new Date(save.at),
      save.due === null ? null : new Date(save.due.at),
      save.due?.class ?? 3,
      save.lease?.token ?? null,
      save.lease?.require ?? false,
      save.lease?.release ?? false,
      save.unlessPaused,
      journalText(save.entries),
      leaseNow,
      notificationsText(save.notifications),
    ],
  });
  return rows.length === 1;
}

async function findOne(
  db: Queryable,
  name: string,
  where: string,
  values: unknown[],
): Promise<StoredPayout | null> {
  const { rows } = await db.query({
    name,
    text: `select * from payouts where ${where}`,
    values,
  });
  return rows[0] === undefined ? null : toStoredPayout(rows[0]);
}

export const findPayout = (db: Queryable, payoutId: string): Promise<StoredPayout | null> =>
  findOne(db, 'find-payout', 'id = $1', [payoutId]);

export const findByReference = (db: Queryable, reference: string): Promise<StoredPayout | null> =>
  findOne(db, 'find-payout-by-reference', 'reference = $1', [reference]);

/** The same, kept from every other writer until the transaction ends. */
export const lockByReference = (db: Queryable, reference: string): Promise<StoredPayout | null> =>
  findOne(db, 'lock-payout-by-reference', 'reference = $1 for no key update', [reference]);

export const findByIdempotencyKey = (
  db: Queryable,
  apiKeyName: string,
  idempotencyKey: string,
): Promise<StoredPayout | null> =>
  findOne(db, 'find-payout-by-key', 'api_key_name = $1 and idempotency_key = $2', [
    apiKeyName,
    idempotencyKey,
  ]);
