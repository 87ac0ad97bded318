/**
 * The statistics of all payouts that a scrape reads, in one statement: open payouts, open attention
 * items, the oldest due time, pending notifications. Each is answered from an index, and none grows
 * with the number of ended payouts.
 */

import { z } from 'zod';
import { DUE_CLASSES } from '../payout/policy/schedule.ts';
import type { Queryable } from './database/pool.ts';
import { UNREADABLE } from './unreadable-rows.ts';

const statSchema = z.object({
  stat: z.enum([
    'open',
    'oldest_seconds',
    'attention',
    'overdue_seconds',
    'unserved',
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

/** Open payouts of an endpoint are counted up to this; every one of them is read. */
const UNSERVED_MAX = 1000;
/** No installation has so many endpoints; only rows that were altered by hand do. */
const UNSERVED_ENDPOINTS_MAX = 20;

/**
 * For each class of due rows the oldest is the first entry of its index. The endpoints that rows
 * name are found in it one after the other, since a `distinct` would read every entry.
 */
const statsText = `
with recursive named (endpoint) as (
  (select endpoint from payouts where due_at is not null order by endpoint limit 1)
  union all
  select (select p.endpoint from payouts p
    where p.due_at is not null and p.endpoint > named.endpoint order by p.endpoint limit 1)
  from named where named.endpoint is not null
)
select 'open' as stat, status as label, count(*)::float8 as value
  from payouts where finalized_at is null group by status
union all
select 'oldest_seconds', status, greatest(0, extract(epoch from $1 - min(status_since)))::float8
  from payouts where finalized_at is null and isfinite(status_since) group by status
union all
select 'attention', item->>'code', count(*)::float8
  -- A list that is none would break every figure; it is a row that cannot be read.
  from payouts, jsonb_array_elements(
    case jsonb_typeof(attention) when 'array' then attention else '[{"code":"${UNREADABLE}"}]' end
  ) as item
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
select 'unserved', endpoint, 0 from unnest($2::text[]) as served(endpoint)
union all
(select 'unserved', named.endpoint, counted.open
  from named cross join lateral (
    select count(*)::float8 as open from (
      select from payouts p where p.finalized_at is null and p.endpoint = named.endpoint
      order by p.status limit ${UNSERVED_MAX}
    ) as some_of_them
  ) as counted
  where named.endpoint <> all($2::text[]) and counted.open > 0
  limit ${UNSERVED_ENDPOINTS_MAX})
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
