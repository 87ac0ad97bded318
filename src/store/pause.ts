/**
 * The switch that stops payments on every replica. This file only stores it:
 * `payout/policy/may-pay.ts` decides what a pause holds, and the commit of a pay intent compares
 * the switch again (`payouts/save-payouts.ts`). An open epoch pauses payments whatever the switch
 * says: see `history/epoch.ts`.
 */

import type { Queryable } from './database/pool.ts';

export type Pause = {
  paused: boolean;
  /** Who switched it last, when, and why. */
  by: string;
  /** The API key's name, or the command line; null where it is not known. */
  key: string | null;
  since: number;
  reason: string | null;
};

export type Switching = { by: string; key: string; at: number; reason: string | null };

type PauseRow = {
  paused: boolean;
  by: string;
  key: string | null;
  since: Date;
  reason: string | null;
};

type EffectiveRow = PauseRow & { epoch_opened_at: Date | null; epoch_reason: string | null };

/** The name under which payments are paused while an epoch is open. */
export const LOST_HISTORY = 'lost history';

const END_COMMAND = 'npm run payout -- after-restore';

const toPause = ({ paused, by, key, since, reason }: PauseRow): Pause => ({
  paused,
  by,
  key,
  since: since.getTime(),
  reason,
});

/** The pause of an open epoch. It hides the switch, and resuming does not end it. */
function ofEpoch(openedAt: Date, { epoch_reason: reason, paused, by }: EffectiveRow): Pause {
  const also = paused ? `; ${by} has paused payments, too` : '';
  return {
    paused: true,
    by: LOST_HISTORY,
    key: null,
    since: openedAt.getTime(),
    reason: `${reason ?? 'the history of the database is another one'}: ${END_COMMAND}${also}`,
  };
}

/** The effective pause: the switch, or an open epoch. */
export async function readPause(db: Queryable): Promise<Pause> {
  const { rows } = await db.query<EffectiveRow>({
    name: 'read-pause',
    // A replica of an older version leaves the key of the switch before its own.
    text: `select p.paused, p.by, case when p.key_since = p.since then p.key end as key, p.since,
        p.reason, i.epoch_opened_at, i.epoch_reason
      from pause p, installation i where i.id = 1`,
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the row of the pause switch is missing');
  return row.epoch_opened_at === null ? toPause(row) : ofEpoch(row.epoch_opened_at, row);
}

/** Pauses payments; a second call keeps the name, time and reason of the first. */
export async function switchOn(db: Queryable, { by, key, at, reason }: Switching): Promise<void> {
  await db.query({
    name: 'pause',
    text: `update pause set paused = true, by = $1, since = $2, reason = $3, key = $4,
      key_since = $2 where not paused`,
    values: [by, new Date(at), reason, key],
  });
}

/**
 * Resumes payments. The row is always written, since its time also releases the payouts that wait
 * at a breaker.
 */
export async function switchOff(db: Queryable, { by, key, at, reason }: Switching): Promise<void> {
  await db.query({
    name: 'resume',
    text: `update pause set paused = false, by = $1, since = $2, reason = $3, key = $4,
      key_since = $2`,
    values: [by, new Date(at), reason, key],
  });
}
