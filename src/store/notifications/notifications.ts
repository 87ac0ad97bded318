/**
 * Records the outcome of notifications: finished with the answer of the platform, set for a retry,
 * or set for a redelivery. `praxis/read-answer.ts` decides what an answer means, and
 * `praxis/retry.ts` when a retry is due.
 */

import type { Letter } from '../../payout/model/letter.ts';
import type { Queryable } from '../database/pool.ts';
import { BEHIND_MS } from '../payouts/outbox.ts';
import type { ClaimedNotification } from './notification-leases.ts';

/** One ended attempt. */
export type Attempt = {
  at: number;
  durationMs: number;
  outcome: 'delivered' | 'refused' | 'transient' | 'unrecognised';
  httpStatus: number | null;
  cause: string | null;
  /** The platform's pair, where it could be read. */
  status: number | null;
  description: string | null;
};

export type NextState =
  | { state: 'delivered' | 'parked'; dueAt: number }
  | { state: 'pending'; dueAt: number };

/** An ended attempt of a notification under this lease, and what follows. */
export type Finishing = {
  due: ClaimedNotification & { token: string };
  attempt: Attempt;
  next: NextState;
};

/**
 * Any number of attempts in one statement, no two of one payout. An attempt of an earlier round is
 * recorded and ends its lease, and decides nothing else.
 */
const finishText = `
with ended as materialized (
  select * from jsonb_to_recordset($1::jsonb) as s(
    id text, payout_id text, letter text, round int, at timestamptz, duration_ms int, outcome text,
    http_status int, cause text, status int, description text, token text, state text,
    due_at timestamptz)
), held as materialized (
  select n.id from notifications n join ended s on s.id = n.id
  where n.lease_token = s.token
  order by n.id for no key update of n
), finished as (
  update notifications n set
    lease_token = null, lease_until = null,
    attempts = case when n.round = s.round then n.attempts + 1 else n.attempts end,
    first_attempt_at = case when n.round = s.round then coalesce(n.first_attempt_at, s.at)
                            else n.first_attempt_at end,
    state = case when n.round = s.round then s.state else n.state end,
    due_at = case when n.round = s.round then s.due_at else n.due_at end,
    last_status = s.status, last_description = s.description, last_cause = s.cause,
    finished_at = case when n.round = s.round and s.state <> 'pending' then s.due_at
                       else n.finished_at end
  from ended s join held on held.id = s.id
  where n.id = s.id
  returning n.id, n.payout_id, n.position, n.round = s.round as counts,
    case when s.state = 'pending' then s.due_at + interval '${BEHIND_MS} milliseconds'
         else s.due_at end as next_due_at
), behind as (
  update notifications o set due_at = finished.next_due_at
  from finished
  where finished.counts and o.payout_id = finished.payout_id and o.finished_at is null
    and o.position > finished.position
  returning o.payout_id
), attempt as (
  insert into notification_attempts
    (notification_id, payout_id, letter, round, at, duration_ms, outcome, http_status, cause,
     status, description)
  select id, payout_id, letter, round, at, duration_ms, outcome, http_status, cause, status,
    description from ended
)
select id, counts, (select count(*)::int from behind where behind.payout_id = finished.payout_id)
  as behind from finished`;

export type Finished = {
  /** Whether the attempt decided; false where a redelivery was requested meanwhile. */
  counts: boolean;
  /** Notifications of the same payout that are queued behind it. */
  behind: number;
};

const toEndedRow = ({ due, attempt, next }: Finishing): object => ({
  id: due.id,
  payout_id: due.payoutId,
  letter: due.letter,
  round: due.round,
  at: new Date(attempt.at),
  duration_ms: attempt.durationMs,
  outcome: attempt.outcome,
  http_status: attempt.httpStatus,
  cause: attempt.cause,
  status: attempt.status,
  description: attempt.description,
  token: due.token,
  state: next.state,
  due_at: new Date(next.dueAt),
});

/**
 * Records attempts and what follows, and returns one result for each in their order; null where the
 * lease was lost and only the attempt is recorded.
 */
export async function finishNotifications(
  db: Queryable,
  finishing: readonly Finishing[],
): Promise<readonly (Finished | null)[]> {
  const { rows } = await db.query<Finished & { id: string }>({
    name: 'finish-notifications',
    text: finishText,
    values: [JSON.stringify(finishing.map(toEndedRow))],
  });
  const finished = new Map(rows.map(({ id, counts, behind }) => [id, { counts, behind }]));
  return finishing.map(({ due }) => finished.get(due.id) ?? null);
}

/** Whether any notification of the payout is dead-lettered. */
export async function hasDeadLettered(db: Queryable, payoutId: string): Promise<boolean> {
  const { rows } = await db.query({
    name: 'has-parked',
    text: `select 1 from notifications where payout_id = $1 and state = 'parked' limit 1`,
    values: [payoutId],
  });
  return rows.length > 0;
}

/** Where a redelivery begins that also includes what the platform has acknowledged. */
export type RedeliveryStart =
  /** At the first notification with this letter. */
  | { letter: Letter }
  /** At the first notification that was written at this time or later. */
  | { at: number };

/**
 * Sets notifications of a payout for redelivery, with the same ids and bytes: the first one that
 * was dead-lettered, or was skipped and is wanted now, and every later one; with `start`, the one
 * that it names and every later one. Returns their letters in order; none where there is no such
 * notification. `unasked` are the letters that the platform does not want: a skipped notification
 * with one stays skipped. If every notification of the payout was skipped and none is wanted, all
 * are sent, since the operator can mean nothing else. A notification that an operator has had
 * redelivered before counts as wanted.
 */
export async function resendNotifications(
  db: Queryable,
  payoutId: string,
  now: number,
  unasked: readonly Letter[],
  start: RedeliveryStart | null = null,
): Promise<Letter[]> {
  const fromLetter = start !== null && 'letter' in start ? start.letter : null;
  const fromTime = start !== null && 'at' in start ? new Date(start.at) : null;
  const { rows } = await db.query<{ letter: Letter; position: number }>({
    name: 'resend-notifications',
    text: `
with letters as materialized (
  select position, letter, created_at, state, round > 1 or letter <> all($3::text[]) as asked
  from notifications where payout_id = $1
), first as materialized (
  select bool_and(state = 'skipped' and not asked) as everything,
    case when $4::text is null and $5::timestamptz is null then coalesce(
      min(position) filter (where state = 'parked' or (state = 'skipped' and asked)),
      case when bool_and(state = 'skipped') then min(position) end)
    else min(position) filter (where letter = $4 or created_at >= $5) end as position
  from letters
), chosen as materialized (
  select n.id, n.position > first.position as waits from notifications n, first
  where n.payout_id = $1 and n.position >= first.position
    and (n.state in ('delivered', 'parked') or n.round > 1 or n.letter <> all($3::text[])
      or first.everything)
  order by n.position for no key update of n
)
update notifications n set
  state = 'pending', round = round + 1, attempts = 0, first_attempt_at = null, finished_at = null,
  due_at = $2::timestamptz + case when chosen.waits then interval '${BEHIND_MS} milliseconds'
                                 else interval '0' end
from chosen where n.id = chosen.id
returning n.letter, n.position`,
    values: [payoutId, new Date(now), unasked, fromLetter, fromTime],
  });
  return rows.toSorted((a, b) => a.position - b.position).map(({ letter }) => letter);
}
