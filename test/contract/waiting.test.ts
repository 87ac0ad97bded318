/**
 * Waiting over HTTP, on two replicas of the service over one database: who is told, when, and what
 * it costs.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import type { PayoutBody } from '../../src/http/schema/payout.ts';
import { createLogger } from '../../src/log.ts';
import { type Service, startService } from '../../src/service/service.ts';
import { type ApiClient, createApiClient, payoutBody } from '../support/api-client.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';

/** Five times the promise of a second, for a busy machine. */
const TOLD_WITHIN_MS = 5000;

let setup: Setup;
let replicas: Service[];
let here: ApiClient;
let there: ApiClient;

/** One more replica over the database of this file. */
async function startReplica(environment: Record<string, string> = {}): Promise<Service> {
  const loaded = loadConfig(await setup.environment(environment), () => '');
  if (loaded.kind === 'problems') throw new Error(loaded.problems.join('; '));
  const service = await startService(loaded.config, createLogger('fatal'));
  return service;
}

beforeAll(async () => {
  setup = await createSetup();
  replicas = [await startReplica(), await startReplica()];
  const [first, second] = replicas.map(({ url }) => createApiClient(url, setup.secrets.apiKey));
  if (first === undefined || second === undefined) throw new Error('there are two replicas');
  [here, there] = [first, second];
});

afterAll(async () => {
  await Promise.all(replicas.map((service) => service.close()));
  await setup.close();
});

/** A payout that waits for an authorization, and so is polled once an hour. */
async function quietPayout(): Promise<PayoutBody> {
  const { id } = await here.create({ release: 'on_authorization' });
  return here.untilStatus(id, 'bank_confirmed');
}

const hold = (api: ApiClient, { id, version }: PayoutBody, seconds: number) =>
  api.send('GET', `/v1/payouts/${id}?after_version=${version}&wait=${seconds}`);

describe('a read that waits', () => {
  it('is answered within a second of a change, whichever replica made it', async () => {
    const payout = await quietPayout();
    const told = [here, there].map((api) =>
      hold(api, payout, 10).then((answer) => ({ answer, at: performance.now() })),
    );
    await here.send('POST', `/v1/payouts/${payout.id}/cancel`);
    const changedAt = performance.now();
    for (const { answer, at } of await Promise.all(told)) {
      expect(answer.body.version).toBeGreaterThan(payout.version);
      expect(answer.body.status).toBe('canceled');
      expect(answer.headers.get('etag')).toBe(`"${answer.body.version}"`);
      expect(at - changedAt).toBeLessThan(TOLD_WITHIN_MS);
    }
  });

  it('is answered immediately where the version is above already', async () => {
    const payout = await quietPayout();
    const { body } = await hold(here, { ...payout, version: payout.version - 1 }, 60);
    expect(body.version).toBe(payout.version);
  });

  it('is answered with what is there when the time is over', async () => {
    const payout = await quietPayout();
    const begun = performance.now();
    const { status, body } = await hold(here, payout, 1);
    expect([status, body.version]).toEqual([200, payout.version]);
    expect(performance.now() - begun).toBeGreaterThan(990);
  });

  it.each([
    ['?wait=5', 'after_version', 'is required with wait'],
    ['?after_version=1&wait=61', 'wait', 'must be a whole number from 0 to 60'],
    ['?after_version=-1', 'after_version', 'must be a whole number from 0 to 2147483647'],
    ['?after_version=', 'after_version', 'must be a whole number from 0 to 2147483647'],
  ])('%s is refused', async (query, path, message) => {
    const { status, body } = await here.send<{ errors: object[] }>(
      'GET',
      `/v1/payouts/po_x${query}`,
    );
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ path, message }]);
  });
});

describe('a create that prefers to wait', () => {
  const create = (key: string, body: object, prefer = 'wait=10') =>
    here.send('POST', '/v1/payouts', { body, headers: { 'idempotency-key': key, prefer } });

  it('is answered with the next change', async () => {
    const { status, body, headers } = await create(randomUUID(), payoutBody());
    expect(status).toBe(201);
    expect(body.version).toBeGreaterThan(1);
    expect(headers.get('preference-applied')).toBe('wait=10');
    expect(headers.get('etag')).toBe(`"${body.version}"`);
  });

  it('is on disk before it waits, so that a repeat meanwhile gets the first answer', async () => {
    const key = randomUUID();
    const body = payoutBody();
    const [first, quoted] = await Promise.all([create(key, body), create(`"${key}"`, body)]);
    expect([first.status, quoted.status]).toEqual([201, 201]);
    expect(quoted.body.id).toBe(first.body.id);
    const replayed = [first, quoted].filter(({ headers }) => headers.get('idempotency-replayed'));
    expect(replayed.map((answer) => answer.body.version)).toEqual([1]);
    expect(replayed[0]?.headers.get('preference-applied')).toBeNull();
  });

  it('may state a preference that is unknown', async () => {
    const { status, body, headers } = await create(randomUUID(), payoutBody(), 'wait=soon, x');
    expect([status, body.version]).toEqual([201, 1]);
    expect(headers.get('preference-applied')).toBeNull();
  });
});

describe('a service whose WAIT_MAX_S is 1', () => {
  let short: Service;
  let api: ApiClient;
  beforeAll(async () => {
    short = await startReplica({ WAIT_MAX_S: '1' });
    api = createApiClient(short.url, setup.secrets.apiKey);
  });
  afterAll(() => short.close());

  it('takes a create with wait=60 and says that it was held for 1 s', async () => {
    const headers = { 'idempotency-key': randomUUID(), prefer: 'wait=60' };
    const answer = await api.send('POST', '/v1/payouts', { body: payoutBody(), headers });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
  });

  it('says the shorter of the two times', async () => {
    const headers = { 'idempotency-key': randomUUID(), prefer: 'wait=1' };
    const answer = await here.send('POST', '/v1/payouts', { body: payoutBody(), headers });
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
  });

  it('answers a read with wait=60 after that time, with what is there', async () => {
    const payout = await quietPayout();
    const begun = performance.now();
    const { status, body } = await hold(api, payout, 60);
    expect([status, body.version]).toEqual([200, payout.version]);
    const took = performance.now() - begun;
    expect(took).toBeGreaterThan(990);
    expect(took).toBeLessThan(10_000);
  });
});

describe('500 waiting requests', () => {
  it('are all answered within a second of the change', async () => {
    const payouts = await Promise.all(Array.from({ length: 20 }, quietPayout));
    const told = payouts.flatMap((payout) =>
      Array.from({ length: 25 }, async () => {
        const { body } = await hold(there, payout, 14);
        return { status: body.status, at: performance.now() };
      }),
    );
    // Sent before this one on connections of their own, so that most wait by now.
    await there.read(payouts[0]?.id ?? '');
    await Promise.all(payouts.map(({ id }) => here.send('POST', `/v1/payouts/${id}/cancel`)));
    const changedAt = performance.now();
    const answers = await Promise.all(told);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 'canceled'));
    expect(Math.max(...answers.map(({ at }) => at)) - changedAt).toBeLessThan(TOLD_WITHIN_MS);
  }, 60_000);
});

describe('a service that stops', () => {
  it('answers waiting requests with the payout as it is, and stops immediately', async () => {
    const payout = await quietPayout();
    const stopping = await startReplica();
    const api = createApiClient(stopping.url, setup.secrets.apiKey);
    const held = hold(api, payout, 14);
    // The request was sent first, so that it waits by the time this one is answered.
    await api.read(payout.id);
    const begun = performance.now();
    await stopping.close();
    const { status, body } = await held;
    expect([status, body.version]).toEqual([200, payout.version]);
    expect(performance.now() - begun).toBeLessThan(3000);
  });
});
