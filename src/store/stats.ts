/**
 * The statistics of all payouts that a scrape reads, in one statement: open payouts, open attention
 * items, the oldest due time, pending notifications. Each is answered from an index, and none grows
 * with the number of ended payouts.
 */

import { z } from 'zod';
import { DUE_CLASSES } from '../payout/policy/schedule.ts';
import type { Queryable } from './database/pool.ts';

const statSchema = z.object({
  stat: z.enum([
    'open',
    'oldest_seconds',
    'attention',
    'overdue_seconds',
    'paused',
    'partial_pauses',
    'epoch_open',
    'letters_waiting',
    'letters_oldest_seconds',
  ]),
  label: z.string(),
  value: z.number(),
});

/** One number, with its name and the status, code, endpoint or scope that it counts. */
export type Stat = z.infer<typeof statSchema>;

/** For each class of due rows the oldest is the first entry of its index. */
const statsText = `
select 'open' as stat, status as label, count(*)::float8 as value
  from payouts where finalized_at is null group by status
union all
select 'oldest_seconds', status, greatest(0, extract(epoch from $1 - min(status_since)))::float8
  from payouts where finalized_at is null and isfinite(status_since) group by status
union all
select 'attention', item->>'code', count(*)::float8
  -- A list that is none would break every figure.
  from payouts, jsonb_array_elements(
    case jsonb_typeof(attention) when 'array' then attention else '[]' end) as item
  where attention <> '[]' and item->>'acknowledgedBy' is null and item->>'code' is not null
  group by item->>'code'
union all
select 'overdue_seconds', served.endpoint,
  greatest(0, coalesce(max(extract(epoch from $1 - oldest.due_at)), 0))::float8
  from unnest($2::text[]) as served(endpoint)
  cross join generate_series(0, ${DUE_CLASSES - 1}) as class
  left join lateral (
    select due_at from payouts
    where endpoint = served.endpoint and due_class = class and due_at is not null
      and isfinite(due_at)
    order by due_at limit 1
  ) as oldest on true
  group by served.endpoint
union all
select 'paused', '', count(*)::float8 from installation
  where epoch_opened_at is not null or exists (select from pause where paused)
union all
select 'partial_pauses', scope, count(*)::float8 from pauses where paused group by scope
union all
select 'epoch_open', '', count(*)::float8 from installation where epoch_opened_at is not null
union all
select 'letters_waiting', '', count(*)::float8 from notifications where state = 'pending'
union all
select 'letters_oldest_seconds', '',
  greatest(0, coalesce(extract(epoch from $1 - min(created_at)), 0))::float8
  from notifications where state = 'pending'`;

/** Reads the statistics; `now` is business time, from which ages are measured. */
export async function readStats(
  db: Queryable,
  now: number,
  endpoints: readonly string[],
): Promise<Stat[]> {
  const { rows } = await db.query({
    name: 'read-stats',
    text: statsText,
    values: [new Date(now), endpoints],
  });
  return z.array(statSchema).parse(rows);
}
