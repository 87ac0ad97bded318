/**
 * A page of another origin cannot use a browser inside the allowed network: neither as the cashier,
 * whose address is enough there, nor on an operator's routes.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CashierApp,
  createCashierApp,
  LOCAL,
  OPERATOR_KEY,
} from '../../support/cashier-app.ts';
import { storyIn } from '../../support/payouts.ts';

let service: CashierApp;
beforeAll(async () => {
  service = await createCashierApp(LOCAL);
});
afterAll(() => service.close());

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

async function call(
  headers: Record<string, string>,
  options: { type?: string; path?: string; app?: CashierApp } = {},
) {
  const { type = JSON_TYPE, path = '/UpdatePayout', app = service } = options;
  const { payout } = storyIn.bank_confirmed({ release: 'on_authorization' });
  const { id, reference } = await app.put(payout);
  const fields = { PIN: '7', FrontEndName: 'TEST EUR', ExtPayoutID: reference, Status: 'C' };
  const answer = await app.server.inject({
    method: 'POST',
    url: path,
    headers: { 'content-type': type, ...headers },
    payload: type === FORM ? new URLSearchParams(fields).toString() : JSON.stringify(fields),
    remoteAddress: '10.1.2.3',
  });
  const { status } = await app.payout(id);
  return { answer, status };
}

const OTHERS: [string, Record<string, string>][] = [
  ['another origin', { origin: 'https://evil.example' }],
  ['another port', { origin: 'http://localhost:81' }],
  ['another scheme’s port', { host: 'pay.example', origin: 'http://pay.example:8080' }],
  ['no origin of its own', { origin: 'null' }],
  ['an unreadable origin', { origin: 'nonsense' }],
  ['cross-site', { 'sec-fetch-site': 'cross-site' }],
  ['a sibling', { 'sec-fetch-site': 'same-site', origin: 'https://evil.pay.example' }],
  ['an unknown word', { 'sec-fetch-site': 'x' }],
  ['two words', { 'sec-fetch-site': 'cross-site, same-origin' }],
];

const OWN: [string, Record<string, string>][] = [
  ['a program', {}],
  ['its own page', { host: 'pay.example', origin: 'https://pay.example' }],
  ['its own page, in another case', { host: 'Pay.Example', origin: 'https://pay.example' }],
  ['its own page, behind a proxy that changes Host', { 'sec-fetch-site': 'same-origin' }],
  ['no page at all', { 'sec-fetch-site': 'none' }],
];

describe('a call as the cashier', () => {
  it.each(OTHERS)('from %s is refused with the pair and does nothing', async (_name, headers) => {
    for (const path of ['/UpdatePayout', '/CreatePayout']) {
      const { answer, status } = await call(headers, { path });
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toEqual({
        Status: 8,
        Description: 'The caller is not allowed: a page of another origin sent the call',
      });
      expect(status).toBe('bank_confirmed');
    }
  });

  it.each(OWN)('from %s is taken', async (_name, headers) => {
    const { answer, status } = await call(headers);
    expect([answer.statusCode, answer.json().Status, status]).toEqual([200, 0, 'canceled']);
  });

  it('that is refused a hundred times shuts no client out behind the same address', async () => {
    const app = await createCashierApp(LOCAL);
    try {
      for (let index = 0; index < 100; index += 1) {
        await call({ origin: 'https://evil.example' }, { app });
      }
      expect((await call({}, { app })).answer.statusCode).toBe(200);
    } finally {
      await app.close();
    }
  });

  it('as a form is refused unless forms are switched on', async () => {
    const off = await call({}, { type: FORM });
    expect([off.answer.statusCode, off.status]).toEqual([415, 'bank_confirmed']);
    expect(off.answer.json()).toMatchObject({ Status: 1 });
    const app = await createCashierApp({ ...LOCAL, formBodies: true });
    try {
      expect((await call({}, { type: FORM, app })).status).toBe('canceled');
      const foreign = await call({ origin: 'https://evil.example' }, { type: FORM, app });
      expect([foreign.answer.statusCode, foreign.status]).toEqual([403, 'bank_confirmed']);
    } finally {
      await app.close();
    }
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x'])(
    'as %s, which a page may send as well, is refused',
    async (type) => {
      const { answer, status } = await call({}, { type });
      expect([answer.statusCode, status]).toEqual([415, 'bank_confirmed']);
    },
  );
});

describe('an operator’s route', () => {
  const send = (headers: Record<string, string>) =>
    service.server.inject({
      method: 'GET',
      url: '/v1/pause',
      headers: { authorization: `Bearer ${OPERATOR_KEY}`, ...headers },
    });

  it.each(OTHERS)('is refused to %s', async (_name, headers) => {
    const answer = await send(headers);
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'FOREIGN_ORIGIN']);
  });

  it.each(OWN)('is open to %s', async (_name, headers) => {
    expect((await send(headers)).statusCode).toBe(200);
  });
});
