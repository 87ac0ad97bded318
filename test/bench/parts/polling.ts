/**
 * Status requests of many open payouts: how late they are on the 5 to 10 min schedule, and how many
 * per second are made when all of them are due at the same time.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Scraped, scrape } from '../../service/metrics/scrape.ts';
import type { Figures } from '../figures.ts';
import { createMany } from '../load.ts';
import { cpuMs } from '../proc.ts';
import type { Rig } from '../rig.ts';

const OPEN = 10_000;
const WATCHED_SECONDS = 20;
const LOOK_EVERY_MS = 50;
const DEADLINE_MS = 180_000;
/** Longer than any part runs: the bank does not come to an end. */
const NEVER_MS = 86_400_000;

/** Locked in the order in which the service locks them. */
const SPREAD = `
  with open as materialized (
    select id from payouts where status = 'processing' order by id for update
  )
  update payouts set revision = revision + 1, due_class = 3,
    due_at = now() + random() * $1::interval,
    memory = jsonb_set(memory, '{touchedAt}',
      to_jsonb((extract(epoch from now() - interval '10 minutes') * 1000)::bigint))
  where id in (select id from open)`;

async function untilNone(rig: Rig, where: string): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const { rows } = await rig.db.query<{ count: number }>(
      `select count(*)::int as count from payouts where ${where}`,
    );
    if (rows[0]?.count === 0) return;
    if (performance.now() - begun > DEADLINE_MS) throw new Error(`still some with ${where}`);
    await sleep(LOOK_EVERY_MS);
  }
}

const BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** The bound below which this share of the requests between two scrapes were late, in seconds. */
function lateBound(before: Scraped, after: Scraped, share: number): number {
  const gained = (series: string): number =>
    (after.value(series) ?? 0) - (before.value(series) ?? 0);
  const wanted = gained('payout_lateness_seconds_count{step="ask"}') * share;
  const series = (le: number): string => `payout_lateness_seconds_bucket{le="${le}",step="ask"}`;
  return BUCKETS.find((le) => gained(series(le)) >= wanted) ?? Number.POSITIVE_INFINITY;
}

export async function polling(rig: Rig, figures: Figures): Promise<void> {
  await rig.setBehaviour({ payDelayMs: NEVER_MS });
  const service = await rig.startService();
  await createMany(service.url, rig.apiKeys, { amount: OPEN });
  await untilNone(rig, `finalized_at is null and status <> 'processing'`);

  // Spread over the 7.5 min that the schedule waits on average.
  await rig.db.query(SPREAD, ['450 seconds']);
  await sleep(3000);
  const before = await scrape(service.url);
  await sleep(WATCHED_SECONDS * 1000);
  const after = await scrape(service.url);
  const asked = (seen: Scraped) => seen.value('payout_lateness_seconds_count{step="ask"}') ?? 0;
  const rate = (asked(after) - asked(before)) / WATCHED_SECONDS;
  figures.add('polling', `status requests of ${OPEN} open payouts on schedule`, rate, '/s');
  for (const share of [0.5, 0.99]) {
    const bound = lateBound(before, after, share);
    figures.add('polling', `late at most, p${share * 100}`, bound * 1000, 'ms');
  }

  const cpuBefore = { service: cpuMs(service.pid), postgres: rig.postgresCpuMs() };
  const begun = performance.now();
  await rig.db.query(SPREAD, ['0 seconds']);
  await untilNone(rig, 'due_at <= now() and finalized_at is null');
  const seconds = (performance.now() - begun) / 1000;
  figures.add(
    'polling',
    `status requests when ${OPEN} are due at the same time`,
    OPEN / seconds,
    '/s',
  );
  const perRequest = (ms: number): number => ms / OPEN;
  const service_ = perRequest(cpuMs(service.pid) - cpuBefore.service);
  figures.add('polling', 'CPU of the service for a status request', service_, 'ms');
  const postgres = perRequest(rig.postgresCpuMs() - cpuBefore.postgres);
  figures.add('polling', 'CPU of PostgreSQL for a status request', postgres, 'ms');
  await service.end();
  await rig.db.query('truncate payouts cascade');
}
