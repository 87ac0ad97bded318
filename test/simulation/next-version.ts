/**
 * A replica of a made-up next version next to ours: it writes a member of the memory and an
 * attention code that we do not know, and finds them again whatever we wrote in between.
 */

import type { Database } from '../../src/store/database/pool.ts';
import type { Watcher } from './watcher.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export type NextVersion = {
  /** What it wrote, by the payout's id. */
  written: ReadonlyMap<string, number>;
};

export const NEXT_CODE = 'of_the_next_version';
export const NEXT_MEMBER = 'ofTheNextVersion';

/** How its writes are signed. */
export const NEXT_WRITER = 'next version';

const writeText = `update payouts set
    memory = jsonb_set(jsonb_set(memory, '{${NEXT_MEMBER}}', '{"count": 7}'),
      '{pay,${NEXT_MEMBER}}', '"kept"'),
    attention = attention || jsonb_build_array(jsonb_build_object('code', '${NEXT_CODE}',
      'since', $2::bigint, 'detail', null, 'acknowledgedBy', null, '${NEXT_MEMBER}', 1)),
    version = version + 1, revision = revision + 1
  where id = $1 and not memory ? '${NEXT_MEMBER}' returning id`;

const WITHIN_MS = 2000;

export function createNextVersion(
  world: World,
  weather: Weather,
  real: Database,
  watcher: Watcher,
): NextVersion {
  const random = world.random.fork(NEXT_WRITER);
  const written = new Map<string, number>();
  watcher.onSeen(({ id }) => {
    if (written.has(id) || !weather.happens('other_version_writes')) return;
    world.in(random.int(0, WITHIN_MS), `the next version writes ${id}`, async () => {
      const values = [id, world.now()];
      const { rows } = await real.query({ name: 'next-version', text: writeText, values });
      if (rows.length === 0) return;
      written.set(id, world.now());
      await watcher.wrote(NEXT_WRITER, 'save-payouts', rows);
    });
  });
  return { written };
}
