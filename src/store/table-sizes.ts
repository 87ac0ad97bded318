/**
 * How much room the tables take, for the metrics and the doctor. The server looks at the size of
 * each file and reads no row, which takes milliseconds whatever the tables hold.
 */

import type { Queryable } from './database/pool.ts';
import { TABLE_RIGHTS } from './database/rights.ts';

/** `bytes` is with the indexes, and with what is stored outside of the rows. */
export type TableSize = { table: string; bytes: number };

/** The tables of this service that exist, the largest first. */
export async function readTableSizes(db: Queryable): Promise<TableSize[]> {
  const { rows } = await db.query<TableSize>({
    name: 'read-table-sizes',
    text: `select name as table, pg_total_relation_size(to_regclass(name))::float8 as bytes
      from unnest($1::text[]) as name where to_regclass(name) is not null
      order by bytes desc, name`,
    values: [Object.keys(TABLE_RIGHTS)],
  });
  return rows;
}
