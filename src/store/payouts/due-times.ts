/**
 * Brings due times forward, and changes nothing else about a payout. `payout/policy/schedule.ts`
 * decides from the stored row what is done when it is due, so that nothing is sent that might not
 * have been sent anyway.
 */

import { dueClass } from '../../payout/policy/schedule.ts';
import type { Database, Queryable } from '../database/pool.ts';
import { type PausedPart, partsText, pausedText } from '../partial-pauses.ts';
import { LEASE_MS } from './leases.ts';

/** In SQL: held by a pause, or by the breaker of its endpoint, which a resume resets. */
const IS_HELD = `finalized_at is null and attention <> '[]'
  and (attention @> '[{"code":"paused"}]' or attention @> '[{"code":"checks_paused"}]')`;

const EARLIER_CLASS = `case when p.due_class > ${dueClass.check} then ${dueClass.hint}
  else p.due_class end`;

/**
 * Makes every open payout due that waits for payments to resume, or every one of a part; returns
 * their number.
 */
export async function makeHeldDue(
  db: Queryable,
  now: number,
  part: PausedPart | null = null,
): Promise<number> {
  const { rowCount } = await db.query({
    name: 'make-held-due',
    // In the order of the ids, like a save of several payouts: see saveText.
    text: `with held as materialized (
        select id from payouts p
        where due_at > $1 and ${IS_HELD}
          and ($2::text is null or ($2, $3::text) in ${partsText('p')})
        order by id for no key update
      )
      update payouts p
      set due_at = $1, due_class = ${EARLIER_CLASS}
      from held where p.id = held.id`,
    values: [new Date(now), part?.scope ?? null, part?.value ?? null],
  });
  return rowCount ?? 0;
}

/** Makes one held payout due if nothing pauses it any more. */
export async function makeDueIfResumed(db: Queryable, id: string, now: number): Promise<void> {
  await db.query({
    name: 'make-due-if-resumed',
    text: `update payouts p set due_at = $2, due_class = ${EARLIER_CLASS}
      where id = $1 and due_at > $2 and ${IS_HELD} and not ${pausedText('p')}
        and not exists (select from installation where epoch_opened_at is not null)`,
    values: [id, new Date(now)],
  });
}

/**
 * Makes the open payouts of an endpoint due that were held for another gateway and belong to one of
 * these identities, or to none yet where `isLegacy`; returns their number.
 */
export async function makeReturnedDue(
  db: Queryable,
  endpoint: string,
  { identities, isLegacy }: { identities: readonly string[]; isLegacy: boolean },
): Promise<number> {
  const { rowCount } = await db.query({
    name: 'make-returned-due',
    // In the order of the ids, like a save of several payouts: see saveText.
    text: `with returned as materialized (
        select id from payouts
        where finalized_at is null and endpoint = $1 and due_at > clock_timestamp()
          and attention @> '[{"code":"other_gateway"}]'
          and (gateway_identity = any($2) or (gateway_identity is null and $3))
        order by id for no key update
      )
      update payouts p set due_at = clock_timestamp() from returned where p.id = returned.id`,
    values: [endpoint, identities, isLegacy],
  });
  return rowCount ?? 0;
}

/**
 * Brings waiting rows forward by as much as the database's clock was set back, down to `now`. Every
 * replica that notices the jump does so, and a row that becomes due too early costs a status
 * request. A lease from before the jump would block other replicas for as long, so it is ended; its
 * holder starts no further work.
 */
export async function bringForward(db: Database, now: number, byMs: number): Promise<void> {
  await db.transaction(async (client) => {
    for (const [table, isWaiting] of [
      ['payouts', 'due_at is not null'],
      ['notifications', "state = 'pending'"],
    ] as const) {
      await client.query({
        // In the order of the ids, like a save of several payouts: see saveText.
        text: `with waiting as materialized (
            select id from ${table}
            where ${isWaiting}
              and (due_at > $1 or lease_until > clock_timestamp() + $3::interval)
            order by id for no key update
          )
          update ${table} t
          set due_at = least(t.due_at, greatest($1, t.due_at - $2::interval)),
            lease_token = case when t.lease_until > clock_timestamp() + $3::interval
              then null else t.lease_token end,
            lease_until = case when t.lease_until > clock_timestamp() + $3::interval
              then null else t.lease_until end
          from waiting where t.id = waiting.id`,
        values: [new Date(now), `${Math.ceil(byMs)} milliseconds`, `${LEASE_MS} milliseconds`],
      });
    }
  });
}
