/**
 * Payout rows: created once, found, and saved by comparing their revision. Every save is one
 * statement, and so one transaction: the row and its journal entries are on disk together or not.
 */

import type { PayoutEvent } from '../payout/event.ts';
import type { FeedType } from '../payout/feed.ts';
import type { Payout } from '../payout/payout.ts';
import type { Due } from '../payout/schedule.ts';
import { type NewNotification, outboxInsert } from './outbox.ts';
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

/** Journal entries travel as JSON, so that one prepared statement fits any number. */
const journalOf = (payouts: string, entries: string): string =>
  `select ${payouts}.id, e.at, e.kind, e.version, e.status, e.says, e.data,
     nullif(e.feed, '{}')
   from ${payouts}, jsonb_to_recordset(${entries}::jsonb)
     as e(at timestamptz, kind text, version int, status text, says text, data jsonb,
       feed text[])`;

const journalRows = (entries: readonly JournalEntry[]): object[] =>
  entries.map((entry) => ({ ...entry, at: new Date(entry.at) }));

const insertText = `
with created as (
  insert into payouts (${allInsertColumns.join(', ')})
  values (${allInsertColumns.map((_, index) => `$${index + 1}`).join(', ')})
  on conflict do nothing returning id
), journal as (
  insert into payout_events (${journalColumns})
  ${journalOf('created', `$${allInsertColumns.length + 1}`)}
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
      JSON.stringify(journalRows([entry])),
    ],
  });
  return rows.length === 1;
}

/** Columns that hold JSON: their values are JSON as text already. */
const jsonColumns: readonly string[] = ['reason', 'attention', 'memory'];

const valueOf = (column: string): string =>
  jsonColumns.includes(column) ? `s.${column}::jsonb` : `s.${column}`;

/**
 * Any number of saves in one statement, and so in one commit. Each is judged for itself: the
 * journal and the letters of those that do not hold are left out with them. Whatever writes several
 * rows locks them in the order of their ids, so that two such statements never wait for each other.
 */
const saveText = `
with wanted as materialized (
  select * from jsonb_to_recordset($1::jsonb) as s(
    id text, revision int, at timestamptz, due_at timestamptz, due_class smallint, token text,
    requires boolean, releases boolean, unless_paused boolean, entries jsonb, notifications jsonb,
    status text, status_since timestamptz, money_moved text, reason text, finalized_at timestamptz,
    order_id text, stage text, processor_tx_id text, redirect_url text, authorized_at timestamptz,
    authorized_by text, expires_at timestamptz, release_withheld boolean, attention text,
    memory text, version int)
), locked as materialized (
  select p.id from payouts p join wanted on wanted.id = p.id order by p.id for update of p
), saved as (
  update payouts p
  set ${changingColumns.map((column) => `${column} = ${valueOf(column)}`).join(', ')},
    revision = p.revision + 1, updated_at = s.at, due_at = s.due_at, due_class = s.due_class,
    lease_until = case when s.releases and p.lease_token = s.token then null
                       else p.lease_until end,
    lease_token = case when s.releases and p.lease_token = s.token then null
                       else p.lease_token end
  from wanted s join locked on locked.id = s.id
  where p.id = s.id and p.revision = s.revision
    and (not s.requires
         or (p.lease_token = s.token
             and p.lease_until > coalesce($2::timestamptz, clock_timestamp())))
    and (not s.unless_paused or not exists (select 1 from pause where paused))
  returning p.id, s.at, s.entries, s.notifications
), journal as (
  insert into payout_events (${journalColumns}) ${journalOf('saved', 'saved.entries')}
), outbox as (
  ${outboxInsert('saved.notifications', 'saved.at')}
)
select id from saved`;

function toRow(save: Save): object {
  const { payout, due, lease } = save;
  const values = changingValues(payout);
  return {
    id: payout.id,
    revision: save.revision,
    at: new Date(save.at),
    due_at: due === null ? null : new Date(due.at),
    due_class: due?.class ?? 3,
    token: lease?.token ?? null,
    requires: lease?.require ?? false,
    releases: lease?.release ?? false,
    unless_paused: save.unlessPaused,
    entries: journalRows(save.entries),
    notifications: save.notifications,
    ...Object.fromEntries(changingColumns.map((column, index) => [column, values[index]])),
  };
}

/**
 * Saves decided payouts, no two of the same one, and answers the ids of those that are saved; the
 * others have moved on, lost their lease, or met the pause. `leaseNow` replaces the database's
 * clock in simulations.
 */
export async function savePayouts(
  db: Queryable,
  saves: readonly Save[],
  leaseNow: Date | null,
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>({
    name: 'save-payout',
    text: saveText,
    values: [JSON.stringify(saves.map(toRow)), leaseNow],
  });
  return new Set(rows.map((row) => row.id));
}

/** Saves one decided payout; false where it could not be saved as {@link savePayouts} says. */
export const savePayout = async (
  db: Queryable,
  save: Save,
  leaseNow: Date | null,
): Promise<boolean> => (await savePayouts(db, [save], leaseNow)).has(save.payout.id);

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
