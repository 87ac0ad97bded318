/**
 * What every session on the database relies on, set in one place, and the server that is refused
 * because it cannot keep a commit. Whoever connects, the pool, a migration or a command, comes
 * through `prepareSession`.
 */

import type { ClientBase, QueryResultRow } from 'pg';

/** A setting of one session; roles, databases and servers may have other defaults. */
export type Setting = readonly [name: string, value: string];

export type SessionNeeds = {
  /**
   * Whether a commit has to survive a crash of the server. False only for questions that store
   * nothing, and for tests and simulations whose data nobody misses.
   */
  durable: boolean;
  /** Settings beyond those of every session. One that the server does not know is left out. */
  settings?: readonly Setting[];
};

/** The database cannot be worked on; the message names what is wrong and what to do. */
export class DatabaseUnfit extends Error {
  override readonly name = 'DatabaseUnfit';
}

const EVERY_SESSION: readonly Setting[] = [
  // The driver reads and writes UTF-8 only.
  ['client_encoding', 'UTF8'],
  // The driver reads times as ISO text; "German" swaps nothing loudly, it gives invalid dates.
  ['datestyle', 'ISO, MDY'],
  // Days and months of a timestamp are those of UTC wherever the server stands.
  ['timezone', 'UTC'],
  ['intervalstyle', 'postgres'],
  ['bytea_output', 'hex'],
  // Amounts are integers; the figures of a scrape keep every digit all the same.
  ['extra_float_digits', '1'],
  // A backslash in a text is one, null in an array is null, and `= null` finds nothing.
  ['standard_conforming_strings', 'on'],
  ['array_nulls', 'on'],
  ['transform_null_equals', 'off'],
  // Waiting for a row lock and then reading the newest version is what the one writer relies on;
  // other levels answer the same race with an error.
  ['default_transaction_isolation', 'read committed'],
  // A row that a policy hides would look like a payout that was never created, and be paid again:
  // with `off` PostgreSQL refuses the statement instead.
  ['row_security', 'off'],
  // A commit that standbys did not take is told by a warning; see connections.ts.
  ['client_min_messages', 'warning'],
  // A connection that the server ends because it was quiet looks like a lost one.
  ['idle_session_timeout', '0'],
  ['transaction_timeout', '0'],
];

const settingText = `
select set_config(known.name, wanted.value, false)
from unnest($1::text[], $2::text[]) as wanted (name, value)
join pg_settings known on lower(known.name) = wanted.name
where known.setting <> wanted.value`;

/**
 * A role's or this connection's own read-only default is a habit of people who look around; the
 * server's or the database's is an operator's word that nothing may be written, and is respected.
 */
const writableText = `
select set_config(name, 'off', false) from pg_settings
where name = 'default_transaction_read_only' and setting = 'on'
  and source in ('user', 'database user', 'client', 'session')`;

/**
 * An acknowledged commit is flushed here, and where standbys are named also there: a failover
 * must not lose it either, so `remote_write` is not enough. `remote_apply` is more, and stays.
 */
const durableText = `
select set_config(name, 'on', false) from pg_settings
where name = 'synchronous_commit' and setting in ('off', 'local', 'remote_write')`;

/** Tables that a server must not empty after a crash, as it does with unlogged ones. */
const OUR_TABLES = [
  'payouts',
  'payout_events',
  'notifications',
  'notification_attempts',
  'callbacks',
  'cashier_calls',
  'pause',
  'feed_head',
  'installation',
  'gateway_identities',
  'gateway_continuations',
  'check_breakers',
];

/**
 * Schemas that hold our tables, those of the search path first and in its order. Several
 * installations may share a database by schemas and roles; who cannot read a table does not own it.
 */
const schemasText = `
select quote_ident(space.nspname) as schema, current_user as role,
  array_position(current_schemas(false), space.nspname) is not null as is_in_path,
  (select string_agg(quote_ident(unlogged.relname), ', ' order by unlogged.relname)
    from pg_class unlogged where unlogged.relnamespace = space.oid
      and unlogged.relpersistence = 'u' and unlogged.relname = any ($1)) as unlogged
from pg_namespace space
where 3 = (select count(*) from pg_class ours where ours.relnamespace = space.oid
    and ours.relname in ('payouts', 'payout_events', 'schema_migrations')
    and ours.relkind in ('r', 'p') and has_table_privilege(ours.oid, 'select'))
order by array_position(current_schemas(false), space.nspname) nulls last`;

type SchemaRow = { schema: string; role: string; is_in_path: boolean; unlogged: string | null };

/** Also the statement of the heartbeat, which reads the clock by it. */
export const examineText = `
select clock_timestamp() as now, pg_is_in_recovery() as in_recovery,
  current_setting('fsync', true) as fsync,
  current_setting('full_page_writes', true) as full_page_writes,
  current_setting('transaction_read_only') as read_only`;

export type Examined = {
  now: Date;
  in_recovery: boolean;
  /** Null on an engine that has no such setting. */
  fsync: string | null;
  full_page_writes: string | null;
  read_only: string;
};

/** Throws {@link DatabaseUnfit} for a server that would lose a commit, or takes none. */
export function assertKeepsCommits(server: Examined): void {
  for (const name of ['fsync', 'full_page_writes'] as const) {
    if (server[name] !== 'off') continue;
    throw new DatabaseUnfit(
      `The database server has ${name} = off, and so may lose payments that it acknowledged: ` +
        `set ${name} = on in its configuration and reload it.`,
    );
  }
  if (server.in_recovery) {
    throw new DatabaseUnfit(
      'The database server is in recovery (a standby), and takes no commits: ' +
        'connect to the primary, or promote it (pg_promote).',
    );
  }
  if (server.read_only === 'on') {
    throw new DatabaseUnfit(
      'The database is read-only (default_transaction_read_only = on for the server or the ' +
        'database): switch it off there, or connect to the server that takes writes.',
    );
  }
}

/**
 * Fixes the search path to the schema of our tables: another program's table of the same name, in
 * a schema that comes first one day, must not be taken for ours, nor a temporary one. A migration
 * that found none of ours would create empty ones beside the full ones, hence the refusal.
 */
async function settleSchema(client: ClientBase, { durable }: SessionNeeds): Promise<void> {
  const { rows } = await client.query<SchemaRow>(schemasText, [OUR_TABLES]);
  const [ours] = rows;
  // A database that is not migrated yet: its tables come where the search path says.
  if (ours === undefined) return;
  const { schema, role, unlogged } = ours;
  if (!ours.is_in_path) {
    throw new DatabaseUnfit(
      `The tables of this service are in schema ${schema}, which is not in the search path: ` +
        `alter role ${role} set search_path = ${schema}. An installation of its own needs a ` +
        'database, or a role that cannot read those tables.',
    );
  }
  if (durable && unlogged !== null) {
    throw new DatabaseUnfit(
      `These tables are unlogged, and empty after a crash of the server: ${unlogged}. ` +
        'Use alter table … set logged.',
    );
  }
  await client.query("select set_config('search_path', $1, false)", [`${schema}, pg_temp`]);
}

/**
 * Prepares a new connection. Throws {@link DatabaseUnfit} where the server or the database must not
 * be used, or the driver's error; the connection is then of no use to anybody.
 */
export async function prepareSession(client: ClientBase, needs: SessionNeeds): Promise<void> {
  const settings = [...EVERY_SESSION, ...(needs.settings ?? [])];
  const names = settings.map(([name]) => name);
  await client.query<QueryResultRow>(settingText, [names, settings.map(([, value]) => value)]);
  await client.query(writableText);
  if (needs.durable) {
    await client.query(durableText);
    const { rows } = await client.query<Examined>(examineText);
    if (rows[0] !== undefined) assertKeepsCommits(rows[0]);
  }
  await settleSchema(client, needs);
}
