/**
 * Makes payouts older: everything that their rows say of times is moved back, as if that much time
 * had passed since. Ages are measured by the database's time, so no clock has to be turned.
 */

import type { TestDatabase } from './database.ts';

/** Every instant in a row's memory is milliseconds since 1970, and no other number is as large. */
const INSTANT_MIN = 1e12;

type Row = { id: string; revision: number; memory: unknown };

function earlier(value: unknown, ms: number): unknown {
  if (typeof value === 'number') return value > INSTANT_MIN ? value - ms : value;
  if (Array.isArray(value)) return value.map((item) => earlier(item, ms));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, earlier(item, ms)]));
}

/** Moves every payout, or the one that is named; a service that works on one decides anew. */
export async function agePayouts(
  database: Pick<TestDatabase, 'query'>,
  ms: number,
  id: string | null = null,
): Promise<void> {
  const rows = await database.query<Row>(
    'select id, revision, memory from payouts where $1::text is null or id = $1',
    [id],
  );
  for (const row of rows) await ageOne(database, row, ms);
}

async function ageOne(
  database: Pick<TestDatabase, 'query'>,
  { id, revision, memory }: Row,
  ms: number,
): Promise<void> {
  const moved = await database.query(
    `update payouts set memory = $3, revision = revision + 1,
       created_at = created_at - $4::interval, status_since = status_since - $4::interval,
       due_at = due_at - $4::interval, authorized_at = authorized_at - $4::interval,
       expires_at = expires_at - $4::interval
     where id = $1 and revision = $2 returning id`,
    [id, revision, JSON.stringify(earlier(memory, ms)), `${ms} milliseconds`],
  );
  // Another writer saved it meanwhile.
  if (moved.length === 0) await agePayouts(database, ms, id);
}
