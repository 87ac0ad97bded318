/** What every response tells a browser, whatever it is a response to. */

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
  service = await createCashierApp(LOCAL, { publicBaseUrl: 'https://pay.example.com' });
});
afterAll(() => service.close());

const get = (url: string, headers: Record<string, string> = {}, app = service) =>
  app.server.inject({ method: 'GET', url, headers });

const key = { authorization: `Bearer ${OPERATOR_KEY}` };

const EVERYWHERE = [
  '/docs',
  '/docs/problems/internal',
  '/docs/static/swagger-ui.css',
  '/openapi.json',
  '/health/live',
  '/v1/payouts',
  '/v1/nothing',
  '/nothing',
  '/UpdatePayout',
  '/callbacks/payneteasy/default',
  '/returns/payneteasy/po_x',
];

describe('a response', () => {
  it.each(EVERYWHERE)('to %s has the headers that browsers heed', async (url) => {
    const { headers } = await get(url, key);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  it.each(EVERYWHERE.filter((url) => !url.startsWith('/returns')))(
    'to %s cannot be framed',
    async (url) => {
      const { headers } = await get(url, key);
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    },
  );

  it('promises no https where the public address is plain http', async () => {
    const plain = await createCashierApp(LOCAL, { publicBaseUrl: 'http://pay.internal' });
    const { headers } = await get('/health/live', {}, plain);
    await plain.close();
    expect(headers['strict-transport-security']).toBeUndefined();
  });
});

describe('a payout', () => {
  it('is kept by no cache, nor is a list, a timeline, the feed or a problem', async () => {
    const { id } = await service.put(storyIn.bank_confirmed().payout);
    const urls = ['', `/${id}`, `/${id}/timeline`, '/po_x'].map((path) => `/v1/payouts${path}`);
    for (const url of [...urls, '/v1/events', '/v1/pause']) {
      expect((await get(url, key)).headers['cache-control']).toBe('no-store');
    }
    expect((await get('/v1/payouts')).headers['cache-control']).toBe('no-store');
  });
});

it('the API page keeps no key in the browser', async () => {
  const { body } = await get('/docs/static/swagger-initializer.js');
  expect(body).toContain('"persistAuthorization":false');
});
