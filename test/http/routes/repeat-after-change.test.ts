/**
 * A repeat that comes after the configuration has changed is answered as the first request was: it
 * asks what became of that one, and an answer that nothing was created would be false.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashApiKey } from '../../../src/lib/api-key.ts';
import { payoutBody } from '../../support/api-client.ts';
import { as } from '../../support/http-keys.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

const scopes = ['payouts:read', 'payouts:write'];
const key = { name: 'platform', sha256: hashApiKey('platform-key'), scopes };
const DATA_KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;

let before: RunningService;
let after: RunningService;
beforeAll(async () => {
  before = await startRunningService({
    environment: { DATA_KEYS, API_KEYS: JSON.stringify([key]) },
  });
  // The same database; the platform is notified now, the key is held to authorizations.
  after = await startRunningService({
    environment: {
      DATA_KEYS,
      DATABASE_URL: before.database.connectionString,
      API_KEYS: JSON.stringify([{ ...key, release: 'on_authorization' }]),
      PRAXIS_NOTIFY_URL: 'http://127.0.0.1:9/UpdatePayout',
    },
  });
});
afterAll(async () => {
  await after.close();
  await before.close();
});

const create = ({ url }: RunningService, body: object, idempotencyKey: string) =>
  as(url, 'platform').create(body, idempotencyKey);

const cashier = { pin: '7', front_end_name: 'TEST EUR' };

const refused = [
  ['without a cashier', {}, 400, 'VALIDATION_FAILED'],
  ['with release automatic', { cashier, release: 'automatic' }, 403, 'RELEASE_NOT_ALLOWED'],
] as const;

describe.each(refused)('what is refused as new today, %s,', (_, changes, status, code) => {
  test('is answered as at first when it is a repeat', async () => {
    const body = payoutBody(changes);
    const idempotencyKey = randomUUID();
    const first = await create(before, body, idempotencyKey);
    expect(first.status).toBe(201);
    const again = await create(after, body, idempotencyKey);
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(again.body).toEqual(first.body);
    expect(again.headers['location']).toBe(first.headers['location']);
    expect(again.headers['etag']).toBe(first.headers['etag']);
  });

  test('is no repeat with another body', async () => {
    const idempotencyKey = randomUUID();
    const first = await create(before, payoutBody(changes), idempotencyKey);
    const other = await create(after, payoutBody(changes), idempotencyKey);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(other.body.payout).toBe(`/v1/payouts/${first.body.id}`);
  });

  test('is refused under a new key, which stays free', async () => {
    const body = payoutBody(changes);
    const idempotencyKey = randomUUID();
    const answer = await create(after, body, idempotencyKey);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((await create(before, body, idempotencyKey)).status).toBe(201);
  });
});

test('a fault of the shape is named together with what the configuration asks for', async () => {
  const answer = await create(after, payoutBody({ amount: '0', endpoint: 'other' }), randomUUID());
  expect(answer.status).toBe(400);
  const paths = answer.body.errors.map(({ path }: { path: string }) => path);
  expect(paths).toEqual(['amount', 'endpoint', 'cashier.pin', 'cashier.front_end_name']);
});

test('a repeat that comes late says nothing of the time between', async () => {
  const body = payoutBody({ release: 'on_authorization' });
  const idempotencyKey = randomUUID();
  const first = await create(before, body, idempotencyKey);
  expect(first.body.stalled).toBe(false);
  await before.database.query(
    `update payouts set created_at = created_at - interval '1 day' where id = $1`,
    [first.body.id],
  );
  const again = await create(before, body, idempotencyKey);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect(again.body).toMatchObject({ stalled: false, allowed_actions: first.body.allowed_actions });
});
