/** `GET /v1/payouts?q=` and `list --search`: a payout is found by any id that it is known by. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPayoutCommand } from '../../../src/cli/payout/run.ts';
import { platformEnvironment } from '../../../src/dev/sandbox/sandbox.ts';
import type { PayoutBody } from '../../../src/http/schema/payout.ts';
import { type StartedService, startServiceOn } from '../../support/running-service.ts';
import { createSetup, type Setup } from '../../support/service-setup.ts';
import { waitFor } from '../../support/wait-for.ts';

const cashier = { pin: '7', front_end_name: 'TEST EUR' };

let setup: Setup;
let service: StartedService;
let env: Record<string, string>;
let paid: PayoutBody;
const ids: Record<string, string> = {};

const first = async (sql: string): Promise<string> => {
  const [row] = await setup.database.query<{ value: string }>(sql, [paid.id]);
  return row?.value ?? '';
};

beforeAll(async () => {
  setup = await createSetup();
  env = await setup.environment(platformEnvironment(setup.secrets, setup.simulatorUrl));
  service = await startServiceOn(setup, env);
  await service.api.create({ cashier });
  const { id } = await service.api.create({ cashier });
  paid = await service.api.untilStatus(id, 'approved');
  ids['id'] = paid.id;
  ids['reference'] = paid.reference;
  ids['client_orderid'] = paid.gateway.client_order_id;
  ids['order id'] = paid.gateway.order_id ?? '';
  ids['transaction id of the processor'] = paid.gateway.processor_tx_id ?? '';
  ids['webhook-id'] = await waitFor('a notification', () =>
    first('select id as value from notifications where payout_id = $1 limit 1'),
  );
  ids['serial number'] = await first(
    `select data->'call'->>'serial_number' as value from payout_events
     where payout_id = $1 and data->'call'->>'serial_number' is not null limit 1`,
  );
});
afterAll(async () => {
  await service.close();
  await setup.close();
});

const search = async (q: string, more = '') =>
  service.api.send<{ data: PayoutBody[]; next_cursor: string | null }>(
    'GET',
    `/v1/payouts?q=${encodeURIComponent(q)}${more}`,
  );

async function list(q: string): Promise<string> {
  const out: string[] = [];
  await runPayoutCommand(['list', '--search', q], env, {
    print: (line) => void out.push(line),
    complain: (line) => void out.push(line),
  });
  return out.join('\n');
}

test.each([
  'id',
  'reference',
  'client_orderid',
  'order id',
  'transaction id of the processor',
  'webhook-id',
  'serial number',
])('by its %s', async (name) => {
  const text = ids[name] ?? '';
  expect(text).not.toBe('');
  const { status, body } = await search(` ${text} `);
  expect(status).toBe(200);
  expect(body.data.map(({ id }) => id)).toEqual([paid.id]);
  expect(body.next_cursor).toBeNull();
  expect(await list(text)).toMatch(new RegExp(`^${paid.id} .*\\S$`));
});

test('an id of two systems finds both payouts', async () => {
  const other = await service.api.create({ reference: ids['order id'], cashier });
  const { body } = await search(ids['order id'] ?? '');
  expect(body.data.map(({ id }) => id)).toEqual([other.id, paid.id]);
});

test('nothing is found by what no payout has, and conditions still hold', async () => {
  expect((await search('nowhere')).body.data).toEqual([]);
  expect(await list('nowhere')).toBe('There are no such payouts.');
  expect((await search(paid.id, '&status=declined')).body.data).toEqual([]);
  expect((await search(paid.id, '&status=approved')).body.data).toHaveLength(1);
});

test.each(['', 'x'.repeat(129), 'a\u0000b', 'a\u001bb'])('%j is refused', async (text) => {
  expect((await search(text)).status).toBe(400);
  expect(await list(text)).toContain('--search must be an id');
});

test('a dozen searches at a time are all answered', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => search('nowhere')));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
});

test('an id too long for an index is stored, and a payout stays findable by its others', async () => {
  const long = 'x'.repeat(10_000);
  const sql = 'update payouts set processor_tx_id = $2 where id = $1';
  await setup.database.query(sql, [paid.id, long]);
  expect((await search(ids['order id'] ?? '')).body.data).not.toEqual([]);
  await setup.database.query(sql, [paid.id, ids['transaction id of the processor']]);
});

test('an id that many payouts share is answered with twenty of them', async () => {
  const fill = `insert into payouts (id, reference, api_key_name, idempotency_key, fingerprint,
      endpoint, release, amount_minor, currency, receiver, created_at, updated_at, finalized_at,
      status, status_since, money_moved, processor_tx_id, attention, memory, version)
    select 'po_shared' || n, 'shared ' || n, 'platform', 'shared ' || n, fingerprint, endpoint,
      release, amount_minor, currency, receiver, created_at, updated_at, finalized_at, status,
      status_since, money_moved, 'shared', attention, memory, version
    from payouts, generate_series(1, 30) n where id = $1`;
  await setup.database.query(fill, [paid.id]);
  expect((await search('shared', '&limit=100')).body.data).toHaveLength(20);
});
