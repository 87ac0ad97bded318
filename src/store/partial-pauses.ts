/**
 * Pauses of a part of all payments: one endpoint, one currency, or the payouts of one API key. This
 * file stores them, and says in SQL which payouts a pause covers. The claim of a payout and the
 * commit of its pay intent use that text; `payout/policy/may-pay.ts` decides what a pause holds.
 */

import type { Database, Queryable } from './database/pool.ts';

export const pauseScopes = ['endpoint', 'currency', 'api_key'] as const;

/** The part of all payments that a pause covers. */
export type PausedPart = { scope: (typeof pauseScopes)[number]; value: string };

/** Who paused or resumed a part: the operator, and the API key's name or the command line. */
type Switched = { by: string; key: string; reason: string | null };

/** A pause that is in force. */
export type PartialPause = PausedPart & Switched & { since: number };

type Switching = Switched & { at: number };

/**
 * Enough for every currency in one incident; every one in force is in each response about the
 * pause.
 */
export const PARTIAL_PAUSES_MAX = 200;

/** In SQL: the parts that a row of `payouts` belongs to. */
export const partsText = (row: string): string => `(
  ('endpoint', ${row}.endpoint), ('currency', ${row}.currency), ('api_key', ${row}.api_key_name)
)`;

/**
 * In SQL: whether the payments of a row of `payouts` are paused, all of them or its part. An open
 * epoch pauses them too, and is compared next to this.
 */
export const pausedText = (row: string): string => `(
  exists (select from pause where paused)
  -- guard: partial-pause
  or exists (select from pauses x where x.paused and (x.scope, x.value) in ${partsText(row)})
)`;

/** The pauses in force, the oldest first. */
export async function readPartialPauses(db: Queryable): Promise<PartialPause[]> {
  const { rows } = await db.query<PausedPart & Switched & { since: Date }>({
    name: 'read-partial-pauses',
    text: `select scope, value, by, key, since, reason from pauses where paused
      order by since, scope, value`,
  });
  return rows.map(({ since, ...rest }) => ({ ...rest, since: since.getTime() }));
}

/**
 * Pauses a part; a second call keeps the name, time and reason of the first. False where as many
 * pauses as possible are in force.
 */
export const pausePart = (
  db: Database,
  { scope, value }: PausedPart,
  { by, key, at, reason }: Switching,
): Promise<boolean> =>
  db.transaction(async (client) => {
    // One after the other: two at the same time could take the same row, or exceed the maximum.
    await client.query({ text: 'select from pause for update' });
    const values = [scope, value, by, key, new Date(at), reason];
    await client.query({
      text: `update pauses
        set scope = $1, value = $2, paused = true, by = $3, key = $4, since = $5, reason = $6
        where not exists (select from pauses where scope = $1 and value = $2 and paused)
          and (scope, value) = (select scope, value from pauses where not paused
            order by (scope = $1 and value = $2) desc, since limit 1)`,
      values,
    });
    await client.query({
      text: `insert into pauses (scope, value, paused, by, key, since, reason)
        select $1, $2, true, $3, $4, $5::timestamptz, $6::text
        where (select count(*) from pauses) < $7
        on conflict (scope, value) do nothing`,
      values: [...values, PARTIAL_PAUSES_MAX],
    });
    const { rowCount } = await client.query({
      text: 'select from pauses where scope = $1 and value = $2 and paused',
      values: [scope, value],
    });
    return rowCount === 1;
  });

/** Ends the pause of a part; one that is not in force is left as it is. */
export async function resumePart(
  db: Queryable,
  { scope, value }: PausedPart,
  { by, key, at, reason }: Switching,
): Promise<void> {
  await db.query({
    name: 'resume-part',
    text: `update pauses set paused = false, by = $3, key = $4, since = $5, reason = $6
      where scope = $1 and value = $2 and paused`,
    values: [scope, value, by, key, new Date(at), reason],
  });
}

/** Whether an open or watched payout is of this endpoint, which this replica may not serve. */
export async function isEndpointOfPayouts(db: Queryable, endpoint: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'endpoint-of-payouts',
    text: 'select from payouts where endpoint = $1 and due_at is not null limit 1',
    values: [endpoint],
  });
  return rowCount === 1;
}
