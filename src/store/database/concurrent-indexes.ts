/**
 * Builds indexes while their tables are read and written. Each step may be repeated: what an
 * earlier attempt has built stays, and what it left unfinished is built anew.
 */

import type { Client } from 'pg';
import type { IndexStep } from './migration-files.ts';

/** Whether the index can be used; null where there is none of this name. */
async function isValid(client: Client, index: string): Promise<boolean | null> {
  const { rows } = await client.query<{ valid: boolean }>(
    'select indisvalid as valid from pg_index where indexrelid = to_regclass($1)',
    [index],
  );
  return rows[0]?.valid ?? null;
}

/**
 * Takes the steps in their order, outside of a transaction; `say` gets a sentence for each one that
 * is taken. The client's session must have no time limit.
 */
export async function buildIndexes(
  client: Client,
  steps: readonly IndexStep[],
  say: (message: string) => void,
): Promise<void> {
  for (const { index, sql } of steps) {
    const valid = await isValid(client, index);
    if (valid === true) continue;
    say(`Building the index ${index}; reads and writes continue meanwhile.`);
    // A crash left it unfinished: it is kept up to date by every write, and no read may use it.
    if (valid === false) await client.query(`drop index concurrently ${index}`);
    await client.query(sql);
  }
}
