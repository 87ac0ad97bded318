import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { verifyCallback, verifyReturn } from '../../src/payneteasy/callback.ts';
import { callbackControl, isSameControl, statusControl } from '../../src/payneteasy/control.ts';
import { callbacks, controlsOf, pairs, tamperedControls } from './vectors.ts';

const key = 'B17F59B4-A7DC-41B4-8FF9-37D986B43D20';
const control = '501fcf957aaddb4192187b1cf7f46c0d092417d2';
const signed = `status=approved&orderid=6768788&client_orderid=po-0001&control=${control}`;

const check = (query: string, body: string | null = null) =>
  verifyCallback(
    { query: new URLSearchParams(query), body: body === null ? null : new URLSearchParams(body) },
    key,
  );

const checkReturn = (body: string) =>
  verifyReturn({ query: new URLSearchParams(), body: new URLSearchParams(body) }, key);

describe('control', () => {
  test.each(controlsOf('v2/status'))('of a status request: $id', ({ parts, expected }) => {
    const made = statusControl({
      login: parts.login ?? '',
      clientOrderId: parts.client_orderid ?? '',
      orderId: parts.orderid === '' ? null : (parts.orderid ?? null),
      controlKey: parts.merchant_control ?? '',
    });
    expect(made).toBe(expected);
  });

  test.each(controlsOf('callback'))('of a callback: $id', ({ parts, expected }) => {
    const made = callbackControl({
      status: parts.status ?? '',
      orderId: parts.orderid ?? '',
      clientOrderId: parts.client_orderid ?? parts.merchant_order ?? '',
      controlKey: parts.merchant_control ?? '',
    });
    expect(made).toBe(expected);
  });

  test('is the same in capitals, and another text of any length is another one', () => {
    expect(isSameControl(control, control.toUpperCase())).toBe(true);
    fc.assert(fc.property(fc.string(), (text) => !isSameControl(control, text)));
  });
});

describe('a callback is verified', () => {
  test.each(callbacks)('in $id', ({ query, controlKey }) => {
    const received = { query: new URLSearchParams(query), body: null };
    expect(verifyCallback(received, controlKey)).toMatchObject({
      kind: 'verified',
      callback: { orderId: '6768788', clientOrderId: 'po-0001', type: 'payout', amount: '10.50' },
    });
  });

  test('with its fields, whichever way their names are spelt', () => {
    const more = 'type=payout&amount=1.0&currency=USD&error-code=3&error_message=Declined+by+bank';
    expect(check(`${signed.replace('client_orderid', 'client-orderid')}&${more}`)).toEqual({
      kind: 'verified',
      callback: {
        status: 'approved',
        orderId: '6768788',
        clientOrderId: 'po-0001',
        type: 'payout',
        amount: '1.0',
        currency: 'USD',
        errorCode: '3',
        errorMessage: 'Declined by bank',
      },
    });
  });

  test('with merchant_order in place of client_orderid', () => {
    expect(check(signed.replace('client_orderid', 'merchant_order'))).toMatchObject({
      kind: 'verified',
    });
  });

  test('with a missing field as null, and the text null as none', () => {
    expect(check(`${signed}&error_message=null&amount=`)).toMatchObject({
      callback: { errorMessage: null, errorCode: null, amount: null, type: null },
    });
  });

  test('from the POST body when both carry parameters, and from the query when only that does', () => {
    expect(check('status=declined', signed)).toMatchObject({ kind: 'verified' });
    expect(check(signed, 'status=declined')).toEqual({ kind: 'refused', reason: 'missing_field' });
    expect(check(signed, '')).toMatchObject({ kind: 'verified' });
  });
});

describe('a callback is refused', () => {
  test.each(tamperedControls)('in $id', ({ input, merchantControl }) => {
    const received = { query: new URLSearchParams(pairs(input)), body: null };
    expect(verifyCallback(received, merchantControl)).toMatchObject({ kind: 'refused' });
  });

  test('when all signed fields are empty, though its control is right', () => {
    const emptyControl = '1a66987ac24e927ff2979f83a41cb818936a9e62';
    const query = `status=&orderid=&merchant_order=&client_orderid=&control=${emptyControl}`;
    const received = { query: new URLSearchParams(query), body: null };
    expect(verifyCallback(received, 'test-merchant-control')).toEqual({
      kind: 'refused',
      reason: 'missing_field',
    });
  });

  test.each(['status', 'orderid', 'client_orderid', 'control'])('without %s', (name) => {
    const query = new URLSearchParams(signed);
    query.delete(name);
    expect(check(query.toString())).toEqual({ kind: 'refused', reason: 'missing_field' });
  });

  test('when the two names of our order disagree', () => {
    expect(check(`${signed}&merchant_order=po-0002`)).toEqual({
      kind: 'refused',
      reason: 'order_ids_disagree',
    });
  });

  test.each([
    ['wrong_control', signed.replace('approved', 'Approved')],
    ['wrong_control', signed.replace('po-0001', 'po-0001+')],
    ['wrong_control', signed.replace(control, 'short')],
    ['repeated_parameter', `${signed}&status=declined`],
    ['repeated_parameter', `${signed}&comment=a&comment=b`],
    ['repeated_parameter', `${signed}&client-orderid=po-0002`],
    ['too_long', `${signed}&comment=${'x'.repeat(3_000)}`],
    ['too_long', `${signed}&${'x'.repeat(200)}=1`],
    ['too_many_parameters', signed + Array.from({ length: 100 }, (_, i) => `&a${i}=1`).join('')],
  ])('as %s (case %#)', (reason, query) => {
    expect(check(query)).toEqual({ kind: 'refused', reason });
  });

  test('whatever else it is, without throwing', () => {
    const refused = (query: string) => {
      expect(check(query).kind).toBe('refused');
    };
    fc.assert(fc.property(fc.webQueryParameters(), refused));
  });
});

describe("a receiver's return", () => {
  test('is verified with the same control', () => {
    expect(checkReturn(`${signed}&error_message=null`)).toEqual({
      kind: 'verified',
      return: { status: 'approved', orderId: '6768788', clientOrderId: 'po-0001' },
    });
  });

  test('is refused when it was changed', () => {
    expect(checkReturn(signed.replace('6768788', '6768789'))).toMatchObject({ kind: 'refused' });
  });
});
