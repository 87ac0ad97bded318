/**
 * Leases on due notifications: one per payout at a time, in order, under leases like those of
 * payouts (`../payouts/leases.ts`). The claim marks an unwanted notification as skipped in the same
 * statement, by the present value in the database and not by what a process remembers.
 * `flow/platform/deliver-notification.ts` sends the claimed ones.
 */

import { z } from 'zod';
import { type Letter, letters } from '../../payout/model/letter.ts';
import { IS_READER } from '../database/migration-files.ts';
import type { Queryable } from '../database/pool.ts';
import { type Held, LEASE_MS, type Unreadable } from '../payouts/leases.ts';
import { BEHIND_MS } from '../payouts/outbox.ts';
import { notifiesSql } from './notifies.ts';

export type ClaimedNotification = {
  id: string;
  payoutId: string;
  letter: Letter;
  body: string;
  /** Grows with each redelivery. */
  round: number;
  /** The number of attempts in this round. */
  attempts: number;
  firstAttemptAt: number | null;
  createdAt: number;
};

/**
 * Why a notification was not sent when it was due: the installation does not notify, or the
 * platform does not want this status letter.
 */
export const skipCauses = ['not_notified', 'not_asked_for'] as const;

/**
 * A notification that was due and unwanted; `letter` is text, since a later version may have
 * further letters.
 */
export type SkippedNotification = {
  id: string;
  payoutId: string;
  letter: string;
  cause: (typeof skipCauses)[number];
};

const columnsSchema = z.object({
  id: z.string(),
  payout_id: z.string(),
  letter: z.enum(letters),
  body: z.string(),
  round: z.int(),
  attempts: z.int(),
  first_attempt_at: z.date().nullable(),
  created_at: z.date(),
});

const rowSchema = columnsSchema.transform(
  (row): ClaimedNotification => ({
    id: row.id,
    payoutId: row.payout_id,
    letter: row.letter,
    body: row.body,
    round: row.round,
    attempts: row.attempts,
    firstAttemptAt: row.first_attempt_at?.getTime() ?? null,
    createdAt: row.created_at.getTime(),
  }),
);

/** Columns are read by name, since a later migration may add some under this prepared statement. */
const readColumns = ['position', ...Object.keys(columnsSchema.shape)]
  .map((column) => `n.${column}`)
  .join(', ');

const notifies = notifiesSql('$7::boolean');

const leaseNow = 'coalesce($4::timestamptz, clock_timestamp())';

/**
 * Claims notifications that are due, unless an earlier one of the payout is unfinished or another
 * one is under way: the order holds whatever the due times are, and also while a redelivery meets
 * an attempt that has not ended. A process without an address claims nothing while the installation
 * notifies. A redelivered notification is wanted, whatever its letter; one with an unknown letter
 * is not skipped, but reported as unreadable.
 */
const claimText = `
with due as (
  select n.id,
    case when not ${notifies} then 'not_notified'
         when n.round = 1 and n.letter = any($6::text[]) then 'not_asked_for' end as skip_cause
  from notifications n
  where n.state = 'pending' and n.due_at <= $1::timestamptz and ${IS_READER}
    and ($7::boolean or not ${notifies})
    and (n.lease_until is null or n.lease_until < ${leaseNow})
    -- guard: one-letter-at-a-time
    and not exists (
      select 1 from notifications o
      where o.payout_id = n.payout_id and o.id <> n.id
        and ((o.finished_at is null and o.position < n.position) or o.lease_until >= ${leaseNow}))
  order by n.due_at, n.id
  limit $2
  for no key update of n skip locked
), taken as (
  update notifications n set
    lease_token = case when due.skip_cause is null then $3::text end,
    lease_until = case when due.skip_cause is null then ${leaseNow} + $5::interval end,
    state = case when due.skip_cause is null then n.state else 'skipped' end,
    last_cause = coalesce(due.skip_cause, n.last_cause),
    last_status = case when due.skip_cause is null then n.last_status end,
    last_description = case when due.skip_cause is null then n.last_description end,
    finished_at = case when due.skip_cause is null then n.finished_at else $1::timestamptz end
  from due where n.id = due.id
  returning ${readColumns}, due.skip_cause
), behind as (
  update notifications o set due_at = $1::timestamptz
  from taken
  where taken.skip_cause is not null and o.payout_id = taken.payout_id and o.finished_at is null
    and o.position > taken.position
), record as (
  insert into notification_attempts
    (notification_id, payout_id, letter, round, at, duration_ms, outcome, cause)
  select id, payout_id, letter, round, $1::timestamptz, 0, 'skipped', skip_cause
  from taken where skip_cause is not null
)
select * from taken`;

type Read = ClaimedNotification | Unreadable | SkippedNotification;

function readTaken(row: Record<string, unknown>): Read {
  const cause = skipCauses.find((known) => known === row['skip_cause']);
  const id = String(row['id']);
  if (cause !== undefined) {
    return { id, payoutId: String(row['payout_id']), letter: String(row['letter']), cause };
  }
  const read = rowSchema.safeParse(row);
  return read.success ? read.data : { id, error: read.error };
}

export type NotificationClaim = {
  token: string;
  now: number;
  limit: number;
  leaseNow: Date | null;
  /** Status letters that the platform does not want; due notifications with them are skipped. */
  unasked: readonly Letter[];
  /** Whether this process has the platform's address. */
  hasAddress: boolean;
};

export type TakenNotifications = {
  claimed: ClaimedNotification[];
  skipped: SkippedNotification[];
  unreadable: Unreadable[];
};

/**
 * Claims due notifications, at most one of each payout. A row that cannot be read delays only the
 * notifications of its own payout.
 */
export async function claimNotifications(
  db: Queryable,
  claim: NotificationClaim,
): Promise<TakenNotifications> {
  const { rows } = await db.query({
    name: 'claim-notifications',
    text: claimText,
    values: [
      new Date(claim.now),
      claim.limit,
      claim.token,
      claim.leaseNow,
      `${LEASE_MS} milliseconds`,
      claim.unasked,
      claim.hasAddress,
    ],
  });
  const taken = rows.map(readTaken);
  return {
    claimed: taken.filter((item) => 'body' in item),
    skipped: taken.filter((item) => 'cause' in item),
    unreadable: taken.filter((item) => 'error' in item),
  };
}

/** Extends the leases that are still valid, and returns them. */
export async function extendNotifications(
  db: Queryable,
  held: readonly Held[],
  now: Date | null,
): Promise<Held[]> {
  const { rows } = await db.query<Held>({
    name: 'extend-notifications',
    // In the order of the ids, like the end of several attempts.
    text: `with held as materialized (
        select n.id from notifications n
        join unnest($1::text[], $2::text[]) as lease(id, token) on n.id = lease.id
        where n.lease_token = lease.token
          and n.lease_until > coalesce($3::timestamptz, clock_timestamp())
        order by n.id for no key update of n
      )
      update notifications n
      set lease_until = coalesce($3::timestamptz, clock_timestamp()) + $4::interval
      from held where n.id = held.id
      returning n.id, n.lease_token as token`,
    values: [
      held.map((lease) => lease.id),
      held.map((lease) => lease.token),
      now,
      `${LEASE_MS} milliseconds`,
    ],
  });
  return rows;
}

/**
 * Returns a lease and postpones the notification with those queued behind it: it cannot be read,
 * and would not be readable immediately.
 */
export async function postponeNotification(
  db: Queryable,
  { id, token }: Held,
  until: Date,
): Promise<void> {
  await db.query({
    name: 'postpone-notification',
    text: `with held as (
        update notifications set lease_token = null, lease_until = null, due_at = $3
        where id = $1 and lease_token = $2
        returning payout_id, position
      )
      update notifications o set due_at = $3::timestamptz + interval '${BEHIND_MS} milliseconds'
      from held
      where o.payout_id = held.payout_id and o.finished_at is null and o.position > held.position`,
    values: [id, token, until],
  });
}
