/**
 * A caller that holds what the gateway signed once, or signs nothing at all, can send it without
 * end: it is told once, kept once, and limited; the gateway itself never is.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CashierApp } from '../../support/cashier-app.ts';
import { ENDPOINT } from '../../support/driven-endpoint.ts';
import { createGatewayApp, type GatewayApp, type Signed } from '../../support/gateway-app.ts';

const TIMES = 3000;
const ATTACKER = '192.0.2.66';
const GATEWAY = '192.0.2.1';

let gateway: GatewayApp;
let service: CashierApp;
const limited: Record<string, number> = {};
const outcomes: Record<string, number> = {};
const count = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

beforeAll(async () => {
  gateway = await createGatewayApp({
    limited: (route) => count(limited, route),
    callback: (outcome) => count(outcomes, outcome),
  });
  ({ service } = gateway);
});
afterAll(() => gateway.close());

/** Every test begins with no caller limited. */
beforeEach(() => service.clock.advance(3_600_000));

const callback = (fields: object, remoteAddress = ATTACKER) =>
  service.server.inject({
    method: 'GET',
    url: `/callbacks/payneteasy/${ENDPOINT}`,
    query: { ...fields },
    remoteAddress,
  });

const comeBack = (id: string, fields: object, remoteAddress = ATTACKER) =>
  service.server.inject({
    method: 'POST',
    url: `/returns/payneteasy/${id}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ ...fields }).toString(),
    remoteAddress,
  });

/** Sends so many, and counts the answers by their HTTP status. */
async function sendMany(times: number, send: (index: number) => ReturnType<typeof callback>) {
  const answers: Record<number, number> = {};
  for (let index = 0; index < times; index += 1) {
    const { statusCode, headers } = await send(index);
    if (statusCode === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    answers[statusCode] = (answers[statusCode] ?? 0) + 1;
  }
  return answers;
}

const journal = (id: string, kind: string) =>
  service.database.query<{ data: Record<string, unknown>; feed: string[] }>(
    'select data, feed from payout_events where payout_id = $1 and kind = $2',
    [id, kind],
  );

const kept = (id: string) =>
  service.database.query('select * from callbacks where payout_id = $1', [id]);

/** A word for each number, of letters only. */
const word = (index: number): string => index.toString(2).replaceAll('0', 'a').replaceAll('1', 'b');

describe('one signed callback', () => {
  it('sent 3000 times with other unsigned fields is one change, one entry, one row', async () => {
    const { id, signed } = await gateway.createSigned();
    const before = await service.payout(id);
    const answers = await sendMany(TIMES, (index) =>
      callback({
        ...signed,
        type: `reversal-${word(index)}`,
        amount: String(index),
        error_message: 'x'.repeat(2000),
        comment: word(index),
      }),
    );
    // The first, thirty repeats, and then nothing but the limit.
    expect(answers).toEqual({ 200: 31, 429: TIMES - 31 });
    const after = await service.payout(id);
    expect(after.version).toBe(before.version + 1);
    expect(after.status).toBe(before.status);
    expect(await journal(id, 'callback_received')).toHaveLength(1);
    const rows = await kept(id);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('xxx');
    expect(JSON.stringify(await journal(id, 'callback_received')).length).toBeLessThan(1000);
  });

  it('sent from 3000 addresses is limited all the same', async () => {
    const { id, signed } = await gateway.createSigned();
    const answers = await sendMany(TIMES, (index) =>
      callback(signed, `10.9.${index >> 8}.${index & 255}`),
    );
    expect(answers).toEqual({ 200: 31, 429: TIMES - 31 });
    expect(await journal(id, 'callback_received')).toHaveLength(1);
    service.clock.advance(60_000);
    expect((await callback(signed)).statusCode).toBe(200);
    expect(await journal(id, 'callback_received')).toHaveLength(1);
  });

  it('with a digit moved between its fields names no second order', async () => {
    const { id, signed } = await gateway.createSigned();
    const { status, orderid, client_orderid, control } = signed;
    const moved = [
      { status: `${status}${orderid[0]}`, orderid: orderid.slice(1) },
      { status: status.slice(0, -1), orderid: `${status.at(-1)}${orderid}` },
      { orderid: orderid.slice(0, -1), client_orderid: `${orderid.at(-1)}${client_orderid}` },
      { orderid: `${orderid}${client_orderid[0]}`, client_orderid: client_orderid.slice(1) },
    ];
    const before = await service.payout(id);
    const codes: number[] = [];
    for (const fields of moved) {
      const sent = { ...signed, ...fields };
      const same = gateway.sign(sent.status, sent.orderid, sent.client_orderid);
      expect(same.control).toBe(control);
      codes.push((await callback(sent)).statusCode);
      expect((await comeBack(id, sent)).statusCode).toBe(403);
    }
    expect(codes).toEqual([403, 403, 200, 403]);
    expect(await service.payout(id)).toEqual(before);
    expect(
      await service.database.query('select 1 from callbacks where payout_id = $1', [id]),
    ).toEqual([]);
    const foreign = 'select 1 from callbacks where client_order_id ~ $1';
    expect(await service.database.query(foreign, ['^[0-9]'])).toEqual([]);
  });

  it('of the end is heard right after another one', async () => {
    const { id, signed } = await gateway.createSigned('processing');
    await callback(signed);
    await callback(gateway.sign('unknown', signed.orderid, signed.client_orderid));
    await callback(gateway.sign('approved', signed.orderid, signed.client_orderid));
    const heard = (await journal(id, 'callback_received')).map(({ data }) => data['status']);
    expect(heard.at(0)).toBe('processing');
    expect(heard.at(-1)).toBe('approved');
    expect(await kept(id)).toHaveLength(3);
  });
});

describe("one signed return of the receiver's browser", () => {
  it('sent 3000 times is one event; the others are only led on', async () => {
    const { id, signed } = await gateway.createSigned('processing');
    const before = await service.payout(id);
    const answers = await sendMany(TIMES, () => comeBack(id, signed));
    expect(answers).toEqual({ 200: 31, 429: TIMES - 31 });
    expect((await service.payout(id)).version).toBe(before.version);
    expect(await journal(id, 'receiver_returned')).toHaveLength(1);
    expect(await kept(id)).toMatchObject([{ source: 'return', type: null }]);
  });

  it('is not taken for the callback of the same status', async () => {
    const { id, signed } = await gateway.createSigned();
    await comeBack(id, signed);
    expect((await callback(signed)).statusCode).toBe(200);
    expect(await journal(id, 'callback_received')).toHaveLength(1);
    expect(await journal(id, 'receiver_returned')).toHaveLength(1);
  });

  it('reads no payout for what is not signed', async () => {
    const { id, signed } = await gateway.createSigned();
    const forged = { ...signed, control: '0'.repeat(40) };
    expect(await sendMany(100, () => comeBack(id, forged))).toEqual({ 403: 30, 429: 70 });
    expect((await comeBack(id, signed)).statusCode).toBe(200);
  });
});

describe('calls that are not signed', () => {
  it('are limited by address, 3000 of them, and no genuine one is', async () => {
    const { id, signed } = await gateway.createSigned();
    const warned = () => service.logLines.filter((line) => line.includes('was refused')).length;
    const before = warned();
    const forged = { ...signed, control: '0'.repeat(40) };
    expect(await sendMany(TIMES, () => callback(forged, GATEWAY))).toEqual({ 403: 30, 429: 2970 });
    expect(warned() - before).toBe(30);
    expect(await kept(id)).toEqual([]);
    expect((await callback(signed, GATEWAY)).statusCode).toBe(200);
    expect(await kept(id)).toHaveLength(1);
  });

  it('of one network of IPv6 are counted together', async () => {
    const { signed } = await gateway.createSigned();
    const forged = { ...signed, control: '0'.repeat(40) };
    const answers = await sendMany(100, (index) =>
      callback(forged, `2001:db8:1:2::${index.toString(16)}`),
    );
    expect(answers).toEqual({ 403: 30, 429: 70 });
  });

  it('to an endpoint that is not configured are refused and limited', async () => {
    const answers = await sendMany(100, () =>
      service.server.inject({
        method: 'GET',
        url: '/callbacks/payneteasy/x',
        remoteAddress: ATTACKER,
      }),
    );
    expect(answers).toEqual({ 403: 30, 429: 70 });
  });
});

describe('the gateway', () => {
  it('is not limited, however many genuine callbacks come from its address', async () => {
    const texts: Signed[] = [];
    for (let index = 0; index < 200; index += 1) texts.push((await gateway.createSigned()).signed);
    for (const round of ['first', 'repeated']) {
      const answers = await Promise.all(texts.map((signed) => callback(signed, GATEWAY)));
      expect([round, ...answers.filter(({ statusCode }) => statusCode !== 200)]).toEqual([round]);
    }
  });

  it("is answered 200 about other systems' orders, and those that read in two ways are not kept", async () => {
    const before = outcomes['unknown_order'] ?? 0;
    const numeric = await sendMany(100, (index) =>
      callback(gateway.sign('approved', '1', `7${word(index)}`), GATEWAY),
    );
    expect(numeric).toEqual({ 200: 100 });
    const other = gateway.sign('approved', '1', 'shop-7');
    expect((await callback(other, GATEWAY)).statusCode).toBe(200);
    expect((outcomes['unknown_order'] ?? 0) - before).toBe(101);
    const rows = await service.database.query(
      'select client_order_id from callbacks where payout_id is null',
    );
    expect(rows).toEqual([{ client_order_id: 'shop-7' }]);
  });
});

it('every 429 is counted by what it was for', () => {
  expect(Object.keys(limited).toSorted()).toEqual(['callback', 'return']);
});
