/**
 * Everything that was recorded about one payout, from the three places that store it: the journal,
 * the attempts to notify the platform with the skipped notifications, and the calls of the cashier.
 * Pages by a keyset, the oldest first. `http/present-timeline.ts` decides what a client sees of it.
 */

import { z } from 'zod';
import type { Queryable } from '../database/pool.ts';
import { shownAt } from './rows.ts';

const originSchema = z.enum(['cashier', 'journal', 'notification']);

/**
 * The position of a row; of rows of one millisecond, a cashier's call comes before what it caused.
 */
export type TimelinePosition = { at: number; origin: z.output<typeof originSchema>; id: number };

const rowSchema = z.object({
  origin: originSchema,
  id: z.coerce.number().int(),
  at: z.date(),
  kind: z.string(),
  version: z.int().nullable(),
  status: z.string().nullable(),
  summary: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
});

export type TimelineRow = TimelinePosition & {
  /** The kind of the event, for entries of the journal. */
  kind: string;
  version: number | null;
  status: string | null;
  /** The sentence of the journal; null for rows from elsewhere. */
  summary: string | null;
  data: Record<string, unknown>;
};

const text = `
select origin, id, at, kind, version, status, summary, data from (
  select 'journal' as origin, id, ${shownAt('at')} as at, kind, version, status,
    says as summary, data
  from payout_events where payout_id = $1
  union all
  select 'notification', id, ${shownAt('at')},
    case outcome when 'skipped' then 'notification_skipped' else 'notification_attempted' end,
    null, null, null,
    jsonb_build_object('letter', letter, 'outcome', outcome, 'httpStatus', http_status,
      'cause', cause, 'answerStatus', status, 'answerDescription', description,
      'durationMs', duration_ms)
  from notification_attempts where payout_id = $1
  union all
  select 'cashier', id, ${shownAt('received_at')}, 'cashier_called', null, null, null,
    jsonb_build_object('letter', letter, 'by', coalesce('cashier:' || updated_by, 'cashier'),
      'answerStatus', answer_status, 'answerDescription', answer_description)
  from cashier_calls where payout_id = $1
) as everything
where $2::timestamptz is null or (at, origin, id) > ($2, $3, $4::bigint)
order by at, origin, id
limit $5`;

/** The rows after this position, at most `limit` of them. */
export async function readTimelineRows(
  db: Queryable,
  payoutId: string,
  after: TimelinePosition | null,
  limit: number,
): Promise<TimelineRow[]> {
  const { rows } = await db.query({
    name: 'read-timeline',
    text,
    values: [
      payoutId,
      after === null ? null : new Date(after.at),
      after?.origin ?? null,
      after?.id ?? null,
      limit,
    ],
  });
  return rows.map((row) => {
    const parsed = rowSchema.parse(row);
    return { ...parsed, at: parsed.at.getTime() };
  });
}
