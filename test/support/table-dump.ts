/**
 * Everything that a database holds, as text, for tests that search it.
 */

import type { TestDatabase } from './database.ts';

/** Every row of every table as text, by the table's name. */
export async function dumpTables({ query }: Pick<TestDatabase, 'query'>) {
  const names = await query<{ name: string }>(
    `select quote_ident(table_name) as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const dumped = new Map<string, string>();
  for (const { name } of names) {
    const rows = await query<{ row: string }>(`select t::text as row from ${name} t`);
    dumped.set(name, rows.map(({ row }) => row).join('\n'));
  }
  return dumped;
}
