import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSimulator, type Simulator } from '../../src/dev/simulator/simulator.ts';
import { CONTROL_KEY, ENDPOINT, LOGIN, PUBLIC_KEY_PEM } from './client.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const BODY = JSON.stringify({
  PIN: '7',
  FrontEndName: 'TEST EUR',
  ExtPayoutID: 'r-1',
  Status: 'Y',
  TransactionID: 't-1',
  UpdatedBy: 'gateway',
  Amount: 1.5,
});

let simulator: Simulator;
let url: string;
beforeEach(async () => {
  const merchant = {
    login: LOGIN,
    controlKey: CONTROL_KEY,
    publicKeyPem: PUBLIC_KEY_PEM,
    endpointIds: [ENDPOINT],
    groupIds: [],
  };
  simulator = createSimulator({ merchants: [merchant], webhookSecret: SECRET });
  url = (await simulator.listen({ host: '127.0.0.1', port: 0 })).url;
});
afterEach(() => simulator.close());

/** Signed by the library of the specification, so that no code is checked against itself. */
const notify = async (at = new Date(), body = BODY, signed = BODY) => {
  const signature = new Webhook(SECRET).sign('m-1', at, signed);
  return fetch(`${url}/platform/UpdatePayout`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      'webhook-id': 'm-1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': `v1,bm90IGl0 ${signature}`,
    },
    body,
    signal: AbortSignal.timeout(1000),
  });
};

describe('the platform of the simulator', () => {
  it('takes a letter whose signature verifies, and keeps what it says', async () => {
    const answer = await notify();
    expect(await answer.json()).toEqual({
      Status: 0,
      Description: 'Update payout request success',
    });
    expect(simulator.control.letters()).toMatchObject([
      {
        webhookId: 'm-1',
        signature: 'valid',
        letter: 'Y',
        reference: 'r-1',
        transactionId: 't-1',
        updatedBy: 'gateway',
        amount: '1.5',
        answer: 'ok',
      },
    ]);
    const listed = await fetch(`${url}/control/letters`);
    expect(await listed.json()).toMatchObject({ total: 1, entries: [{ letter: 'Y' }] });
  });

  it.each([
    [
      'another body than was signed',
      () => notify(new Date(), BODY.replace('1.5', '9.5')),
      'invalid',
    ],
    ['an old time', () => notify(new Date(Date.now() - 600_000)), 'stale'],
  ])('refuses %s', async (_name, send, verdict) => {
    const answer = await send();
    expect([answer.status, await answer.json()]).toMatchObject([401, { Status: 8 }]);
    expect(simulator.control.letters()).toMatchObject([{ signature: verdict }]);
  });

  it('refuses a letter without a signature, and one that it cannot read', async () => {
    const unsigned = await fetch(`${url}/platform/UpdatePayout`, { method: 'POST', body: BODY });
    expect(unsigned.status).toBe(401);
    expect(await (await notify(new Date(), '<xml>', '<xml>')).json()).toMatchObject({ Status: 1 });
  });

  it.each([
    ['later', 200, '"Status":-1'],
    ['refused', 200, '"Status":4'],
    ['html', 200, '<!doctype html>'],
    ['http_500', 500, '<!doctype html>'],
    ['http_503_retry_after', 503, ''],
    ['wrong_pair', 200, '"Status":"fine"'],
    ['redirect', 302, ''],
  ] as const)('answers %s once where that is planned', async (answer, httpStatus, text) => {
    simulator.control.setBehaviour({ platformAnswers: [{ answer }] });
    const first = await notify();
    expect(first.status).toBe(httpStatus);
    expect(await first.text()).toContain(text);
    expect((await notify()).status).toBe(200);
  });

  it.each(['hang', 'reset'] as const)(
    'leaves the caller without an answer by %s',
    async (answer) => {
      simulator.control.setBehaviour({ platformAnswers: [{ answer }] });
      await expect(notify()).rejects.toThrow(/timeout|fetch failed/);
      expect(simulator.control.letters()).toHaveLength(1);
    },
  );

  it('answers slowly where that is wanted', async () => {
    simulator.control.setBehaviour({ platformDelayMs: 150 });
    const before = performance.now();
    await notify();
    expect(performance.now() - before).toBeGreaterThan(140);
  });
});

describe('the cashier of the simulator', () => {
  const ask = (body: object) =>
    fetch(`${url}/control/cashier`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('calls the given address and gives back the answer', async () => {
    // The platform stands in for a service: it is the one thing here that answers such a call.
    const call = { url: `${url}/platform/UpdatePayout`, body: { Status: 'A', PIN: 7 } };
    const answer = await ask({ ...call, authorization: 'Basic eA==' });
    expect(await answer.json()).toEqual({
      httpStatus: 401,
      contentType: 'application/json; charset=utf-8',
      body: '{"Status":8,"Description":"The signature does not verify"}',
    });
  });

  it('refuses a call without an address', async () => {
    expect((await ask({ body: {} })).status).toBe(400);
    expect((await ask({ url: 'file:///etc/passwd', body: {} })).status).toBe(400);
  });
});
