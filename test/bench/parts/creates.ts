/**
 * Creates per second, next to a bare route and the database's own rate of single-row commits. The
 * gateway's budget is one call per second here, so that it is the intake alone that is measured.
 */

import { Pool } from 'pg';
import { freePort } from '../../../src/dev/sandbox/sandbox.ts';
import type { Figures } from '../figures.ts';
import { createMany } from '../load.ts';
import type { Rig } from '../rig.ts';

const SECONDS = 6;
const WARM_UP = 2000;
const INTAKE_ALONE = { PAYNETEASY_MAX_PER_SECOND: '1' };

async function commitsPerSecond(rig: Rig): Promise<number> {
  await rig.db.query('create table if not exists bench_commits (id bigserial primary key, n int)');
  const pool = new Pool({ connectionString: rig.connectionString, max: 20 });
  const until = performance.now() + (SECONDS * 1000) / 2;
  let commits = 0;
  const commit = async (): Promise<void> => {
    while (performance.now() < until) {
      await pool.query({
        name: 'insert-commit',
        text: 'insert into bench_commits (n) values ($1)',
        values: [commits],
      });
      commits += 1;
    }
  };
  await Promise.all(Array.from({ length: 20 }, commit));
  await pool.end();
  return commits / (SECONDS / 2);
}

async function bareRoute(rig: Rig): Promise<number> {
  await rig.db.query(
    'create table if not exists bench_bare (id bigserial primary key, body jsonb not null)',
  );
  const env = { PORT: String(await freePort(0)), DATABASE_URL: rig.connectionString };
  const bare = await rig.startProgram('test/bench/bare-route.ts', env, '/ready');
  await createMany(bare.url, rig.apiKeys, { amount: WARM_UP });
  const { requests } = await createMany(bare.url, rig.apiKeys, { duration: SECONDS });
  await bare.end();
  return requests.average;
}

/** Creates per second of the service alone, with its latencies. */
export async function measureIntake(rig: Rig) {
  const service = await rig.startService(INTAKE_ALONE);
  await createMany(service.url, rig.apiKeys, { amount: WARM_UP });
  const { requests, latency } = await createMany(service.url, rig.apiKeys, { duration: SECONDS });
  await service.end();
  // The next part must not find this much open work.
  await rig.db.query(`truncate payouts cascade`);
  return { perSecond: requests.average, ...latency };
}

export async function creates(rig: Rig, figures: Figures): Promise<void> {
  const commits = await commitsPerSecond(rig);
  figures.add('creates', 'single-row commits of the database', commits, '/s');
  const bare = await bareRoute(rig);
  figures.add('creates', 'bare Fastify route with one INSERT', bare, '/s');
  const { perSecond, p50, p99 } = await measureIntake(rig);
  figures.add('creates', 'creates', perSecond, '/s');
  figures.add('creates', 'creates, p50', p50, 'ms');
  figures.add('creates', 'creates, p99', p99, 'ms');
  figures.add('creates', 'creates next to the bare route', perSecond / bare, 'times');
}
