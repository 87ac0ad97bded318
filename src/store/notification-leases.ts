/**
 * Notifications on their way: claimed one per payout and in order, under leases like those of
 * payouts.
 */

import { z } from 'zod';
import { type Letter, letters } from '../payout/letter.ts';
import { type Held, LEASE_MS, type Unreadable } from './leases.ts';
import { IS_READER } from './migration-files.ts';
import { BEHIND_MS } from './outbox.ts';
import type { Queryable } from './pool.ts';

export type ClaimedNotification = {
  id: string;
  payoutId: string;
  letter: Letter;
  body: string;
  /** Grows with each redelivery. */
  round: number;
  /** Attempts of this round so far. */
  attempts: number;
  firstAttemptAt: number | null;
  createdAt: number;
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

/** By name: a later migration may add columns under this prepared statement. */
const readColumns = Object.keys(columnsSchema.shape).map((column) => `n.${column}`);

const leaseNow = 'coalesce($4::timestamptz, clock_timestamp())';

/**
 * Due, and with nothing of its payout before it or under way: the order holds whatever the due
 * times say, and also while a redelivery meets an attempt that has not ended.
 */
const claimText = `
with due as (
  select n.id from notifications n
  where n.state = 'pending' and n.due_at <= $1 and ${IS_READER}
    and (n.lease_until is null or n.lease_until < ${leaseNow})
    and not exists (
      select 1 from notifications o
      where o.payout_id = n.payout_id and o.id <> n.id
        and ((o.finished_at is null and o.position < n.position) or o.lease_until >= ${leaseNow}))
  order by n.due_at, n.id
  limit $2
  for no key update of n skip locked
)
update notifications n set lease_token = $3, lease_until = ${leaseNow} + $5::interval
from due where n.id = due.id
returning ${readColumns.join(', ')}`;

type Read = ClaimedNotification | Unreadable;

function readClaimed(row: Record<string, unknown>): Read {
  const read = rowSchema.safeParse(row);
  return read.success ? read.data : { id: String(row['id']), error: read.error };
}

/**
 * Takes due notifications, at most one of each payout. A row that cannot be read holds up only the
 * letters of its own payout.
 */
export async function claimNotifications(
  db: Queryable,
  claim: { token: string; now: number; limit: number; leaseNow: Date | null },
): Promise<{ claimed: ClaimedNotification[]; unreadable: Unreadable[] }> {
  const { rows } = await db.query({
    name: 'claim-notifications',
    text: claimText,
    values: [
      new Date(claim.now),
      claim.limit,
      claim.token,
      claim.leaseNow,
      `${LEASE_MS} milliseconds`,
    ],
  });
  const read = rows.map(readClaimed);
  return {
    claimed: read.filter((item) => 'letter' in item),
    unreadable: read.filter((item) => 'error' in item),
  };
}

/** Extends the leases that still stand, and answers those. */
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
 * Gives a lease back and lets the letter wait with those behind it: it cannot be read, and could
 * not be at once.
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
