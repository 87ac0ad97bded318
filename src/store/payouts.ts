/**
 * Payout rows: created once, found, and saved by comparing their revision. Every save is one
 * statement, and so one transaction: the row and its journal entries are on disk together or not.
 */

import type { PayoutEvent } from '../payout/event.ts';
import type { FeedType } from '../payout/feed.ts';
import type { Payout } from '../payout/payout.ts';
import type { Due } from '../payout/schedule.ts';
import { callbackColumns, type InboxEntry, toCallbackRow } from './inbox.ts';
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
  /** The callback that brought the change: on disk with it, and only once. */
  callback?: InboxEntry;
};

/**
 * What became of a save. Outdated: the payout has moved on, or the caller lost its lease, or met the
 * pause. Repeated: its callback had been taken before, and nothing was changed.
 */
export type SaveOutcome = 'saved' | 'outdated' | 'repeated';

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

const insertColumns = [...fixedColumns, ...changingColumns];

const journalColumns = 'payout_id, at, kind, version, status, says, data, feed';

/** Journal entries travel as JSON, so that one prepared statement fits any number. */
const journalOf = (payouts: string): string =>
  `select made.id, e.at, e.kind, e.version, e.status, e.says, e.data, nullif(e.feed, '{}')
   from ${payouts} as made, jsonb_to_recordset(made.entries)
     as e(at timestamptz, kind text, version int, status text, says text, data jsonb,
       feed text[])`;

const journalRows = (entries: readonly JournalEntry[]): object[] =>
  entries.map((entry) => ({ ...entry, at: new Date(entry.at) }));

/** Columns of other types than text, as JSON brings them. */
const columnTypes: Readonly<Record<string, string>> = {
  amount_minor: 'bigint',
  cashier: 'jsonb',
  metadata: 'jsonb',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  due_at: 'timestamptz',
  due_class: 'smallint',
  status_since: 'timestamptz',
  finalized_at: 'timestamptz',
  authorized_at: 'timestamptz',
  expires_at: 'timestamptz',
  release_withheld: 'boolean',
  version: 'int',
};

const declared = (columns: readonly string[]): string =>
  columns.map((column) => `${column} ${columnTypes[column] ?? 'text'}`).join(', ');

/** Columns that hold JSON, whose values are JSON as text already, and bytes, which come as base64. */
const jsonColumns: readonly string[] = ['reason', 'attention', 'memory'];

function valueOf(column: string): string {
  if (column === 'receiver') return `decode(s.receiver, 'base64')`;
  return jsonColumns.includes(column) ? `s.${column}::jsonb` : `s.${column}`;
}

/** Any number of new payouts in one statement; those that somebody has already are left out. */
const insertText = `
with wanted as materialized (
  select * from jsonb_to_recordset($1::jsonb) as s(${declared(insertColumns)}, entries jsonb)
), created as (
  insert into payouts (${insertColumns.join(', ')})
  select ${insertColumns.map(valueOf).join(', ')} from wanted s
  on conflict do nothing returning id
), journal as (
  insert into payout_events (${journalColumns})
  ${journalOf('(select id, entries from created join wanted using (id))')}
)
select id from created`;

const changingOf = (payout: Payout): object => {
  const values = changingValues(payout);
  return Object.fromEntries(changingColumns.map((column, index) => [column, values[index]]));
};

function toNewRow({ payout, brief, due, entry }: NewPayout): object {
  return {
    id: payout.id,
    reference: payout.reference,
    api_key_name: brief.apiKeyName,
    idempotency_key: brief.idempotencyKey,
    fingerprint: brief.fingerprint,
    endpoint: payout.endpoint,
    release: payout.release,
    amount_minor: payout.money.amountMinor.toString(),
    currency: payout.money.currency,
    description: brief.description,
    purpose: brief.purpose,
    return_url: brief.returnUrl,
    cashier: brief.cashier,
    metadata: brief.metadata,
    receiver: Buffer.from(brief.receiver).toString('base64'),
    created_at: new Date(payout.createdAt),
    updated_at: new Date(payout.createdAt),
    due_at: new Date(due.at),
    due_class: due.class,
    entries: journalRows([entry]),
    ...changingOf(payout),
  };
}

/**
 * Stores new payouts, and answers for each in turn: false where its reference or its idempotency
 * key is taken.
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

/**
 * Any number of saves in one statement, and so in one commit. Each is judged for itself, on its
 * locked row: the journal, the letters and the callback of those that do not hold are left out with
 * them. Whatever writes several rows locks them in the order of their ids, so that two such
 * statements never wait for each other.
 */
const saveText = `
with wanted as materialized (
  select * from jsonb_to_recordset($1::jsonb) as s(
    id text, revision int, at timestamptz, due_at timestamptz, due_class smallint, token text,
    requires boolean, releases boolean, unless_paused boolean, entries jsonb, notifications jsonb,
    callback jsonb, ${declared(changingColumns)})
), fit as materialized (
  select p.id from payouts p join wanted s on s.id = p.id
  where p.revision = s.revision
    and (not s.requires
         or (p.lease_token = s.token
             and p.lease_until > coalesce($2::timestamptz, clock_timestamp())))
    and (not s.unless_paused or not exists (select 1 from pause where paused))
  order by p.id for no key update of p
), taken as (
  insert into callbacks (payout_id, ${callbackColumns.map(([name]) => name).join(', ')})
  select fit.id, ${callbackColumns.map(([name]) => `c.${name}`).join(', ')}
  from fit join wanted s on s.id = fit.id,
    jsonb_to_record(s.callback) as c(${callbackColumns.map((pair) => pair.join(' ')).join(', ')})
  where s.callback is not null
  on conflict (dedupe_key) do nothing returning payout_id as id
), cleared as materialized (
  select id from taken
  union all
  select fit.id from fit join wanted s on s.id = fit.id where s.callback is null
), saved as (
  update payouts p
  set ${changingColumns.map((column) => `${column} = ${valueOf(column)}`).join(', ')},
    revision = p.revision + 1, updated_at = s.at, due_at = s.due_at, due_class = s.due_class,
    lease_until = case when s.releases and p.lease_token = s.token then null
                       else p.lease_until end,
    lease_token = case when s.releases and p.lease_token = s.token then null
                       else p.lease_token end
  from wanted s join cleared on cleared.id = s.id
  where p.id = s.id
  returning p.id, s.at, s.entries, s.notifications
), journal as (
  insert into payout_events (${journalColumns}) ${journalOf('saved')}
), outbox as (
  ${outboxInsert('saved.notifications', 'saved.at')}
)
select fit.id, fit.id in (select id from cleared) as saved from fit`;

function toRow(save: Save): object {
  const { payout, due, lease, callback } = save;
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
    ...(callback === undefined ? {} : { callback: toCallbackRow(callback) }),
    ...changingOf(payout),
  };
}

/**
 * Saves decided payouts, no two of the same one, and answers for each in turn. `leaseNow` replaces
 * the database's clock in simulations.
 */
export async function savePayouts(
  db: Queryable,
  saves: readonly Save[],
  leaseNow: Date | null,
): Promise<readonly SaveOutcome[]> {
  const { rows } = await db.query<{ id: string; saved: boolean }>({
    name: 'save-payouts',
    text: saveText,
    values: [JSON.stringify(saves.map(toRow)), leaseNow],
  });
  const fit = new Map(rows.map(({ id, saved }) => [id, saved]));
  return saves.map(({ payout }) => {
    const saved = fit.get(payout.id);
    if (saved === undefined) return 'outdated';
    return saved ? 'saved' : 'repeated';
  });
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

/** Finds several, and answers for each in turn. */
export async function findPayouts(
  db: Queryable,
  payoutIds: readonly string[],
): Promise<readonly (StoredPayout | null)[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'find-payouts',
    text: 'select * from payouts where id = any($1)',
    values: [payoutIds],
  });
  const found = new Map(rows.map((row) => [row.id, row]));
  return payoutIds.map((id) => {
    const row = found.get(id);
    return row === undefined ? null : toStoredPayout(row);
  });
}

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
