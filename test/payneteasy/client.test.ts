import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import type { CallMeta } from '../../src/flow/gateway/gateway.ts';
import type { Outbound, OutboundRequest } from '../../src/lib/outbound/call.ts';
import { createGatewayClient, type GatewayClientDeps } from '../../src/payneteasy/client.ts';
import type { PayoutCheckOrder } from '../../src/payneteasy/payout-check-fields.ts';
import { percentEncode } from '../../src/payneteasy/signature.ts';
import { statusRequest } from './vectors.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const controlKey = 'B17F59B4-A7DC-41B4-8FF9-37D986B43D20';

const order: PayoutCheckOrder = {
  clientOrderId: 'po-0001',
  amount: '10.50',
  currency: 'USD',
  orderDesc: ' Bonus ',
  purpose: '',
  callbackUrl: 'https://payouts.example.com/callbacks/payneteasy/default',
  receiver: { first_name: 'José', bank_account: { account_number: '123412341234' } },
};

const answer: Outbound = {
  kind: 'answered',
  httpStatus: 200,
  headers: { contentType: 'text/html', retryAfter: '2', date: 'Sat, 21 Nov 2026 10:00:00 GMT' },
  body: 'type=async-response\n&serial-number=s-1\n&paynet-order-id=6768788\n',
  durationMs: 12,
};

/** A client whose calls are kept and answered with `reply`. */
function client(more: Partial<GatewayClientDeps> = {}, reply: Outbound = answer) {
  const calls: OutboundRequest[] = [];
  let nonces = 0;
  const gateway = createGatewayClient({
    outbound: {
      send: (request) => {
        calls.push(request);
        return Promise.resolve(reply);
      },
    },
    baseUrl: 'https://sandbox.payneteasy.com/paynet/',
    endpoint: { kind: 'endpoint', id: '39915' },
    login: 'merchantlogin',
    controlKey,
    privateKey,
    accept: 'form',
    loginInCheck: false,
    clock: { now: () => 1_795_219_200_999 },
    randomHex: (bytes) => (nonces++).toString().padStart(bytes * 2, '0'),
    ...more,
  });
  return { gateway, calls };
}

const yes = () => true;
const fieldsOf = (call: OutboundRequest | undefined) =>
  Object.fromEntries(new URLSearchParams(call?.body));

test('payout-check sends the order in the gateway names, signed, and says what came', async () => {
  const { gateway, calls } = client();
  expect(await gateway.preparePayoutCheck(order).send(yes)).toEqual({
    verdict: { kind: 'accepted', orderId: '6768788', serialNumber: 's-1' },
    meta: {
      durationMs: 12,
      httpStatus: 200,
      serialNumber: 's-1',
      accessRefused: false,
      dateHeader: 'Sat, 21 Nov 2026 10:00:00 GMT',
      retryAfterMs: 2_000,
    },
  });
  const [call] = calls;
  expect(String(call?.url)).toBe('https://sandbox.payneteasy.com/paynet/api/v4/payout-check/39915');
  expect(call?.mayStillSend).toBe(yes);
  expect(call?.headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded' });
  expect(call?.headers).not.toHaveProperty('accept');
  expect(fieldsOf(call)).toEqual({
    client_orderid: 'po-0001',
    amount: '10.50',
    currency: 'USD',
    order_desc: 'Bonus',
    first_name: 'José',
    account_number: '123412341234',
    server_callback_url: 'https://payouts.example.com/callbacks/payneteasy/default',
  });
});

test('what is signed is what is sent, anew for every send', async () => {
  const { gateway, calls } = client();
  const prepared = gateway.preparePayoutPay({ clientOrderId: 'po-0001', orderId: '6768788' });
  await prepared.send(yes);
  await prepared.send(yes);
  const headers = calls.map((call) => call.headers.authorization ?? '');
  for (const [index, header] of headers.entries()) {
    const oauth = [...header.matchAll(/(oauth_\w+)="([^"]*)"/g)].map(([, name, value]) => [
      name,
      decodeURIComponent(value ?? ''),
    ]);
    const signature = oauth.find(([name]) => name === 'oauth_signature')?.[1] ?? '';
    const parameters = [...Object.entries(fieldsOf(calls[index])), ...oauth]
      .filter(([name]) => name !== 'oauth_signature')
      .map(([name, value]) => `${percentEncode(name ?? '')}=${percentEncode(value ?? '')}`)
      .sort();
    const url = 'https://sandbox.payneteasy.com/paynet/api/v4/payout-pay/39915';
    const base = ['POST', url, parameters.join('&')].map(percentEncode).join('&');
    const publicKey = createPublicKey(privateKey);
    expect(verify('sha256', Buffer.from(base), publicKey, Buffer.from(signature, 'base64'))).toBe(
      true,
    );
    expect(header).toContain('oauth_timestamp="1795219200"');
    expect(header).toMatch(/oauth_nonce="\d{32}"/);
  }
  expect(new Set(headers).size).toBe(2);
  expect(calls[0]?.body).toBe('client_orderid=po-0001&orderid=6768788&login=merchantlogin');
});

test('v2/status has the control in its body and no Authorization header', async () => {
  const { gateway, calls } = client();
  await gateway.status({ clientOrderId: 'po-0001', orderId: '6768788' });
  expect(new URL(String(calls[0]?.url)).pathname).toBe(statusRequest?.path);
  expect(calls[0]?.body).toBe(statusRequest?.body);
  expect(calls[0]?.headers).not.toHaveProperty('authorization');
});

test('v2/status without a known order id leaves it out of body and control', async () => {
  const { gateway, calls } = client();
  await gateway.status({ clientOrderId: 'po-0001', orderId: null });
  expect(calls[0]?.body).toBe(
    'login=merchantlogin&client_orderid=po-0001&control=e1d8a499ca02e1c732e22ad16f6bb5164ee5f100',
  );
});

test('an endpoint group has its own paths', async () => {
  const { gateway, calls } = client({ endpoint: { kind: 'group', id: '7001' } });
  await gateway.preparePayoutCheck(order).send(yes);
  await gateway.status({ clientOrderId: 'po-0001', orderId: null });
  expect(calls.map(({ url }) => new URL(url).pathname)).toEqual([
    '/paynet/api/v4/payout-check/group/7001',
    '/paynet/api/v2/status/group/7001',
  ]);
});

test('JSON and a login in payout-check are asked for only when configured', async () => {
  const { gateway, calls } = client({ accept: 'json', loginInCheck: true });
  await gateway.preparePayoutCheck(order).send(yes);
  expect(calls[0]?.headers.accept).toBe('application/vnd.pay+json');
  expect(fieldsOf(calls[0]).login).toBe('merchantlogin');
});

test('every field of a receiver has its gateway name', async () => {
  const { gateway, calls } = client();
  const receiver = {
    first_name: 'a',
    last_name: 'b',
    email: 'c',
    phone: 'd',
    ip_address: 'e',
    bank_account: {
      account_number: 'f',
      account_name: 'g',
      bank_name: 'h',
      bank_branch: 'i',
      bank_code: 'j',
      routing_number: 'k',
      bank_city: 'l',
      bank_province: 'm',
      bank_area: 'n',
      bank_address: 'o',
      bank_zip_code: 'p',
    },
    card: { number: 'q', printed_name: 'r', expire_month: 3, expire_year: 2030, card_ref_id: 's' },
  };
  const whole = { ...order, receiver, purpose: 't', redirectUrl: 'https://u' };
  await gateway.preparePayoutCheck(whole).send(yes);
  expect(fieldsOf(calls[0])).toMatchObject({
    first_name: 'a',
    last_name: 'b',
    email: 'c',
    phone: 'd',
    ipaddress: 'e',
    account_number: 'f',
    account_name: 'g',
    bank_name: 'h',
    bank_branch: 'i',
    bank_code: 'j',
    routing_number: 'k',
    bank_city: 'l',
    bank_province: 'm',
    bank_area: 'n',
    bank_address1: 'o',
    bank_zip_code: 'p',
    credit_card_number: 'q',
    card_printed_name: 'r',
    expire_month: '03',
    expire_year: '2030',
    'destination-card-ref-id': 's',
    purpose: 't',
    redirect_url: 'https://u',
  });
});

describe('the request hash', () => {
  test('is the same for the same request and differs with command, body and key', () => {
    const { gateway } = client();
    const hash = gateway.preparePayoutCheck(order).requestHash;
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(client().gateway.preparePayoutCheck({ ...order }).requestHash).toBe(hash);
    const others = [
      gateway.preparePayoutCheck({ ...order, amount: '10.51' }).requestHash,
      gateway.preparePayoutPay({ clientOrderId: 'po-0001', orderId: '1' }).requestHash,
      client({ controlKey: 'other' }).gateway.preparePayoutCheck(order).requestHash,
      client({ endpoint: { kind: 'endpoint', id: '1' } }).gateway.preparePayoutCheck(order)
        .requestHash,
    ];
    expect(new Set([hash, ...others]).size).toBe(5);
  });
});

async function metaOf(reply: Outbound): Promise<CallMeta> {
  const { gateway } = client({}, reply);
  return (await gateway.status({ clientOrderId: 'po-0001', orderId: null })).meta;
}

describe('the meta of a call', () => {
  const nothing = {
    serialNumber: null,
    accessRefused: false,
    dateHeader: null,
    retryAfterMs: null,
    durationMs: 3,
  };

  test('of a call without an answer holds what is known', async () => {
    expect(await metaOf({ kind: 'not_sent', cause: 'tls', durationMs: 3 })).toEqual({
      ...nothing,
      httpStatus: null,
    });
    const cut: Outbound = { kind: 'unknown', cause: 'body_cut', httpStatus: 200, durationMs: 3 };
    expect(await metaOf(cut)).toEqual({ ...nothing, httpStatus: 200 });
  });

  test('reads Retry-After next to the Date of the same answer', async () => {
    const headers = {
      contentType: null,
      date: 'Sat, 21 Nov 2026 10:00:00 GMT',
      retryAfter: 'Sat, 21 Nov 2026 10:00:30 GMT',
    };
    const reply: Outbound = { ...answer, httpStatus: 429, body: '<html>', headers };
    expect((await metaOf(reply)).retryAfterMs).toBe(30_000);
  });

  test.each([
    [200, false],
    [401, true],
    [403, true],
    [404, false],
    [429, false],
    [500, false],
  ])('of HTTP %i says whether access is refused: %s', async (httpStatus, accessRefused) => {
    expect(await metaOf({ ...answer, httpStatus, body: '<html>' })).toMatchObject({
      accessRefused,
    });
  });
});

test.each([
  [
    'an IBAN of 31 with spaces',
    'MT84 MALT 0110 0001 2345 MTLC AST0 01S',
    'MT84MALT011000012345MTLCAST001S',
  ],
  [
    'an IBAN with no-break spaces',
    'GB29\u00a0NWBK\u00a06016\u00a01331\u00a09268\u00a019',
    'GB29NWBK60161331926819',
  ],
  ['an IBAN without spaces', 'DE89370400440532013000', 'DE89370400440532013000'],
  ['an IBAN with a wrong check', 'DE88 3704 0044 0532 0130 00', 'DE88 3704 0044 0532 0130 00'],
  ['another number', '12 3456 789', '12 3456 789'],
])('%s is sent as its electronic form, and another number as it is', async (_what, given, sent) => {
  const { gateway, calls } = client();
  const receiver = { bank_account: { account_number: given } };
  await gateway.preparePayoutCheck({ ...order, receiver }).send(yes);
  expect(fieldsOf(calls[0])['account_number']).toBe(sent);
});
