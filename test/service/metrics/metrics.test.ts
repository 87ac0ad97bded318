import { expect, test } from 'vitest';
import { createMetrics } from '../../../src/service/metrics/metrics.ts';
import type { StateSources } from '../../../src/service/metrics/state-metrics.ts';
import { parseScrape } from './scrape.ts';

function createPage(changes: Partial<StateSources> = {}) {
  const clock = { now: 0 };
  const metrics = createMetrics(['default']);
  const sources: StateSources = {
    readStats: async () => [],
    onStatsFailed: () => undefined,
    readTableSizes: async () => [],
    onTableSizesFailed: () => undefined,
    breakers: () => [{ endpoint: 'default', state: 'open' }],
    leasesLost: () => 2,
    connections: () => ({ total: 5, idle: 3, waiting: 1 }),
    clockSkewMs: () => -1500,
    ...changes,
  };
  const page = metrics.pageOf(sources, () => clock.now);
  return { clock, metrics, scrape: async () => parseScrape(await page.render()) };
}

test('what the flow reports is counted under short fixed labels', async () => {
  const { metrics, scrape } = createPage();
  metrics.observe.entered('approved');
  metrics.observe.gatewayCall({
    endpoint: 'default',
    command: 'payout-pay',
    outcome: 'accepted',
    durationMs: 40,
  });
  metrics.observe.takenUp('poll', 300);
  metrics.observe.callback('refused');
  metrics.observe.notified('Y', 'delivered');
  metrics.observe.endAcknowledged(80);

  const { value } = await scrape();

  expect(value('payouts_entered_total{status="approved"}')).toBe(1);
  const call = 'endpoint="default",command="payout-pay"';
  expect(value(`gateway_calls_total{${call},outcome="accepted"}`)).toBe(1);
  expect(value(`gateway_call_duration_seconds_sum{${call}}`)).toBe(0.04);
  expect(value('payout_lateness_seconds_bucket{le="0.5",step="poll"}')).toBe(1);
  expect(value('payout_lateness_seconds_bucket{le="0.25",step="poll"}')).toBe(0);
  expect(value('gateway_callbacks_total{outcome="refused"}')).toBe(1);
  expect(value('notifications_total{letter="Y",outcome="delivered"}')).toBe(1);
  expect(value('payout_end_acknowledged_seconds_count')).toBe(1);
});

test('what has not happened yet is zero and not missing, or its first time would be no increase', async () => {
  const { metrics, scrape } = createPage();
  metrics.onAnswered({ method: 'GET', route: '/v1/payouts', httpStatus: 200, seconds: 0.004 });

  const { value } = await scrape();

  const call = 'endpoint="default",command="status"';
  expect(value('payouts_entered_total{status="declined"}')).toBe(0);
  expect(value(`gateway_calls_total{${call},outcome="failed"}`)).toBe(0);
  expect(value('gateway_callbacks_total{outcome="unknown_order"}')).toBe(0);
  expect(value('notifications_total{letter="J",outcome="refused"}')).toBe(0);
  expect(value('notifications_total{letter="J",outcome="skipped"}')).toBe(0);
  const list = 'method="GET",route="/v1/payouts"';
  expect(value(`http_requests_total{${list},status_class="5xx"}`)).toBe(0);
});

test('requests are counted by their route and the class of their answer', async () => {
  const { metrics, scrape } = createPage();
  const answered = { method: 'GET', route: '/v1/payouts/:id', seconds: 0.004 };
  metrics.onAnswered({ ...answered, httpStatus: 200 });
  metrics.onAnswered({ ...answered, httpStatus: 404 });

  const { value } = await scrape();

  const labels = 'method="GET",route="/v1/payouts/:id"';
  expect(value(`http_requests_total{${labels},status_class="2xx"}`)).toBe(1);
  expect(value(`http_requests_total{${labels},status_class="4xx"}`)).toBe(1);
  expect(value(`http_request_duration_seconds_count{${labels}}`)).toBe(2);
});

test('the state of breaker, leases and pool is read when it is scraped', async () => {
  const { value } = await createPage().scrape();

  expect(value('gateway_circuit_state{endpoint="default",state="open"}')).toBe(1);
  expect(value('gateway_circuit_state{endpoint="default",state="closed"}')).toBe(0);
  expect(value('payout_leases_lost_total')).toBe(2);
  expect(value('database_connections{state="busy"}')).toBe(2);
  expect(value('database_connections_waited_for')).toBe(1);
  expect(value('payout_clock_skew_seconds')).toBe(-1.5);
});

test('a status or code that no payout has is zero and not missing', async () => {
  const { value } = await createPage({
    readStats: async () => [{ stat: 'open', label: 'processing', value: 3 }],
  }).scrape();

  expect(value('payouts_open{status="processing"}')).toBe(3);
  expect(value('payouts_open{status="requested"}')).toBe(0);
  expect(value('payouts_attention_open{code="second_order",severity="urgent"}')).toBe(0);
});

test('an attention code of a newer version is urgent, and gone with its last payout', async () => {
  let count = 1;
  const { clock, scrape } = createPage({
    readStats: async () =>
      count === 0 ? [] : [{ stat: 'attention', label: 'screening_hit', value: count }],
  });
  const series = 'payouts_attention_open{code="screening_hit",severity="urgent"}';
  expect((await scrape()).value(series)).toBe(1);
  count = 0;
  clock.now = 5000;
  expect((await scrape()).value(series)).toBeNull();
});

test('scrapes within five seconds share one look at the database', async () => {
  let surveys = 0;
  const { clock, scrape } = createPage({
    readStats: async () => {
      surveys += 1;
      return [];
    },
  });
  await Promise.all([scrape(), scrape()]);
  clock.now = 4999;
  await scrape();
  expect(surveys).toBe(1);
  clock.now = 5000;
  await scrape();
  expect(surveys).toBe(2);
});

test('a database that is away is reported by a gauge and a log line, and the rest is answered', async () => {
  const away = new Error('away');
  const told: unknown[] = [];
  const { value } = await createPage({
    readStats: async () => Promise.reject(away),
    onStatsFailed: (error) => told.push(error),
  }).scrape();

  expect(told).toEqual([away]);
  expect(value('database_survey_success')).toBe(0);
  expect(value('payout_leases_lost_total')).toBe(2);
});

test('a database that does not answer holds no scrape, and is asked once until it does', async () => {
  const answer = Promise.withResolvers<[]>();
  let surveys = 0;
  const { clock, scrape } = createPage({
    readStats: () => {
      surveys += 1;
      return answer.promise;
    },
  });
  const began = performance.now();
  expect((await scrape()).value('database_survey_success')).toBe(0);
  expect(performance.now() - began).toBeLessThan(10_000);
  clock.now = 5000;
  expect((await scrape()).value('database_survey_success')).toBe(0);
  expect(surveys).toBe(1);

  answer.resolve([]);
  await answer.promise;
  clock.now = 10_000;
  expect((await scrape()).value('database_survey_success')).toBe(1);
});

test('endpoints that are served have no payouts that wait for a replica, and others come and go', async () => {
  let count = 3;
  const { clock, scrape } = createPage({
    readStats: async () => [
      { stat: 'unserved', label: 'default', value: 0 },
      ...(count === 0 ? [] : [{ stat: 'unserved' as const, label: 'former', value: count }]),
    ],
  });
  const first = await scrape();
  expect(first.value('payouts_unserved{endpoint="default"}')).toBe(0);
  expect(first.value('payouts_unserved{endpoint="former"}')).toBe(3);
  count = 0;
  clock.now = 5000;
  expect((await scrape()).value('payouts_unserved{endpoint="former"}')).toBeNull();
});

test('the sizes of the tables are read every five minutes, also where that fails', async () => {
  let reads = 0;
  const told: unknown[] = [];
  const { clock, scrape } = createPage({
    readTableSizes: async () => {
      reads += 1;
      if (reads === 2) throw new Error('away');
      return [{ table: 'payouts', bytes: 8192 * reads }];
    },
    onTableSizesFailed: (error) => told.push(error),
  });
  const series = 'database_table_bytes{table="payouts"}';
  expect((await scrape()).value(series)).toBe(8192);
  clock.now = 295_000;
  await scrape();
  expect(reads).toBe(1);
  clock.now = 300_000;
  const failed = await scrape();
  expect([failed.value(series), told.length]).toEqual([8192, 1]);
  expect(failed.value('database_survey_success')).toBe(1);
  clock.now = 305_000;
  await scrape();
  expect(reads).toBe(2);
  clock.now = 600_000;
  expect((await scrape()).value(series)).toBe(3 * 8192);
});
