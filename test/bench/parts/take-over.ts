/**
 * How long a replica's work lies still after it was killed: until another one has taken it up.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Figures, quantile } from '../figures.ts';
import { createSteadily } from '../load.ts';
import type { Rig } from '../rig.ts';

const HELD = 20;
const LOOK_EVERY_MS = 20;
const DEADLINE_MS = 60_000;

const heldNow = async (rig: Rig): Promise<Map<string, number>> => {
  const { rows } = await rig.db.query<{ id: string; revision: number }>(
    `select id, revision from payouts where lease_until > now() and status = 'checking'`,
  );
  return new Map(rows.map(({ id, revision }) => [id, revision]));
};

/** Waits until each of these has been written by another replica; answers after how long. */
async function takenUp(rig: Rig, held: ReadonlyMap<string, number>): Promise<number[]> {
  const begun = performance.now();
  const left = new Map(held);
  const tookMs: number[] = [];
  while (left.size > 0) {
    if (performance.now() - begun > DEADLINE_MS) throw new Error('no replica took it over');
    await sleep(LOOK_EVERY_MS);
    const { rows } = await rig.db.query<{ id: string; revision: number }>(
      'select id, revision from payouts where id = any($1)',
      [[...left.keys()]],
    );
    for (const { id, revision } of rows) {
      if (revision === left.get(id)) continue;
      left.delete(id);
      tookMs.push(performance.now() - begun);
    }
  }
  return tookMs;
}

export async function takeOver(rig: Rig, figures: Figures): Promise<void> {
  // The gateway does not answer, so that the first replica holds every lease when it is killed.
  const hang = { command: 'payout-check', fault: 'hang', times: HELD } as const;
  await rig.setBehaviour({ faults: [hang] });
  const killed = await rig.startService();
  await createSteadily(killed.url, rig.apiKeys, { perSecond: 100, count: HELD });
  let held = await heldNow(rig);
  while (held.size < HELD) {
    await sleep(LOOK_EVERY_MS);
    held = await heldNow(rig);
  }
  const survivor = await rig.startService();
  await killed.end('SIGKILL');
  const tookMs = await takenUp(rig, held);
  figures.add('take-over', 'work taken over after a kill -9, p50', quantile(tookMs, 0.5), 'ms');
  figures.add('take-over', 'work taken over after a kill -9, longest', Math.max(...tookMs), 'ms');
  await survivor.end();
  await rig.db.query('truncate payouts cascade');
}
