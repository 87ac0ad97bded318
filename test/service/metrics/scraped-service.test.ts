import { beforeAll, expect, test } from 'vitest';
import { type RunningService, startRunningService } from '../../support/running-service.ts';
import { waitFor } from '../../support/wait-for.ts';
import { scrape } from './scrape.ts';

let running: RunningService;

beforeAll(async () => {
  running = await startRunningService();
  return () => running.close();
});

test('a payout that was paid shows in the metrics of the service', async () => {
  const { id } = await running.api.create();
  await running.api.untilStatus(id, 'approved');

  const { value } = await scrape(running.url);

  expect(value('database_survey_success')).toBe(1);
  expect(value('payouts_entered_total{status="requested"}')).toBe(1);
  expect(value('payouts_entered_total{status="approved"}')).toBe(1);
  const pay = 'endpoint="default",command="payout-pay",outcome="accepted"';
  expect(value(`gateway_calls_total{${pay}}`)).toBe(1);
  expect(value('payout_lateness_seconds_count{step="check"}')).toBe(1);
  const create = 'method="POST",route="/v1/payouts",status_class="2xx"';
  expect(value(`http_requests_total{${create}}`)).toBe(1);
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
});

test('open payouts, their age and their attention are read from the database', async () => {
  const { id } = await running.api.create({ release: 'on_authorization' });
  await running.api.untilStatus(id, 'bank_confirmed');
  const attention = [{ code: 'slow', since: 1, detail: null, acknowledgedBy: null }];
  const values = [JSON.stringify(attention), id];
  await running.database.query(
    `update payouts set attention = $1, status_since = now() - interval '1 hour' where id = $2`,
    values,
  );

  const told = await waitFor('a fresh look at the database', async () => {
    const { value } = await scrape(running.url);
    return value('payouts_attention_open{code="slow",severity="normal"}') === 1 ? value : null;
  });

  expect(told('payouts_open{status="bank_confirmed"}')).toBe(1);
  expect(told('payouts_open_oldest_seconds{status="bank_confirmed"}')).toBeGreaterThan(3590);
  expect(told('payouts_overdue_seconds{endpoint="default"}')).toBeLessThan(10);
  expect(told('payouts_paused')).toBe(0);
});

test('open payouts of an endpoint that is not served are counted, and the tables measured', async () => {
  const { id } = await running.api.create({ release: 'on_authorization' });
  await running.api.untilStatus(id, 'bank_confirmed');
  const move = (endpoint: string) =>
    running.database.query('update payouts set endpoint = $2 where id = $1', [id, endpoint]);
  for (const endpoint of ['a-former-one', 'the-last-one']) {
    await move(endpoint);
    await waitFor('a fresh look at the database', async () => {
      const { value } = await scrape(running.url);
      return value(`payouts_unserved{endpoint="${endpoint}"}`) === 1;
    });
  }
  await move('default');
  const told = await waitFor('a fresh look at the database', async () => {
    const { value } = await scrape(running.url);
    return value('payouts_unserved{endpoint="the-last-one"}') === null ? value : null;
  });
  expect(told('payouts_unserved{endpoint="default"}')).toBe(0);
  expect(told('database_table_bytes{table="payouts"}')).toBeGreaterThan(8192);
});

test('addresses and methods that callers choose make no series of their own', async () => {
  await fetch(`${running.url}/nowhere-7`);
  await fetch(`${running.url}/nowhere-8`, { method: 'PATCH' });

  const { text, value } = await scrape(running.url);

  expect(text).not.toContain('nowhere');
  expect(
    value('http_requests_total{method="none",route="none",status_class="4xx"}'),
  ).toBeGreaterThanOrEqual(2);
});
