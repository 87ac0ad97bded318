/**
 * The switch that stops payments for every replica. What paused means is decided where a pay intent
 * is committed; here it is only kept.
 */

import type { Queryable } from './pool.ts';

export type Pause = {
  paused: boolean;
  /** Who switched it last, when, and why. */
  by: string;
  since: number;
  reason: string | null;
};

export type Switching = { by: string; at: number; reason: string | null };

type PauseRow = { paused: boolean; by: string; since: Date; reason: string | null };

const toPause = ({ since, ...rest }: PauseRow): Pause => ({ ...rest, since: since.getTime() });

export async function readPause(db: Queryable): Promise<Pause> {
  const { rows } = await db.query<PauseRow>({
    name: 'read-pause',
    text: 'select paused, by, since, reason from pause',
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the row of the pause switch is missing');
  return toPause(row);
}

/** Pauses payments; a repeat leaves the first one's name, time and reason. */
export async function switchOn(db: Queryable, { by, at, reason }: Switching): Promise<void> {
  await db.query({
    name: 'pause',
    text: `update pause set paused = true, by = $1, since = $2, reason = $3 where not paused`,
    values: [by, new Date(at), reason],
  });
}

/**
 * Resumes payments; always written, since its time also releases the payouts that wait at a
 * breaker.
 */
export async function switchOff(db: Queryable, { by, at, reason }: Switching): Promise<void> {
  await db.query({
    name: 'resume',
    text: `update pause set paused = false, by = $1, since = $2, reason = $3`,
    values: [by, new Date(at), reason],
  });
}
