/**
 * A copy of everything that the database of a run holds, and the way back to it: what a backup, a
 * standby that lagged, or a disk that lost its last writes leaves of a history.
 */

import type { Database } from '../../src/store/database/pool.ts';

export type Keep = {
  /** Keeps what is there now, in place of what was kept before. */
  save(): Promise<void>;
  /** Puts it back; what happened since is gone, sequences included. */
  restore(): Promise<void>;
};

type Table = { name: string; columns: string };

const tablesText = `select c.relname as name,
    string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and a.attgenerated = ''
  where c.relkind = 'r' and c.relname <> 'schema_migrations'
  group by c.relname order by c.relname`;

const sequencesText = `select sequencename as name, last_value::text as value
  from pg_sequences where schemaname = 'public' order by sequencename`;

/** One copy for each table, in a schema of their own, made where they are missing. */
async function makeRoom(real: Database, tables: readonly Table[]): Promise<void> {
  const makes = tables.map(
    ({ name }) => `create table if not exists kept."${name}" (like public."${name}");`,
  );
  await real.query({ text: `create schema if not exists kept; ${makes.join(' ')}` });
}

export function createKeep(real: Database): Keep {
  let tables: readonly Table[] = [];
  let sequences: readonly { name: string; value: string | null }[] = [];
  return {
    save: async () => {
      tables = (await real.query<Table>({ text: tablesText })).rows;
      await makeRoom(real, tables);
      const names = tables.map(({ name }) => `kept."${name}"`).join(', ');
      const copies = tables.map(
        ({ name, columns }) =>
          `insert into kept."${name}" (${columns}) select ${columns} from public."${name}";`,
      );
      await real.query({ text: `truncate ${names}; ${copies.join(' ')}` });
      sequences = (
        await real.query<{ name: string; value: string | null }>({ text: sequencesText })
      ).rows;
    },
    restore: async () => {
      const names = tables.map(({ name }) => `public."${name}"`).join(', ');
      const copies = tables.map(
        ({ name, columns }) => `insert into public."${name}" (${columns})
          overriding system value select ${columns} from kept."${name}";`,
      );
      const setting = sequences.map(({ name, value }) =>
        value === null
          ? `alter sequence public."${name}" restart;`
          : `select setval('public."${name}"', ${value});`,
      );
      await real.transaction(async (db) => {
        // Rows come back table by table, in an order that foreign keys would not allow.
        await db.query({
          text: `set local session_replication_role = replica; truncate ${names} cascade;
            ${copies.join(' ')} ${setting.join(' ')}`,
        });
      });
    },
  };
}
