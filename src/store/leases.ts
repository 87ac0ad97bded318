/**
 * Leases on due payouts. A lease lasts 6 s by the database's clock and is extended every 2 s, so
 * that another replica takes a dead one's work over within 10 s; its token fences every intent.
 */

import { releases } from '../payout/payout.ts';
import { statuses } from '../payout/status.ts';
import { IS_READER } from './migration-files.ts';
import type { Queryable } from './pool.ts';
import { readList, type StoredPayout, toStoredPayout } from './rows.ts';

export const LEASE_MS = 6000;
export const LEASE_EXTENDED_EVERY_MS = 2000;

export type Claim = {
  endpoint: string;
  token: string;
  /** Business time: what is due by then. */
  now: number;
  limit: number;
  /** Replaces the database's clock in simulations. */
  leaseNow: Date | null;
};

export type Claimed = {
  stored: StoredPayout;
  /** By the switch, or by an open epoch. */
  paused: boolean;
  /** The history that the claim saw. */
  history: { epoch: number; isOpen: boolean };
  /** When a person last resumed payments; 0 while they are paused. */
  releasedAt: number;
};

/** A row that cannot be read: a bug, which must not hold up the rows beside it. */
export type Unreadable = { id: string; error: unknown };

/** How long a row rests whose handling ran into a bug. */
export const SET_ASIDE_MS = 60_000;

const listed = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');

/**
 * A payout in a state of a newer version stays due for that version's replicas, and shows as
 * overdue where there are none.
 */
const isUnderstood = `status in (${listed(statuses)}) and release in (${listed(releases)})`;

const claimText = `
with due as (
  select id from payouts
  where endpoint = $1 and due_at <= $2 and ${isUnderstood} and ${IS_READER}
    and (lease_until is null or lease_until < coalesce($4::timestamptz, clock_timestamp()))
  order by due_class, due_at, id
  limit $3
  for no key update skip locked
)
update payouts p
set lease_token = $5, lease_until = coalesce($4::timestamptz, clock_timestamp()) + $6::interval
from due where p.id = due.id
returning ${readList('p')}, (select paused from pause) as switched_off,
  (select since from pause where not paused) as released_at,
  (select epoch from installation) as history_epoch,
  (select epoch_opened_at is not null from installation) as history_is_open`;

function readClaimed(row: Record<string, unknown>): Claimed | Unreadable {
  try {
    const { released_at: released } = row;
    const releasedAt = released instanceof Date ? released.getTime() : 0;
    const history = {
      epoch: Number(row['history_epoch']),
      isOpen: row['history_is_open'] === true,
    };
    const paused = row['switched_off'] === true || history.isOpen;
    return { stored: toStoredPayout(row), paused, history, releasedAt };
  } catch (error) {
    return { id: String(row['id']), error };
  }
}

/** The order of the schedule, which an update does not keep. */
const bySchedule = (a: Claimed, b: Claimed): number =>
  (a.stored.dueAt ?? 0) - (b.stored.dueAt ?? 0) ||
  (a.stored.payout.id < b.stored.payout.id ? -1 : 1);

/**
 * Takes due payouts of one endpoint, the most urgent first; each is this token's alone until its
 * lease ends.
 */
export async function claimDue(
  db: Queryable,
  claim: Claim,
): Promise<{ claimed: Claimed[]; unreadable: Unreadable[] }> {
  const { rows } = await db.query({
    name: 'claim-due',
    text: claimText,
    values: [
      claim.endpoint,
      new Date(claim.now),
      claim.limit,
      claim.leaseNow,
      claim.token,
      `${LEASE_MS} milliseconds`,
    ],
  });
  const read = rows.map(readClaimed);
  return {
    claimed: read.filter((item) => 'stored' in item).toSorted(bySchedule),
    unreadable: read.filter((item) => 'error' in item),
  };
}

/** A lease that somebody holds: which row, under which token. */
export type Held = { id: string; token: string };

/** Extends the leases that still stand; answers those, so that the others are known to be lost. */
export async function extendLeases(
  db: Queryable,
  held: readonly Held[],
  leaseNow: Date | null,
): Promise<Held[]> {
  const { rows } = await db.query<Held>({
    name: 'extend-leases',
    // In the order of the ids, like a save of several payouts: see saveText.
    text: `with held as materialized (
        select p.id, held.token from payouts p
        join unnest($1::text[], $2::text[]) as held(id, token) on p.id = held.id
        order by p.id for no key update of p
      )
      update payouts p
      set lease_until = coalesce($3::timestamptz, clock_timestamp()) + $4::interval
      from held
      where p.id = held.id and p.lease_token = held.token
        and p.lease_until > coalesce($3::timestamptz, clock_timestamp())
      returning p.id, p.lease_token as token`,
    values: [
      held.map((lease) => lease.id),
      held.map((lease) => lease.token),
      leaseNow,
      `${LEASE_MS} milliseconds`,
    ],
  });
  return rows;
}

/** Gives a lease back unused, so that the payout can be claimed again at once. */
export async function releaseLease(db: Queryable, { id, token }: Held): Promise<void> {
  await db.query({
    name: 'release-lease',
    text: `update payouts set lease_token = null, lease_until = null
      where id = $1 and lease_token = $2`,
    values: [id, token],
  });
}

/**
 * Gives a lease back and lets the payout wait: for work that failed on a bug, which would fail the
 * same way at once.
 */
export async function postpone(db: Queryable, { id, token }: Held, until: Date): Promise<void> {
  await db.query({
    name: 'postpone',
    text: `update payouts set lease_token = null, lease_until = null, due_at = $3
      where id = $1 and lease_token = $2`,
    values: [id, token, until],
  });
}
