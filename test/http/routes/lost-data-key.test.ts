/**
 * A service whose `DATA_KEYS` lacks the key of older payouts, or has another one under its id: it
 * names the key, shows them without their receiver, and everything else as before.
 */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiClient, payoutBody } from '../../support/api-client.ts';
import { startServiceOn } from '../../support/running-service.ts';
import { createSetup, type Setup } from '../../support/service-setup.ts';
import { waitFor } from '../../support/wait-for.ts';

type Page = { data: { id: string; receiver: object; receiver_state: string }[] };
type Feed = { data: { payout: { id: string; receiver: object } }[] };

/** Five times the ten seconds after a start that ends nothing. */
const COMPARED_WITHIN_MS = 50_000;

const keyText = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;

const body = payoutBody({ release: 'on_authorization' });
const headers = { 'idempotency-key': 'of the older one' };

describe.each([
  ['gone', 'other', /DATA_KEYS lacks the key first:.*Add it again/],
  ['there with other bytes', 'first', /The key first of DATA_KEYS has other bytes than before/],
])('a data key that is %s', (_what, id, sentence) => {
  let setup: Setup;
  let api: ApiClient;
  let logLines: readonly string[];
  let older: string;
  let close: () => Promise<void> = async () => {};
  beforeAll(async () => {
    setup = await createSetup();
    const before = await startServiceOn(setup, { DATA_KEYS: keyText('first') });
    older = (await before.api.send('POST', '/v1/payouts', { body, headers })).body.id;
    await before.api.untilStatus(older, 'bank_confirmed');
    await before.close();
    ({ api, close, logLines } = await startServiceOn(setup, { DATA_KEYS: keyText(id) }));
  });
  afterAll(async () => {
    await close();
    await setup.close();
  });

  test('is named by the start', () => {
    const errors = logLines
      .map((line) => JSON.parse(line))
      .filter(({ level }) => level === 'error');
    expect(errors.map(({ msg }) => msg)).toEqual([expect.stringMatching(sentence)]);
  });

  test('does not make a repeat of a create another request', async () => {
    const again = await api.send<{ code?: string }>('POST', '/v1/payouts', { body, headers });
    expect(again).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0);
    const rows = await setup.database.query('select id from payouts where idempotency_key = $1', [
      headers['idempotency-key'],
    ]);
    expect(rows).toEqual([{ id: older }]);
  });

  test('leaves another body under a key of its own refused as such', async () => {
    const own = { 'idempotency-key': 'of a newer one' };
    const first = payoutBody({ release: 'on_authorization' });
    const { body: created } = await api.send('POST', '/v1/payouts', { body: first, headers: own });
    const again = await api.send('POST', '/v1/payouts', { body: first, headers: own });
    expect(again).toMatchObject({ status: 201, body: { id: created.id } });
    const other = await api.send('POST', '/v1/payouts', { body: payoutBody(), headers: own });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  test('leaves the payout in pages and in the feed, without its receiver', async () => {
    const { id: newer } = await api.create({ release: 'on_authorization' });
    const page = await api.send<Page>('GET', '/v1/payouts');
    expect(page.status).toBe(200);
    const shown = new Map(page.body.data.map((payout) => [payout.id, payout]));
    expect(shown.get(older)).toMatchObject({ receiver: {}, receiver_state: 'unreadable' });
    expect(shown.get(older)?.receiver).toEqual({});
    const named = { receiver: { first_name: expect.any(String) }, receiver_state: 'stored' };
    expect(shown.get(newer)).toMatchObject(named);
    const feed = await api.send<Feed>('GET', '/v1/events?after=0');
    expect(feed.status).toBe(200);
    const told = feed.body.data.map(({ payout }) => payout.id);
    expect(told).toEqual(expect.arrayContaining([older, newer]));
  });

  test('leaves the payout readable, and a command on it answered', async () => {
    expect(await api.read(older)).toMatchObject({ status: 'bank_confirmed', receiver: {} });
    const command = () => api.send<{ code?: string }>('POST', `/v1/payouts/${older}/cancel`);
    // Until others that remember lost commits would have compared, a cancel is only kept.
    const canceled = await waitFor(
      'a cancel to be taken',
      async () => {
        const answer = await command();
        if (answer.status === 409) expect(answer.body.code).toBe('NOT_CANCELABLE');
        return answer.status === 409 ? null : answer;
      },
      COMPARED_WITHIN_MS,
    );
    expect(canceled).toMatchObject({ status: 200, body: { status: 'canceled', receiver: {} } });
  }, 60_000);
});

test('a key from before its record is named too, and recorded once it is there', async () => {
  const setup = await createSetup();
  const first = keyText('first');
  const before = await startServiceOn(setup, { DATA_KEYS: first });
  const { id } = await before.api.create({ release: 'on_authorization' });
  await before.close();
  // As the migration leaves it.
  await setup.database.query('update data_keys set payout_id = $1, proof = null', [id]);
  const errorsWith = async (keys: string): Promise<string[]> => {
    const { logLines, close } = await startServiceOn(setup, { DATA_KEYS: keys });
    await close();
    return logLines
      .map((line) => JSON.parse(line))
      .filter(({ level }) => level === 'error')
      .map(({ msg }) => msg);
  };
  const isProven = () => setup.database.query('select proof is not null as it from data_keys');
  expect(await errorsWith(keyText('first'))).toEqual([expect.stringMatching('other bytes')]);
  expect(await isProven()).toEqual([{ it: false }]);
  expect(await errorsWith(`${keyText('next')} ${first}`)).toEqual([]);
  expect(await isProven()).toEqual([{ it: true }, { it: true }]);
  expect(await errorsWith(first)).toEqual([expect.stringMatching('lacks the key next')]);
  await setup.close();
});
