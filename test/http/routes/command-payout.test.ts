/**
 * Authorize and cancel over HTTP: who may, what a repeat is answered, and when it is too late.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { payoutBody } from '../../support/api-client.ts';
import { paymentsOf } from '../../support/bank-orders.ts';
import { API_KEYS, as } from '../../support/http-keys.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startRunningService({ environment: { API_KEYS } });
});
afterAll(() => service.close());

const onAuthorization = { release: 'on_authorization' };

const read = async (id: string) => (await as(service.url, 'reader').get(`/v1/payouts/${id}`)).body;

const untilStatus = async (id: string, status: string) => {
  await expect.poll(async () => (await read(id)).status, { timeout: 15_000 }).toBe(status);
  return read(id);
};

/** A payout that has reached this status. */
const createdAs = async (status: string, changes: object = {}) => {
  const { body } = await as(service.url, 'platform').create(payoutBody(changes), randomUUID());
  return untilStatus(body.id, status);
};

const authorize = (id: string) => as(service.url, 'desk').post(`/v1/payouts/${id}/authorize`);
const deauthorize = (id: string, headers: Record<string, string> = {}) =>
  as(service.url, 'desk').post(`/v1/payouts/${id}/deauthorize`).set(headers);
const cancel = (id: string) => as(service.url, 'writer').post(`/v1/payouts/${id}/cancel`);
const payments = (id: string): number => paymentsOf(service.simulator, id);

/** Where payout-pay has left, or the payout has ended: what, its status, and what leads there. */
const TOO_LATE = [
  ['the money may be moving', 'awaiting_receiver', { amount: '10.07' }],
  ['it is paid', 'approved', {}],
  ['it is declined', 'declined', { amount: '10.01' }],
] as const;

describe('authorize', () => {
  test('releases a waiting payout, names who did it, and is the same answer when repeated', async () => {
    const { id, allowed_actions } = await createdAs('bank_confirmed', onAuthorization);
    expect(allowed_actions).toEqual(['authorize', 'cancel']);
    const first = await authorize(id);
    expect(first.status).toBe(200);
    expect(first.body.authorization).toMatchObject({ required: true, by: 'desk' });
    expect(first.headers['etag']).toBe(`"${first.body.version}"`);
    const again = await authorize(id);
    expect(again.status).toBe(200);
    expect(again.body.authorization).toEqual(first.body.authorization);
    await untilStatus(id, 'approved');
    expect(payments(id)).toBe(1);
    // Also long after: it was released, and that is so.
    expect((await authorize(id)).status).toBe(200);
  });

  test('is taken from requested on, and for automatic payouts changes nothing', async () => {
    const { body } = await as(service.url, 'platform').create(
      payoutBody(onAuthorization),
      randomUUID(),
    );
    expect((await authorize(body.id)).status).toBe(200);
    await untilStatus(body.id, 'approved');
    const automatic = await createdAs('bank_confirming', { amount: '10.08' });
    const answer = await authorize(automatic.id);
    expect(answer.status).toBe(200);
    expect(answer.body.authorization.authorized_at).toBeNull();
  });

  test('of a payout that ended without being paid is answered 409', async () => {
    const { id } = await createdAs('declined', { ...onAuthorization, amount: '10.01' });
    const answer = await authorize(id);
    expect([answer.status, answer.body.code]).toEqual([409, 'NOT_AUTHORIZABLE']);
    expect(answer.body.payout).toBe(`/v1/payouts/${id}`);
  });

  test('needs its own scope', async () => {
    const { id } = await createdAs('bank_confirmed', onAuthorization);
    const answer = await as(service.url, 'platform').post(`/v1/payouts/${id}/authorize`);
    expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN_SCOPE']);
    expect((await read(id)).authorization.authorized_at).toBeNull();
  });
});

describe('deauthorize', () => {
  test('takes an authorization back: nothing is paid until there is a new one', async () => {
    // The bank never confirms this one, so that the authorization is not used meanwhile.
    const { id } = await createdAs('bank_confirming', { ...onAuthorization, amount: '10.08' });
    // The first reply shows the stage; those that follow it change no version.
    await expect
      .poll(async () => (await read(id)).gateway.stage, { timeout: 15_000 })
      .not.toBeNull();
    const authorized = await authorize(id);
    expect(authorized.body.allowed_actions).toEqual(['deauthorize', 'cancel']);
    const first = await deauthorize(id);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      authorization: { required: true, authorized_at: null, by: null },
      attention: { code: 'authorization_withdrawn' },
      version: authorized.body.version + 1,
    });
    expect(first.body.allowed_actions).toEqual(['authorize', 'cancel', 'acknowledge']);
    const again = await deauthorize(id);
    expect([again.status, again.body.version]).toEqual([200, first.body.version]);
    const renewed = await authorize(id);
    expect(renewed.body.authorization).toMatchObject({ by: 'desk' });
    expect(renewed.body.attention).toBeNull();
  });

  test('holds an automatic payout too, which is paid once it is authorized', async () => {
    const { body } = await as(service.url, 'platform').create(payoutBody(), randomUUID());
    const answer = await deauthorize(body.id);
    expect([answer.status, answer.body.authorization.required]).toEqual([200, true]);
    await untilStatus(body.id, 'bank_confirmed');
    expect(payments(body.id)).toBe(0);
    expect((await authorize(body.id)).status).toBe(200);
    await untilStatus(body.id, 'approved');
    expect(payments(body.id)).toBe(1);
  });

  test('compares If-Match', async () => {
    const { id } = await createdAs('bank_confirmed', onAuthorization);
    const answer = await deauthorize(id, { 'if-match': '"1"' });
    expect([answer.status, answer.body.code]).toEqual([412, 'VERSION_MISMATCH']);
  });

  test.each(TOO_LATE)('once %s is answered 409 and changes nothing', async (_, status, changes) => {
    const before = await createdAs(status, changes);
    expect(before.allowed_actions).not.toContain('deauthorize');
    const answer = await deauthorize(before.id);
    expect([answer.status, answer.body.code]).toEqual([409, 'NOT_DEAUTHORIZABLE']);
    expect(answer.body.payout).toBe(`/v1/payouts/${before.id}`);
    expect(await read(before.id)).toMatchObject({ status, version: before.version });
  });

  test('needs the scope of authorize', async () => {
    const { id } = await createdAs('bank_confirmed', onAuthorization);
    const answer = await as(service.url, 'platform').post(`/v1/payouts/${id}/deauthorize`);
    expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN_SCOPE']);
  });
});

describe('cancel', () => {
  test('stops a waiting payout, says by whom, and is the same answer when repeated', async () => {
    const { id } = await createdAs('bank_confirmed', onAuthorization);
    const first = await cancel(id);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      status: 'canceled',
      final: true,
      money_moved: 'no',
      reason: { source: 'platform' },
    });
    expect(first.body.allowed_actions).not.toContain('cancel');
    const again = await cancel(id);
    expect(again.status).toBe(200);
    expect(again.body.version).toBe(first.body.version);
    expect((await authorize(id)).status).toBe(409);
    expect(payments(id)).toBe(0);
  });

  test.each(TOO_LATE)('once %s is answered 409 and changes nothing', async (_, status, changes) => {
    const before = await createdAs(status, changes);
    const answer = await cancel(before.id);
    expect([answer.status, answer.body.code]).toEqual([409, 'NOT_CANCELABLE']);
    expect(await read(before.id)).toMatchObject({ status, version: before.version });
  });

  test('needs the scope to write', async () => {
    const { id } = await createdAs('bank_confirmed', onAuthorization);
    const answer = await as(service.url, 'reader').post(`/v1/payouts/${id}/cancel`);
    expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN_SCOPE']);
    expect((await read(id)).status).toBe('bank_confirmed');
  });
});

test.each(['authorize', 'deauthorize', 'cancel'])(
  '%s of a payout that does not exist is answered 404',
  async (name) => {
    const caller = name === 'cancel' ? 'writer' : 'desk';
    for (const id of ['po_00000000000000000000000000', 'nonsense']) {
      const answer = await as(service.url, caller).post(`/v1/payouts/${id}/${name}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'PAYOUT_NOT_FOUND']);
    }
  },
);

test('twenty authorizations and cancels at the same time end in one way, and pay accordingly', async () => {
  const { id } = await createdAs('bank_confirmed', onAuthorization);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? authorize(id) : cancel(id))),
  );
  expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
  await expect.poll(async () => (await read(id)).final, { timeout: 15_000 }).toBe(true);
  const { status } = await read(id);
  expect(payments(id)).toBe(status === 'approved' ? 1 : 0);
});
