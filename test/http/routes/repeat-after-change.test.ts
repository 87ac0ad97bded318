/**
 * A repeat that comes after the configuration has changed is answered as the first request was: it
 * asks what became of that one, and an answer that nothing was created would be false.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/flow/api/create-payout.ts';
import { hashApiKey } from '../../../src/lib/api-key.ts';
import { createReceiverSeal } from '../../../src/store/payouts/receiver-seal.ts';
import { payoutBody } from '../../support/api-client.ts';
import { as } from '../../support/http-keys.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

const scopes = ['payouts:read', 'payouts:write'];
const key = { name: 'platform', sha256: hashApiKey('platform-key'), scopes };
const dataKey = { id: 'test', key: Buffer.alloc(32, 7) };
const DATA_KEYS = `${dataKey.id}:${dataKey.key.toString('base64')}`;

const cashier = { pin: '7', front_end_name: 'TEST EUR' };

const refused = [
  ['without a cashier', {}, 400, 'VALIDATION_FAILED'],
  ['with release automatic', { cashier, release: 'automatic' }, 403, 'RELEASE_NOT_ALLOWED'],
] as const;

const create = ({ url }: RunningService, body: object, idempotencyKey: string) =>
  as(url, 'platform').create(body, idempotencyKey);

/** A request that was taken before the change, and its answer. */
async function taken(changes: object) {
  const body = payoutBody(changes);
  const idempotencyKey = randomUUID();
  return { body, idempotencyKey, first: await create(before, body, idempotencyKey) };
}
type Taken = Awaited<ReturnType<typeof taken>>;

let before: RunningService;
let after: RunningService;
const takenBefore = new Map<string, Taken>();
let takenLate: Taken;
beforeAll(async () => {
  before = await startRunningService({
    environment: { DATA_KEYS, API_KEYS: JSON.stringify([key]) },
  });
  for (const [name, changes] of refused) takenBefore.set(name, await taken(changes));
  takenLate = await taken({ release: 'on_authorization' });
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

function first(name: string): Taken {
  const found = takenBefore.get(name);
  if (found === undefined) throw new Error(`nothing was taken ${name}`);
  return found;
}

describe.each(refused)('what is refused as new today, %s,', (name, changes, status, code) => {
  test('is answered as at first when it is a repeat', async () => {
    const { body, idempotencyKey, first: answer } = first(name);
    expect(answer.status).toBe(201);
    const again = await create(after, body, idempotencyKey);
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(again.body).toEqual(answer.body);
    expect(again.headers['location']).toBe(answer.headers['location']);
    expect(again.headers['etag']).toBe(answer.headers['etag']);
  });

  test('is answered as at first by a replica that creates nothing any more', async () => {
    const { body, idempotencyKey, first: answer } = first(name);
    const again = await create(before, body, idempotencyKey);
    expect([again.status, again.body]).toEqual([201, answer.body]);
  });

  test('is no repeat with another body', async () => {
    const { idempotencyKey, first: answer } = first(name);
    const other = await create(after, payoutBody(changes), idempotencyKey);
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(other.body.payout).toBe(`/v1/payouts/${answer.body.id}`);
  });

  test('is refused under a new key, which stays free', async () => {
    const idempotencyKey = randomUUID();
    const answer = await create(after, payoutBody(changes), idempotencyKey);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    const allowed = payoutBody({ cashier, release: 'on_authorization' });
    expect((await create(after, allowed, idempotencyKey)).status).toBe(201);
  });
});

test('a fault of the shape is named together with what the configuration asks for', async () => {
  const answer = await create(after, payoutBody({ amount: '0', endpoint: 'other' }), randomUUID());
  expect(answer.status).toBe(400);
  const paths = answer.body.errors.map(({ path }: { path: string }) => path);
  expect(paths).toEqual(['amount', 'endpoint', 'cashier.pin', 'cashier.front_end_name']);
});

test('a repeat that comes late says nothing of the time between', async () => {
  const { body, idempotencyKey, first: answer } = takenLate;
  expect(answer.body.stalled).toBe(false);
  await before.database.query(
    `update payouts set created_at = created_at - interval '1 day' where id = $1`,
    [answer.body.id],
  );
  const again = await create(after, body, idempotencyKey);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect(again.body).toMatchObject({
    stalled: false,
    allowed_actions: answer.body.allowed_actions,
  });
});

test('a card number that an earlier version took in a text is answered as at first', async () => {
  const body = payoutBody({ cashier, release: 'on_authorization', description: 'Payout' });
  const idempotencyKey = randomUUID();
  const { body: payout } = await create(after, body, idempotencyKey);
  const earlier = { ...body, description: 'To 4444 4444 4444 4448' };
  const refusal = await create(after, { ...earlier, reference: randomUUID() }, randomUUID());
  expect([refusal.status, refusal.body.errors]).toEqual([
    400,
    [{ path: 'description', message: 'must not have a card number in it' }],
  ]);
  // As if the earlier version had taken it.
  const seal = createReceiverSeal([dataKey], randomBytes);
  await before.database.query('update payouts set fingerprint = $2 where id = $1', [
    payout.id,
    seal.fingerprint(canonicalJson(earlier)),
  ]);
  const again = await create(after, earlier, idempotencyKey);
  expect([again.status, again.headers['idempotency-replayed'], again.body.id]).toEqual([
    201,
    'true',
    payout.id,
  ]);
});

test('a card number of the receiver in the Idempotency-Key is refused, and not stored', async () => {
  const number = '4444444444444448';
  const body = payoutBody({ cashier, release: 'on_authorization', receiver: { card: { number } } });
  const refusal = await create(after, body, `card-${number}-1`);
  expect([refusal.status, refusal.body.errors]).toEqual([
    400,
    [{ path: 'idempotency-key', message: 'must not have a card number in it' }],
  ]);
});
