/**
 * Sets what every session on the database relies on, and refuses a server that cannot keep a
 * commit. Every connection comes through `prepareSession`, whether the pool, a migration or a
 * command opens it.
 */

import type { ClientBase, QueryResultRow } from 'pg';
import { TABLE_RIGHTS } from './rights.ts';

/** A setting of one session; roles, databases and servers may have other defaults. */
export type Setting = readonly [name: string, value: string];

export type SessionNeeds = {
  /**
   * Whether a commit has to survive a crash of the server. False only for queries that store
   * nothing, and for tests and simulations, whose data may be lost.
   */
  durable: boolean;
  /**
   * Settings in addition to those of every session, or in their place. A setting that the server
   * does not know is left out.
   */
  settings?: readonly Setting[];
};

/** The service cannot work on this database; the message names the cause and the fix. */
export class DatabaseUnfit extends Error {
  override readonly name = 'DatabaseUnfit';
}

const EVERY_SESSION: readonly Setting[] = [
  // The driver reads and writes UTF-8 only.
  ['client_encoding', 'UTF8'],
  // The driver reads times as ISO text; "German" does not swap fields with an error, it gives
  // invalid dates.
  ['datestyle', 'ISO, MDY'],
  // Days and months of a timestamp are in UTC wherever the server is.
  ['timezone', 'UTC'],
  ['intervalstyle', 'postgres'],
  ['bytea_output', 'hex'],
  // Amounts are integers; the statistics of a scrape still keep every digit.
  ['extra_float_digits', '1'],
  // A backslash in a text is a backslash, null in an array is null, and `= null` finds nothing.
  ['standard_conforming_strings', 'on'],
  ['array_nulls', 'on'],
  ['transform_null_equals', 'off'],
  // The one writer relies on waiting for a row lock and then reading the newest version; other
  // levels answer the same race with an error.
  ['default_transaction_isolation', 'read committed'],
  // A row that a policy hides would look like a payout that was never created, and be paid twice:
  // with `off` PostgreSQL refuses the statement instead.
  ['row_security', 'off'],
  // PostgreSQL reports a commit that standbys did not take by a warning; see `connections.ts`.
  ['client_min_messages', 'warning'],
  // A connection that the server ends because it was idle looks like a lost one.
  ['idle_session_timeout', '0'],
  ['transaction_timeout', '0'],
  // A role's limits must not end a migration halfway; the pool has limits of its own.
  ['statement_timeout', '0'],
  ['lock_timeout', '0'],
  // Between two statements pass milliseconds; a machine that stops there would keep its locks.
  ['idle_in_transaction_session_timeout', '60000'],
];

const settingText = `
select set_config(known.name, wanted.value, false)
from unnest($1::text[], $2::text[]) as wanted (name, value)
join pg_settings known on lower(known.name) = wanted.name
where known.setting <> wanted.value`;

/**
 * A read-only default of a role or of this connection is a habit for looking around. A read-only
 * default of the server or the database is an operator's decision that nothing may be written, and
 * is respected.
 */
const writableText = `
select set_config(name, 'off', false) from pg_settings
where name = 'default_transaction_read_only' and setting = 'on'
  and source in ('user', 'database user', 'client', 'session')`;

/**
 * An acknowledged commit is flushed on this server, and on the standbys where they are named: a
 * failover must not lose it either, so `remote_write` is not enough. `remote_apply` is stronger,
 * and stays.
 */
const durableText = `
select set_config(name, 'on', false) from pg_settings
where name = 'synchronous_commit' and setting in ('off', 'local', 'remote_write')`;

/** Tables that a server must not empty after a crash, as it empties unlogged ones. */
const OUR_TABLES = Object.keys(TABLE_RIGHTS);

/**
 * Schemas that contain our tables: those of the search path first, in its order. Several
 * installations may share a database by schemas and roles; a role that cannot read a table does not
 * own it.
 */
const schemasText = `
select quote_ident(space.nspname) as schema, current_user as role,
  array_position(current_schemas(false), space.nspname) is not null as is_in_path,
  has_schema_privilege(space.oid, 'usage') as may_use,
  (select string_agg(quote_ident(unlogged.relname), ', ' order by unlogged.relname)
    from pg_class unlogged where unlogged.relnamespace = space.oid
      and unlogged.relpersistence = 'u' and unlogged.relname = any ($1)) as unlogged
from pg_namespace space
where 3 = (select count(*) from pg_class ours where ours.relnamespace = space.oid
    and ours.relname in ('payouts', 'payout_events', 'schema_migrations')
    and ours.relkind in ('r', 'p') and has_table_privilege(ours.oid, 'select'))
order by array_position(current_schemas(false), space.nspname) nulls last`;

type SchemaRow = {
  schema: string;
  role: string;
  is_in_path: boolean;
  may_use: boolean;
  unlogged: string | null;
};

/** The heartbeat runs this statement too, and reads the clock from it. */
export const examineText = `
select clock_timestamp() as now, pg_is_in_recovery() as in_recovery,
  current_setting('fsync', true) as fsync,
  current_setting('full_page_writes', true) as full_page_writes,
  current_setting('server_encoding', true) as encoding,
  current_setting('transaction_read_only') as read_only`;

export type Examined = {
  now: Date;
  in_recovery: boolean;
  /** Null on an engine without this setting. */
  fsync: string | null;
  full_page_writes: string | null;
  encoding: string | null;
  read_only: string;
};

/**
 * Throws {@link DatabaseUnfit} for a server that would lose a commit or takes none, and for a
 * database that cannot store every text.
 */
export function assertUsable(server: Examined): void {
  for (const name of ['fsync', 'full_page_writes'] as const) {
    if (server[name] !== 'off') continue;
    throw new DatabaseUnfit(
      `The database server has ${name} = off, and so may lose payments that it acknowledged: ` +
        `set ${name} = on in its configuration and reload it.`,
    );
  }
  if (server.encoding !== null && server.encoding !== 'UTF8') {
    throw new DatabaseUnfit(
      `The database has the encoding ${server.encoding}, and could not store every name and ` +
        "message: create it with encoding 'UTF8' (create database … encoding 'UTF8' template " +
        'template0).',
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
 * Sets the search path to the schema of our tables: a table of the same name in a schema that is
 * later put first, or a temporary one, must not be taken for ours. A migration that found none of
 * our tables would create empty ones next to the full ones, so such a connection is refused.
 */
async function settleSchema(client: ClientBase, { durable }: SessionNeeds): Promise<void> {
  const { rows } = await client.query<SchemaRow>(schemasText, [OUR_TABLES]);
  const [ours] = rows;
  // The database is not migrated yet: its tables will be created where the search path says.
  if (ours === undefined) return;
  const { schema, role, unlogged } = ours;
  if (!ours.may_use) {
    throw new DatabaseUnfit(
      `The role ${role} may not use schema ${schema}, which has the tables of this service: ` +
        `grant usage on schema ${schema} to ${role}.`,
    );
  }
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
 * be used, or the driver's error; the connection must not be used after that.
 */
export async function prepareSession(client: ClientBase, needs: SessionNeeds): Promise<void> {
  const settings = new Map([...EVERY_SESSION, ...(needs.settings ?? [])]);
  await client.query<QueryResultRow>(settingText, [[...settings.keys()], [...settings.values()]]);
  await client.query(writableText);
  if (needs.durable) {
    await client.query(durableText);
    const { rows } = await client.query<Examined>(examineText);
    if (rows[0] !== undefined) assertUsable(rows[0]);
  }
  await settleSchema(client, needs);
}
