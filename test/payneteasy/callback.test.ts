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
      callback: { orderId: '6768788', clientOrderId: 'po-0001', type: 'payout', later: false },
    });
  });

  test('with its signed fields, whichever way their names are spelt, and no unsigned text', () => {
    const more = 'type=Payout&amount=1.0&currency=USD&error-code=3&error_message=Declined+by+bank';
    expect(check(`${signed.replace('client_orderid', 'client-orderid')}&${more}`)).toEqual({
      kind: 'verified',
      callback: {
        status: 'approved',
        orderId: '6768788',
        clientOrderId: 'po-0001',
        type: 'payout',
        later: false,
      },
    });
  });

  test.each([
    ['', null, false],
    ['reversal', 'reversal', true],
    ['Partial-Reversal', 'partial-reversal', true],
    ['charge_back', 'charge_back', false],
    ['x'.repeat(33), null, false],
    ['4111 1111 1111 1111', null, false],
    ['a chargeback of Ada Lovelace', null, true],
  ])('with the type %j as a short word or none', (sent, type, later) => {
    const query = `${signed}&${new URLSearchParams({ type: sent }).toString()}`;
    expect(check(query)).toMatchObject({ kind: 'verified', callback: { type, later } });
  });

  test('with merchant_order in place of client_orderid', () => {
    expect(check(signed.replace('client_orderid', 'merchant_order'))).toMatchObject({
      kind: 'verified',
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

/** A query as a holder of the key would sign it. */
const signedAs = (status: string, orderid: string, clientOrderId: string) =>
  new URLSearchParams({
    status,
    orderid,
    client_orderid: clientOrderId,
    control: callbackControl({ status, orderId: orderid, clientOrderId, controlKey: key }),
  }).toString();

const OURS = 'po_01kxxxxxxxxxxxxxxxxxxxxxxx';

describe('what was signed reads in one way only', () => {
  test.each([
    ['the first digit of the order as the last of the status', 'approved6', '768788', OURS],
    ['the last letter of the status as the first of the order', 'approve', 'd6768788', OURS],
    ['the first letter of our id as the last of the order', 'approved', '6768788p', OURS.slice(1)],
  ])('so that %s is refused', (_name, status, orderId, clientOrderId) => {
    const genuine = callbackControl({
      status: 'approved',
      orderId: '6768788',
      clientOrderId: OURS,
      controlKey: key,
    });
    expect(callbackControl({ status, orderId, clientOrderId, controlKey: key })).toBe(genuine);
    const query = signedAs(status, orderId, clientOrderId);
    expect(check(query)).toEqual({ kind: 'refused', reason: 'wrong_form' });
    expect(checkReturn(query)).toEqual({ kind: 'refused', reason: 'wrong_form' });
  });

  test("so that a last digit of the order before our id makes it another merchant's", () => {
    expect(check(signedAs('approved', '6768788', OURS))).toMatchObject({ kind: 'verified' });
    const moved = signedAs('approved', '676878', `8${OURS}`);
    expect(check(moved)).toEqual({ kind: 'ambiguous' });
    expect(checkReturn(moved)).toEqual({ kind: 'ambiguous' });
  });

  test.each([
    ['a status with a space', 'approved ', '1', OURS],
    ['a status of 33 letters', 'a'.repeat(33), '1', OURS],
    ['an order with a leading zero', 'approved', '01', OURS],
    ['an order of 21 digits', 'approved', '1'.repeat(21), OURS],
    ['an order in other digits', 'approved', '١٢٣', OURS],
    ['a line break after the order', 'approved', '1\n', OURS],
  ])('and %s is refused', (_name, status, orderId, clientOrderId) => {
    const query = signedAs(status, orderId, clientOrderId);
    expect(check(query)).toEqual({ kind: 'refused', reason: 'wrong_form' });
  });

  test.each([`${OURS}\n`, 'po 1', `p${'o'.repeat(128)}`, '_1', 'é1'])(
    'and %j is an id that is not read',
    (clientOrderId) => {
      expect(check(signedAs('approved', '1', clientOrderId))).toEqual({ kind: 'ambiguous' });
    },
  );

  const part = fc.string({
    unit: fc.constantFrom('a', 'Z', '_', 'p', '-', '0', '1'),
  });
  type Triple = readonly [status: string, orderId: string, clientOrderId: string];

  test('however a signed text is cut into three, at most one cut is accepted', () => {
    const cutsOf = (text: string): Triple[] => {
      const ends = Array.from({ length: text.length + 1 }, (_, place) => place);
      return ends.flatMap((first) =>
        ends
          .filter((second) => second >= first)
          .map((second) => [text.slice(0, first), text.slice(first, second), text.slice(second)]),
      ) as Triple[];
    };
    const accepts = (triple: Triple) => check(signedAs(...triple)).kind === 'verified';
    const status = fc.stringMatching(/^[aZ_]{1,4}$/);
    const orderId = fc.stringMatching(/^[019]{1,4}$/);
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.oneof(fc.tuple(status, orderId, part), fc.tuple(part, part, part)),
        (parts) => {
          const found = cutsOf(parts.join('')).filter(accepts);
          accepted += found.length;
          return found.length <= 1;
        },
      ),
    );
    expect(accepted).toBeGreaterThan(5);
  });

  test('an accepted triple comes out as it was signed, but for the case of its status', () => {
    const status = fc.stringMatching(/^[A-Za-z_]{1,32}$/);
    const orderId = fc.stringMatching(/^[1-9][0-9]{0,19}$/);
    const clientOrderId = fc.stringMatching(/^(po_[0-9a-z]{26}|p_[a-z2-7]{32})$/);
    fc.assert(
      fc.property(status, orderId, clientOrderId, (...triple) => {
        expect(check(signedAs(...triple))).toMatchObject({
          kind: 'verified',
          callback: {
            status: triple[0].toLowerCase(),
            orderId: triple[1],
            clientOrderId: triple[2],
          },
        });
      }),
    );
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
