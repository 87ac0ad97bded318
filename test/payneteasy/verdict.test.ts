import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Outbound } from '../../src/lib/outbound/call.ts';
import { readAnswer } from '../../src/payneteasy/reply.ts';
import { checkVerdict, payVerdict, statusVerdict } from '../../src/payneteasy/verdict.ts';
import { response } from './vectors.ts';

const ids = { clientOrderId: 'po-0001', orderId: '6768788' };
const form = 'text/html;charset=utf-8';
const json = 'application/vnd.pay+json';

function answered(body: string, httpStatus = 200, contentType = form): Outbound {
  const headers = { contentType, retryAfter: null, date: null };
  return { kind: 'answered', httpStatus, headers, body, durationMs: 1 };
}

function example(id: string): Outbound {
  const { raw, httpStatus, contentType } = response(id);
  return answered(raw, httpStatus, contentType);
}

const check = (answer: Outbound, sent = ids.clientOrderId) =>
  checkVerdict(readAnswer(answer), sent);
const pay = (answer: Outbound) => payVerdict(readAnswer(answer), ids);
const status = (answer: Outbound, asked: { clientOrderId: string; orderId: string | null } = ids) =>
  statusVerdict(readAnswer(answer), asked);

const taken = 'type=async-response\n&serial-number=s-1\n&merchant-order-id=po-0001\n';
const orders = 'merchant-order-id=po-0001&paynet-order-id=6768788';

describe('whatever the command', () => {
  test.each([401, 403, 404, 408, 425, 429])('HTTP %i is a rejection, also with a body', (code) => {
    for (const body of ['', `type=validation-error&${orders}`, `type=status-response&${orders}`]) {
      const answer = answered(body, code);
      const expected = { kind: 'turned_away', httpStatus: code };
      expect([check(answer), pay(answer), status(answer)]).toEqual([expected, expected, expected]);
    }
  });

  test.each([
    [answered(`${taken}&paynet-order-id=6768788&status=approved`, 500), 'http_500'],
    [answered(`type=validation-error&${orders}`, 503), 'http_503'],
    [answered(`${taken}&paynet-order-id=6768788`, 302), 'redirected'],
    [answered(`${taken}&paynet-order-id=6768788`, 400), 'http_400'],
    [answered('error-message=Bad+request&error-code=1', 400), 'http_400'],
    [answered('{"status":400,"error":"Bad Request"}', 400, 'application/json'), 'http_400'],
    [answered(''), 'unreadable'],
    [answered('<html>type=async-response</html>'), 'unreadable'],
    [{ kind: 'unknown', cause: 'reset', durationMs: 1 }, 'reset'],
  ] as [Outbound, string][])('%j decides nothing', (answer, cause) => {
    expect(check(answer)).toEqual({ kind: 'unknown', cause });
    expect(pay(answer)).toEqual({ kind: 'unknown', cause });
    expect(status(answer)).toEqual({ kind: 'failed', cause });
  });

  test('a call that was not sent is said to be so', () => {
    const answer: Outbound = { kind: 'not_sent', cause: 'too_late', durationMs: 1 };
    expect(check(answer)).toEqual({ kind: 'not_sent', cause: 'too_late' });
    expect(pay(answer)).toEqual({ kind: 'not_sent', cause: 'too_late' });
    expect(status(answer)).toEqual({ kind: 'failed', cause: 'too_late' });
  });

  test.each([
    `${taken}&paynet-order-id=6768788&paynet-order-id=6768789`,
    `${taken}&paynet-order-id=6768788&type=validation-error`,
    `type=status-response&${orders}&status=processing&order-stage=payout_check_validated&` +
      'paynet-order-id=6768789&status=approved&order-stage=payout_approved',
    `type=status-response&${orders}&status=declined&status=processing`,
    `type=status-response&${orders}&status=processing&amount=1.00&amount=2.00`,
    `type=validation-error&error-code=7&error-code=8&${orders}`,
    '{"type":"async-response","merchant-order-id":"po-0001","paynet-order-id":"6768788",' +
      '"paynet-order-id":"6768789"}',
    '{"type":"status-response","merchant-order-id":"po-0001","paynet-order-id":"6768788",' +
      '"status":"processing","status":"approved"}',
  ])('a reply that contradicts itself decides nothing: %s', (body) => {
    const cause = 'contradictory';
    expect(check(answered(body))).toEqual({ kind: 'unknown', cause });
    expect(pay(answered(body))).toEqual({ kind: 'unknown', cause });
    expect(status(answered(body))).toEqual({ kind: 'failed', cause });
  });

  test('garbage that looks like a page never becomes an outcome', () => {
    const field = fc.constantFrom(
      'type=async-response',
      'type=validation-error',
      'type=status-response',
      'status=approved',
      'merchant-order-id=po-0001',
      'paynet-order-id=6768788',
    );
    const piece = fc.oneof(field, fc.string(), fc.constantFrom('<p>', '</a>', '{', '"', '\n', '&'));
    const page = fc
      .tuple(fc.constantFrom('<html>', '\n<!DOCTYPE html>', 'Oops <a href="?'), fc.array(piece))
      .map(([start, pieces]) => start + pieces.join('&'));
    fc.assert(
      fc.property(page, fc.constantFrom(200, 400, 422, 502), (body, code) => {
        const answer = answered(body, code);
        expect([check(answer).kind, pay(answer).kind]).toEqual(['unknown', 'unknown']);
        expect(status(answer).kind).toBe('failed');
      }),
    );
  });

  test('no body and no HTTP status makes a verdict throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 200, max: 599 }), (body, code) => {
        const answer = answered(`type=${body}`, code);
        expect([check(answer).kind, pay(answer).kind, status(answer).kind]).toHaveLength(3);
      }),
    );
  });
});

describe('a payout-check', () => {
  test.each(['resp-async-openapi-form', 'resp-async-openapi-json'])('is accepted: %s', (id) => {
    expect(check(example(id), 'inv4097763')).toEqual({
      kind: 'accepted',
      orderId: '6768788',
      serialNumber: '00000000-0000-0000-0000-000002d9b22a',
    });
  });

  test('is accepted without an echo of our id', () => {
    const answer = answered('type=async-response&paynet-order-id=1');
    expect(check(answer)).toEqual({ kind: 'accepted', orderId: '1', serialNumber: null });
  });

  test.each([
    ['resp-rejected-form', '7', 'Invalid amount'],
    ['resp-rejected-json', '1', 'Unknown login x.'],
  ])('is refused: %s', (id, code, message) => {
    expect(check(example(id))).toEqual({ kind: 'refused', code, message });
  });

  test('is refused by a JSON 4xx that names no type but an error message', () => {
    const answer = answered('{"error-message":"null","error-code":5}', 422, json);
    expect(check(answer)).toEqual({ kind: 'refused', code: '5', message: null });
  });

  test.each([
    [`type=validation-error&paynet-order-id=5`, 'rejected_with_order'],
    [`type=validation-error&merchant-order-id=po-2`, 'other_order'],
    ['type=error&error-code=9', 'error:9'],
    ['type=error&error-code=<b>', 'error'],
    ['type=async-response', 'no_order_id'],
    ['type=async-response&paynet-order-id=<b>1</b>', 'no_order_id'],
    ['type=async-response&paynet-order-id=1&merchant-order-id=po-2', 'other_order'],
    [`type=status-response&status=approved&${orders}`, 'unexpected_type'],
    ['status=approved&paynet-order-id=1', 'unexpected_type'],
  ])('is unknown after %s', (body, cause) => {
    expect(check(answered(body))).toEqual({ kind: 'unknown', cause });
  });
});

describe('a payout-pay', () => {
  test('is accepted by an async-response', () => {
    expect(pay(answered(`${taken}&paynet-order-id=6768788\n`))).toEqual({
      kind: 'accepted',
      orderId: '6768788',
      serialNumber: 's-1',
    });
    expect(pay(answered(taken))).toMatchObject({ kind: 'accepted', orderId: null });
  });

  test('hands over another gateway order of ours, for the core to raise', () => {
    const answer = answered(`${taken}&paynet-order-id=7`);
    expect(pay(answer)).toMatchObject({ kind: 'accepted', orderId: '7' });
  });

  test.each([
    ['type=validation-error&error-code=7&error-message=x', 'validation_error:7'],
    ['type=error', 'error'],
    ['type=async-response&merchant-order-id=po-2&paynet-order-id=6768788', 'other_order'],
    ['type=async-response&paynet-order-id=7', 'other_order'],
    [`type=status-response&status=declined&${orders}`, 'unexpected_type'],
  ])('is unknown after %s', (body, cause) => {
    expect(pay(answered(body))).toEqual({ kind: 'unknown', cause });
  });
});

describe('a status request', () => {
  test.each([
    ['resp-status-check-validating', 'processing', 'payout_check_validating'],
    ['resp-status-check-validated', 'processing', 'payout_check_validated'],
    ['resp-status-redirect-to', 'processing', 'payout_processing'],
    ['resp-status-approved', 'approved', 'payout_approved'],
    ['resp-status-declined', 'declined', 'payout_declined'],
  ])('is reported: %s', (id, word, stage) => {
    expect(status(example(id))).toMatchObject({
      kind: 'reported',
      reply: { status: word, stage, orderId: '6768788', clientOrderId: 'po-0001' },
    });
  });

  test('is reported with every field, in lower case where it is a word of the protocol', () => {
    const body =
      `type=Status-Response\n&status=Declined\n&order-stage=PAYOUT_DECLINED\n&${orders}\n` +
      '&amount=10.50\n&currency=USD\n&processor-tx-id=PT-1\n&transaction-type=payout\n' +
      '&error-message=Declined+by+bank\n&error-code=3\n&serial-number=s-1\n' +
      '&redirect-to=https%3A%2F%2Fa.example%2F%3Fb%3D1\n';
    expect(status(answered(body))).toEqual({
      kind: 'reported',
      reply: {
        status: 'declined',
        stage: 'payout_declined',
        orderId: '6768788',
        clientOrderId: 'po-0001',
        amount: '10.50',
        currency: 'USD',
        redirectTo: 'https://a.example/?b=1',
        processorTxId: 'PT-1',
        transactionType: 'payout',
        errorCode: '3',
        errorMessage: 'Declined by bank',
      },
    });
  });

  test('reads a missing status as processing, and a missing type next to a status as none needed', () => {
    const processing = { kind: 'reported', reply: { status: 'processing', stage: null } };
    expect(status(answered(`type=status-response&${orders}`))).toMatchObject(processing);
    const staged = `type=status-response&${orders}&order-stage=payout_check_validated`;
    expect(status(answered(staged))).toMatchObject(processing);
    const untyped = status(answered(`status=approved&${orders}`));
    expect(untyped).toMatchObject({ kind: 'reported', reply: { status: 'approved' } });
  });

  test.each(['null', 'NULL', ''])('reads the error message "%s" as none', (text) => {
    const body = `type=status-response&${orders}&error-message=${text}`;
    expect(status(answered(body))).toMatchObject({ reply: { errorMessage: null } });
  });

  test('reads the word null as none wherever a value may be absent', () => {
    const body =
      `type=status-response&status=processing&${orders}&amount=null&` +
      'currency=NULL&processor-tx-id=null&transaction-type=null&serial-number=null';
    expect(status(answered(body))).toMatchObject({
      reply: {
        amount: null,
        currency: null,
        processorTxId: null,
        transactionType: null,
      },
    });
  });

  test('reads no order from the word null', () => {
    const asked = { clientOrderId: 'po-0001', orderId: null };
    const body = 'status=processing&merchant-order-id=po-0001&paynet-order-id=null';
    expect(status(answered(body), asked)).toMatchObject({ reply: { orderId: null } });
    const checked = answered('type=async-response&paynet-order-id=null');
    expect(check(checked)).toEqual({ kind: 'unknown', cause: 'no_order_id' });
  });

  test.each(['javascript:alert(1)', '/relative', 'data:text/html,x'])(
    'passes on no redirect to %s',
    (address) => {
      const body = `type=status-response&${orders}&redirect-to=${encodeURIComponent(address)}`;
      expect(status(answered(body))).toMatchObject({ reply: { redirectTo: null } });
    },
  );

  test('hands over another gateway order of ours, for the core to raise', () => {
    const body = 'status=approved&merchant-order-id=po-0001&paynet-order-id=7';
    expect(status(answered(body))).toMatchObject({ kind: 'reported', reply: { orderId: '7' } });
  });

  test('finds an order by our id alone', () => {
    const asked = { clientOrderId: 'po-0001', orderId: null };
    expect(status(answered(`status=processing&${orders}`), asked)).toMatchObject({
      kind: 'reported',
      reply: { orderId: '6768788' },
    });
    const nameless = answered('status=processing&paynet-order-id=6768788');
    expect(status(nameless, asked)).toEqual({ kind: 'failed', cause: 'no_order_ids' });
  });

  test.each(['resp-rejected-form', 'resp-rejected-json'])('is refused: %s', (id) => {
    expect(status(example(id))).toMatchObject({ kind: 'refused', code: expect.any(String) });
  });

  test.each([
    ['type=error&error-code=9', 'error:9'],
    ['type=status-response&status=approved', 'no_order_ids'],
    ['status=approved&merchant-order-id=po-2&paynet-order-id=6768788', 'other_order'],
    ['status=approved&paynet-order-id=7', 'other_order'],
    ['type=validation-error&merchant-order-id=po-2', 'other_order'],
    [`type=async-response&${orders}`, 'unexpected_type'],
    [`type=sale-response&status=approved&${orders}`, 'unexpected_type'],
  ])('fails after %s', (body, cause) => {
    expect(status(answered(body))).toEqual({ kind: 'failed', cause });
  });
});
