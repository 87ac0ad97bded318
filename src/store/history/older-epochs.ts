/**
 * The present epoch, and the open payouts of older epochs. They wait for a new authorization, since
 * the lost commits may include a cancel. `payout/policy/epoch.ts` decides that.
 */

import type { Queryable } from '../database/pool.ts';
import { readList, type ShownPayout, toShownPayout } from '../payouts/rows.ts';

export type Epoch = {
  number: number;
  /** Since when it waits for an operator to end it; null where none waits. */
  openedAt: number | null;
  /** Why it began; null for the first one. */
  reason: string | null;
  endedBy: string | null;
  endedAt: number | null;
};

type EpochRow = {
  epoch: number;
  epoch_opened_at: Date | null;
  epoch_reason: string | null;
  epoch_ended_by: string | null;
  epoch_ended_at: Date | null;
};

export async function readEpoch(db: Queryable): Promise<Epoch> {
  const { rows } = await db.query<EpochRow>({
    name: 'read-epoch',
    text: `select epoch, epoch_opened_at, epoch_reason, epoch_ended_by, epoch_ended_at
      from installation where id = 1`,
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the row of the installation is missing');
  return {
    number: row.epoch,
    openedAt: row.epoch_opened_at?.getTime() ?? null,
    reason: row.epoch_reason,
    endedBy: row.epoch_ended_by,
    endedAt: row.epoch_ended_at?.getTime() ?? null,
  };
}

/** A value that is no number, in a row that cannot be read, would break the statement. */
const authorizedEpoch = `case jsonb_typeof(memory->'authorizedEpoch')
    when 'number' then (memory->>'authorizedEpoch')::numeric else 0 end`;

/** Open, from an older epoch, and not authorized in the present one. */
const notAuthorizedAnew = `finalized_at is null
  and epoch < (select epoch from installation)
  and ${authorizedEpoch} < (select epoch from installation)`;

/** How many open payouts of older epochs are not authorized in the present one, by status. */
export async function countOfOlderEpochs(
  db: Queryable,
): Promise<{ status: string; count: number }[]> {
  const { rows } = await db.query<{ status: string; count: number }>({
    name: 'count-of-older-epochs',
    text: `select status, count(*)::int as count from payouts
      where ${notAuthorizedAnew} group by status order by status`,
  });
  return rows;
}

/** Such payouts in one of these statuses, the oldest first. */
export async function listOfOlderEpochs(
  db: Queryable,
  statuses: readonly string[],
  limit: number,
): Promise<ShownPayout[]> {
  const { rows } = await db.query({
    name: 'list-of-older-epochs',
    text: `select ${readList('payouts')} from payouts
      where ${notAuthorizedAnew} and status = any($1) order by created_at, id limit $2`,
    values: [statuses, limit],
  });
  return rows.map(toShownPayout);
}
