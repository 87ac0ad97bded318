/**
 * Whole lifecycles per second: from the create to the platform's acknowledgement of the last
 * letter, with a bank and a platform that answer immediately, and what each of them costs.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../figures.ts';
import { createMany } from '../load.ts';
import { cpuMs, peakMb } from '../proc.ts';
import type { Rig } from '../rig.ts';

const WARM_UP = 300;
const PAYOUTS = 4000;
/** Each look reads the letters of the run; more often, and looking would be what is measured. */
const LOOK_EVERY_MS = 200;
const DEADLINE_MS = 180_000;

/** Payouts that are newer than this one and whose last letter was acknowledged. */
const acknowledged = async (rig: Rig, newest: string): Promise<number> => {
  const { rows } = await rig.db.query<{ count: number }>(
    `select count(*)::int as count from notifications
     where payout_id > $1 and letter = 'Y' and state = 'delivered'`,
    [newest],
  );
  return rows[0]?.count ?? 0;
};

/** The id of the newest payout; ids sort by the time of their birth. */
const newestOf = async (rig: Rig): Promise<string> => {
  const { rows } = await rig.db.query<{ id: string | null }>('select max(id) as id from payouts');
  return rows[0]?.id ?? '';
};

const statements = async (rig: Rig): Promise<number> => {
  // The counters of a session are told with a delay of up to a second.
  await sleep(1500);
  const { rows } = await rig.db.query<{ commits: string }>(
    'select xact_commit as commits from pg_stat_database where datname = current_database()',
  );
  return Number(rows[0]?.commits ?? 0);
};

/** Creates so many as fast as they are taken, and waits for the last acknowledgement. */
async function run(rig: Rig, url: string, amount: number): Promise<number> {
  const newest = await newestOf(rig);
  const begun = performance.now();
  await createMany(url, rig.apiKeys, { amount });
  while ((await acknowledged(rig, newest)) < amount) {
    if (performance.now() - begun > DEADLINE_MS) throw new Error('lifecycles did not end in time');
    await sleep(LOOK_EVERY_MS);
  }
  return performance.now() - begun;
}

/** Lifecycles per second, with the costs of one. */
export async function measureLifecycles(rig: Rig) {
  await rig.setBehaviour({});
  const service = await rig.startService();
  await run(rig, service.url, WARM_UP);
  const commitsBefore = await statements(rig);
  const cpuBefore = { service: cpuMs(service.pid), postgres: rig.postgresCpuMs() };
  const tookMs = await run(rig, service.url, PAYOUTS);
  const costs = {
    serviceMs: (cpuMs(service.pid) - cpuBefore.service) / PAYOUTS,
    postgresMs: (rig.postgresCpuMs() - cpuBefore.postgres) / PAYOUTS,
    commits: ((await statements(rig)) - commitsBefore) / PAYOUTS,
    peakMb: peakMb(service.pid),
  };
  await service.end();
  return { perSecond: (PAYOUTS * 1000) / tookMs, ...costs };
}

export async function lifecycles(rig: Rig, figures: Figures): Promise<void> {
  const measured = await measureLifecycles(rig);
  figures.add('lifecycles', 'whole lifecycles', measured.perSecond, '/s');
  figures.add('lifecycles', 'CPU of the service for one', measured.serviceMs, 'ms');
  figures.add('lifecycles', 'CPU of PostgreSQL for one', measured.postgresMs, 'ms');
  figures.add('lifecycles', 'commits for one', measured.commits, '');
  figures.add('lifecycles', 'peak memory of the service', measured.peakMb, 'MB');
}
