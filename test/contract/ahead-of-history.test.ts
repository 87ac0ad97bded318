/**
 * A caller who knows more than the database holds is told so, and counted; nothing is changed or
 * paused by it.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { epochStepAt } from '../../src/store/history/epoch.ts';
import { scrape } from '../service/metrics/scrape.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';

type Problem = { code: string; detail: string; payout?: string };
type Feed = { data: { seq: number }[]; next_after: number };

let service: RunningService;
beforeAll(async () => {
  service = await startRunningService();
});
afterAll(() => service.close());

const counted = async (): Promise<number> =>
  (await scrape(service.url)).value('payout_ahead_of_history_total') ?? 0;

async function refuses(method: string, path: string, headers: Record<string, string> = {}) {
  const before = await counted();
  const { status, body } = await service.api.send<Problem>(method, path, { headers });
  expect({ status, code: body.code }).toEqual({ status: 409, code: 'AHEAD_OF_HISTORY' });
  expect(await counted()).toBe(before + 1);
  return body;
}

test('a feed position above the last number is refused, the last one is not', async () => {
  const { api } = service;
  const { id } = await api.create();
  await api.untilStatus(id, 'approved');
  const all = await api.send<Feed>('GET', '/v1/events?limit=200');
  const last = all.body.next_after;
  const rest = await api.send<Feed>('GET', `/v1/events?after=${last}`);
  expect(rest).toMatchObject({ status: 200, body: { next_after: last, data: [] } });
  const { detail } = await refuses('GET', `/v1/events?after=${last + 1}`);
  expect(detail).toBe(`The last event has number ${last}, and ${last + 1} was never given.`);
});

test('a reader whose events are not numbered yet is not refused', async () => {
  const { api } = service;
  const { body } = await api.send<Feed>('GET', '/v1/events?limit=200');
  const { id } = await api.create();
  await api.untilStatus(id, 'approved');
  const next = await api.send<Feed>('GET', `/v1/events?after=${body.next_after}&limit=1`);
  expect(next.status).toBe(200);
  const rest = await api.send<Feed>('GET', `/v1/events?after=${next.body.next_after}`);
  expect(rest.status).toBe(200);
});

test('a version above the payout’s is refused wherever it is given', async () => {
  const { api } = service;
  const { id } = await api.create({ release: 'on_authorization' });
  const { version } = await api.untilStatus(id, 'bank_confirmed');
  const path = `/v1/payouts/${id}`;
  expect((await api.send('GET', `${path}?after_version=${version}&wait=0`)).status).toBe(200);
  const read = await refuses('GET', `${path}?after_version=${version + 1}&wait=30`);
  expect(read.payout).toBe(path);
  const ahead = { 'if-match': `"${version + 1}"` };
  await refuses('POST', `${path}/authorize`, ahead);
  await refuses('POST', `${path}/cancel`, ahead);
  await refuses('POST', `${path}/notifications/redeliver`, ahead);
  await refuses('POST', `${path}/attention/acknowledge`, ahead);
  const stale = await api.send<Problem>('POST', `${path}/cancel`, {
    headers: { 'if-match': `"${version - 1}"` },
  });
  expect(stale).toMatchObject({ status: 412, body: { code: 'VERSION_MISMATCH' } });
  expect(await api.read(id)).toMatchObject({ status: 'bank_confirmed', version });
  const { body } = await api.send<{ paused: boolean }>('GET', '/v1/pause');
  expect(body.paused).toBe(false);
});

test('after the jump of an epoch, positions of before are below ours', async () => {
  const { api, database } = service;
  const { id } = await api.create({ release: 'on_authorization' });
  const { version } = await api.untilStatus(id, 'bank_confirmed');
  const step = epochStepAt(Date.now());
  await database.query('update feed_head set seq = seq + $1', [step]);
  const before = await api.send<Feed>('GET', '/v1/events?limit=200');
  await api.send('POST', `/v1/payouts/${id}/cancel`, { headers: { 'if-match': `"${version}"` } });
  const page = await api.send<Feed>('GET', `/v1/events?after=${before.body.next_after}`);
  expect(page.body.data[0]?.seq).toBeGreaterThan(step);
  const jumped = await api.send('GET', `/v1/events?after=${page.body.next_after + 1}`);
  expect(jumped.status).toBe(409);
});
