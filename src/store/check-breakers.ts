/**
 * Counts the refusals of payout-check in a row, for one endpoint under its settings.
 * `runner/refusal-breaker.ts` decides what they stop.
 */

import type { Queryable } from './database/pool.ts';

export type CheckBreaker = {
  refusals: number;
  openedAt: number | null;
  probes: number;
  probeAt: number | null;
};

/** Refusals are counted apart for other settings of the endpoint, such as another number. */
export type CheckBreakerKey = { endpoint: string; settingsHash: string };

type Row = { refusals: number; opened_at: Date | null; probes: number; probe_at: Date | null };

const columns = 'refusals, opened_at, probes, probe_at';

const toBreaker = ({ refusals, opened_at: openedAt, probes, probe_at: probeAt }: Row) => ({
  refusals,
  openedAt: openedAt?.getTime() ?? null,
  probes,
  probeAt: probeAt?.getTime() ?? null,
});

/**
 * The row of settings that no replica has used before: open where the breaker of the earlier
 * settings was.
 */
const firstText = `
insert into check_breakers (endpoint, settings_hash, ${columns})
select $1, $2, coalesce(before.refusals, 0), before.opened_at, coalesce(before.probes, 0),
  before.probe_at
from (select 1) as one
left join lateral (
  select ${columns} from check_breakers
  where endpoint = $1 and opened_at is not null order by opened_at desc limit 1
) as before on true
on conflict (endpoint, settings_hash) do nothing`;

const addText = `
insert into check_breakers as b (endpoint, settings_hash, refusals, opened_at, probes, probe_at)
values ($1, $2, $3::int, case when $3::int >= $4::int then $5::timestamptz end,
  case when $3::int >= $4::int then 1 else 0 end,
  case when $3::int >= $4::int then $6::timestamptz end)
on conflict (endpoint, settings_hash) do update set
  refusals = b.refusals + $3::int,
  opened_at = case when b.opened_at is null and b.refusals + $3::int >= $4::int
                   then $5::timestamptz else b.opened_at end,
  probes = case when b.opened_at is null and b.refusals + $3::int >= $4::int
                then 1 else b.probes end,
  probe_at = case when b.opened_at is null and b.refusals + $3::int >= $4::int
                  then $6::timestamptz else b.probe_at end
returning ${columns}`;

const findText = `
select ${columns} from check_breakers where endpoint = $1 and settings_hash = $2`;

const closeText = (which: string): string => `
update check_breakers set refusals = 0, opened_at = null, probes = 0, probe_at = null
where endpoint = $1 and settings_hash = $2 and ${which}`;

const takeProbeText = `
update check_breakers set probes = probes + 1, probe_at = $5
where endpoint = $1 and settings_hash = $2 and opened_at is not null
  and probes = $3 and probe_at <= $4
returning ${columns}`;

export function createCheckBreakers(db: Queryable, { endpoint, settingsHash }: CheckBreakerKey) {
  // guard: shared-breaker
  const key = [endpoint, settingsHash];
  const run = async (name: string, text: string, ...values: unknown[]): Promise<Row[]> =>
    (await db.query<Row>({ name, text, values: [...key, ...values] })).rows;

  const find = async (): Promise<CheckBreaker | null> => {
    const [row] = await run('find-check-breaker', findText);
    return row === undefined ? null : toBreaker(row);
  };

  const read = async (): Promise<CheckBreaker> => {
    const found = await find();
    if (found !== null) return found;
    await run('insert-check-breaker', firstText);
    const inserted = await find();
    if (inserted === null) throw new Error(`the breaker of ${endpoint} is missing`);
    return inserted;
  };

  return {
    read,

    add: async (
      refusals: number,
      max: number,
      opening: { at: number; probeAt: number },
    ): Promise<CheckBreaker> => {
      const at = new Date(opening.at);
      const probeAt = new Date(opening.probeAt);
      const [row] = await run('add-check-refusals', addText, refusals, max, at, probeAt);
      return row === undefined ? read() : toBreaker(row);
    },

    reset: async (): Promise<CheckBreaker> => {
      await run('reset-check-breaker', closeText('refusals > 0'));
      return read();
    },

    release: async (at: number): Promise<CheckBreaker> => {
      await run('release-check-breaker', closeText('opened_at < $3'), new Date(at));
      return read();
    },

    takeProbe: async (probe: {
      probes: number;
      now: number;
      nextAt: number;
    }): Promise<CheckBreaker | null> => {
      const [row] = await run(
        'take-check-probe',
        takeProbeText,
        probe.probes,
        new Date(probe.now),
        new Date(probe.nextAt),
      );
      return row === undefined ? null : toBreaker(row);
    },
  };
}
