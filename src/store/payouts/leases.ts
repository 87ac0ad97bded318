/**
 * Leases on due payouts. A lease lasts 6 s by the database's clock and is extended every 2 s, so
 * that another replica continues the work of a dead one within 10 s. The token of the lease fences
 * every intent. `runner/leases.ts` extends the leases of a process.
 */

import type { GatewayContext } from '../../payout/model/decision.ts';
import { releases } from '../../payout/model/payout.ts';
import { statuses } from '../../payout/model/status.ts';
import { type DueClass, dueClass } from '../../payout/policy/schedule.ts';
import { IS_READER } from '../database/migration-files.ts';
import type { Queryable } from '../database/pool.ts';
import { pausedText } from '../partial-pauses.ts';
import { readList, type StoredPayout, toStoredPayout } from './rows.ts';

export const LEASE_MS = 6000;
export const LEASE_EXTENDED_EVERY_MS = 2000;

export type Claim = {
  endpoint: string;
  token: string;
  /** Business time: rows that are due by then are claimed. */
  now: number;
  limit: number;
  /** So many of these go to status requests first, where any are due. */
  pollsFirst: number;
  /** The maximum of payout-checks among them. */
  checksMax: number;
  /** The gateway of the claims; left out, the payouts of any gateway are claimed. */
  gateway?: GatewayContext;
  /** Replaces the database's clock in simulations. */
  leaseNow: Date | null;
};

export type Claimed = {
  stored: StoredPayout;
  /** Paused by the switch, by the pause of its part, or by an open epoch. */
  paused: boolean;
  /** The history that the claim saw. */
  history: { epoch: number; startedAt: number; isOpen: boolean };
  /** When an operator last resumed payments; 0 while they are paused. */
  releasedAt: number;
};

/** A row that cannot be read: a bug, which must not delay the other rows. */
export type Unreadable = { id: string; error: unknown };

export type Taken = {
  claimed: Claimed[];
  unreadable: Unreadable[];
  /** How many of all these are due for a status request, and for payout-check. */
  asks: number;
  checks: number;
};

/** How long a row waits after its handling failed on a bug. */
export const SET_ASIDE_MS = 60_000;

const listed = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');

/**
 * A payout in a state of a newer version stays due for the replicas of that version, and shows as
 * overdue where there are none.
 */
const isUnderstood = `status in (${listed(statuses)}) and release in (${listed(releases)})`;

/** Classes that are served by a status request. */
const pollClasses: readonly DueClass[] = [dueClass.hint, dueClass.poll, dueClass.watch];

const isBefore = (one: DueClass): boolean => one < dueClass.check;
const isAfter = (one: DueClass): boolean => one > dueClass.check;
const classes: readonly DueClass[] = Object.values(dueClass);
/** Classes that a newer version may have written: served last, and never skipped. */
const laterClasses = [5, 6, 7, 8, 9];

/**
 * Rows of another gateway are left to the replicas that have it, and shown to the operator only
 * once no replica has claimed them for a while: otherwise one replica with a wrong setting would
 * postpone rows that the right ones can serve.
 */
const FOREIGN_LATE = `interval '10 seconds'`;
const IS_OURS = `($9::text[] is null or gateway_identity = any($9)
    or (gateway_identity is null and $10) or due_at <= $2 - ${FOREIGN_LATE})`;

/**
 * The due rows of some classes without a lease, in the order of the schedule: a range of the index
 * for each class. `limit` may count what the parts before it took.
 */
const takeText = (part: string, of: readonly number[], limit: string, but = ''): string => `
${part} as materialized (
  select id from payouts
  where endpoint = $1 and due_class in (${of.join(', ')}) and due_at <= $2
    and ${isUnderstood} and ${IS_READER} and ${IS_OURS}
    and (lease_until is null or lease_until < coalesce($4::timestamptz, clock_timestamp())) ${but}
  order by due_class, due_at, id
  limit greatest(0, ${limit})
  for no key update skip locked
)`;

const NOT_FIRST = 'and id not in (select id from first)';
const LEFT = '$3::bigint - (select count(*) from first)';

/**
 * First the share of status requests, then all classes in their order. Payout-checks are a separate
 * part, because only so many of them may start.
 */
const claimText = `
with ${[
  takeText('first', pollClasses, '$7::bigint'),
  takeText('urgent', classes.filter(isBefore), LEFT, NOT_FIRST),
  takeText(
    'checks',
    [dueClass.check],
    `least($8::bigint, ${LEFT} - (select count(*) from urgent))`,
  ),
  takeText(
    'others',
    [...classes.filter(isAfter), ...laterClasses],
    `${LEFT} - (select count(*) from urgent) - (select count(*) from checks)`,
    NOT_FIRST,
  ),
].join(',')}, due as (
  select id from first union all select id from urgent
  union all select id from checks union all select id from others
)
update payouts p
set lease_token = $5, lease_until = coalesce($4::timestamptz, clock_timestamp()) + $6::interval
from due where p.id = due.id
returning ${readList('p')}, p.due_class, ${pausedText('p')} as switched_off,
  (select since from pause where not paused) as released_at,
  (select epoch from installation) as history_epoch,
  (select epoch_started_at from installation) as history_started_at,
  (select epoch_opened_at is not null from installation) as history_is_open`;

function readClaimed(row: Record<string, unknown>): Claimed | Unreadable {
  try {
    const { released_at: released, history_started_at: started } = row;
    const releasedAt = released instanceof Date ? released.getTime() : 0;
    const history = {
      epoch: Number(row['history_epoch']),
      startedAt: started instanceof Date ? started.getTime() : 0,
      isOpen: row['history_is_open'] === true,
    };
    const paused = row['switched_off'] === true || history.isOpen;
    return { stored: toStoredPayout(row), paused, history, releasedAt };
  } catch (error) {
    return { id: String(row['id']), error };
  }
}

/** The order of the schedule, which an update does not preserve. */
const bySchedule = (a: Claimed, b: Claimed): number =>
  (a.stored.dueAt ?? 0) - (b.stored.dueAt ?? 0) ||
  (a.stored.payout.id < b.stored.payout.id ? -1 : 1);

/**
 * Claims due payouts of one endpoint, the most urgent first; each belongs to this token alone until
 * its lease ends.
 */
export async function claimDue(db: Queryable, claim: Claim): Promise<Taken> {
  const { rows } = await db.query<{ due_class: number }>({
    name: 'claim-due',
    text: claimText,
    values: [
      claim.endpoint,
      new Date(claim.now),
      claim.limit,
      claim.leaseNow,
      claim.token,
      `${LEASE_MS} milliseconds`,
      claim.pollsFirst,
      claim.checksMax,
      claim.gateway === undefined ? null : [claim.gateway.identity, ...claim.gateway.continues],
      claim.gateway?.isLegacy ?? false,
    ],
  });
  const read = rows.map(readClaimed);
  const countOf = (of: readonly DueClass[]): number =>
    rows.filter((row) => of.some((one) => one === row.due_class)).length;
  return {
    asks: countOf(pollClasses),
    checks: countOf([dueClass.check]),
    claimed: read.filter((item) => 'stored' in item).toSorted(bySchedule),
    unreadable: read.filter((item) => 'error' in item),
  };
}

/** A lease of a replica: which row, under which token. */
export type Held = { id: string; token: string };

/**
 * Extends the leases that are still valid and returns them, so that the others are known to be
 * lost.
 */
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

/** Returns a lease unused, so that the payout can be claimed again immediately. */
export async function releaseLease(db: Queryable, { id, token }: Held): Promise<void> {
  await db.query({
    name: 'release-lease',
    text: `update payouts set lease_token = null, lease_until = null
      where id = $1 and lease_token = $2`,
    values: [id, token],
  });
}

/**
 * Returns a lease and postpones the payout: for work that may not begin yet, or that failed on a
 * bug and would fail the same way immediately. A later due time, or none, stays: the payout may
 * have ended meanwhile.
 */
export async function postpone(db: Queryable, { id, token }: Held, until: Date): Promise<void> {
  await db.query({
    name: 'postpone',
    text: `update payouts set lease_token = null, lease_until = null,
        due_at = case when due_at < $3 then $3 else due_at end
      where id = $1 and lease_token = $2`,
    values: [id, token, until],
  });
}
