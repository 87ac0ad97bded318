/**
 * Every status of a payout meets every letter of the cashier over HTTP: the answer, what becomes of
 * the payout, and the attention it leaves, compared with one table.
 */

import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AttentionCode, factsOfAttention } from '../../../src/payout/model/attention.ts';
import { attentionFacts } from '../../../src/payout/model/attention-facts.ts';
import { type Letter, letters } from '../../../src/payout/model/letter.ts';
import { type Status, statuses } from '../../../src/payout/model/status.ts';
import { type CashierApp, createCashierApp, OPEN } from '../../support/cashier-app.ts';
import { storyIn } from '../../support/payouts.ts';

type Cell = {
  answer: 0 | 4;
  /** Unchanged where left out. */
  status?: Status;
  attention?: AttentionCode;
};

const row = (A: Cell, P: Cell, Y: Cell, J: Cell, C: Cell): Record<Letter, Cell> => ({
  A,
  P,
  Y,
  J,
  C,
});
const yes: Cell = { answer: 0 };
const no: Cell = { answer: 4, attention: 'cashier_contradicts' };
const loudNo: Cell = { answer: 4, attention: 'cashier_contradicts_payment' };
const withheld: Cell = { answer: 0, attention: 'paid_elsewhere' };
const rejected: Cell = { answer: 0, status: 'rejected' };
const canceled: Cell = { answer: 0, status: 'canceled' };

const beforePay = row(yes, yes, withheld, rejected, canceled);
const afterPay = row(yes, yes, yes, no, no);
const approved = row(yes, yes, yes, loudNo, loudNo);
const otherFinal = row(no, no, loudNo, yes, yes);

const expected: Record<Status, Record<Letter, Cell>> = {
  requested: beforePay,
  checking: beforePay,
  bank_confirming: beforePay,
  bank_confirmed: beforePay,
  paying: afterPay,
  processing: afterPay,
  awaiting_receiver: afterPay,
  approved,
  declined: otherFinal,
  filtered: otherFinal,
  error: otherFinal,
  canceled: otherFinal,
  rejected: otherFinal,
  expired: otherFinal,
};

it('raises an item for every refusal, and urgently where the cashier believes in another end', () => {
  const cells = statuses.flatMap((status) => letters.map((letter) => expected[status][letter]));
  const severityOf = ({ attention }: Cell): string | null =>
    attention === undefined ? null : attentionFacts[attention].severity;
  const refusals = cells.filter(({ answer }) => answer === 4);
  expect(refusals).toHaveLength(6 + 2 + 18);
  expect(refusals.map(severityOf)).not.toContain(null);
  expect(cells.filter((cell) => cell === loudNo).map(severityOf)).toEqual(
    Array.from({ length: 2 + 6 }, () => 'urgent'),
  );
  expect([severityOf(no), severityOf(withheld), severityOf(yes)]).toEqual([
    'normal',
    'normal',
    null,
  ]);
});

const descriptions = {
  0: /^Update payout request success$/,
  4: /^Update payout request failed: the payout is [a-z_]+$/,
};

const call = ({ server }: CashierApp, reference: string, letter: string) =>
  request(server.server).post('/UpdatePayout').send({
    PIN: '7',
    FrontEndName: 'TEST EUR',
    SiteID: 170,
    ExtPayoutID: reference,
    Status: letter,
    UpdatedBy: 'till',
    Amount: 100.5,
    Currency: 'EUR',
  });

describe.each(statuses)('a payout that is %s', (status) => {
  let service: CashierApp;
  beforeAll(async () => {
    service = await createCashierApp();
  });
  afterAll(() => service.close());

  it.each(letters)('answers %s as the table says, however often it is sent', async (letter) => {
    const { answer, status: after = status, attention } = expected[status][letter];
    const before = storyIn[status]().payout;
    service.clock.advanceTo(before.statusSince + 1000);
    const { id, reference } = await service.put(before);
    for (const _repeat of ['first', 'second']) {
      const { body, headers, status: httpStatus } = await call(service, reference, letter);
      expect(httpStatus).toBe(200);
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(body).toEqual({
        Status: answer,
        Description: expect.stringMatching(descriptions[answer]),
      });
      const payout = await service.payout(id);
      expect(payout.status).toBe(after);
      const raised = payout.attention.map(({ code }) => code);
      const open = before.attention.map(({ code }) => code);
      expect(raised.filter((code) => !open.includes(code))).toEqual(
        attention === undefined ? [] : [attention],
      );
    }
    const calls = await service.database.query(
      'select letter, answer_status from cashier_calls where payout_id = $1',
      [id],
    );
    expect(calls).toEqual([
      { letter, answer_status: answer },
      { letter, answer_status: answer },
    ]);
  });
});

describe('where any caller may call as the cashier', () => {
  let service: CashierApp;
  beforeAll(async () => {
    service = await createCashierApp(OPEN);
  });
  afterAll(() => service.close());

  it.each([
    ['bank_confirmed', 'Y', 0],
    ['processing', 'C', 4],
    ['approved', 'J', 4],
    ['approved', 'C', 4],
    ['declined', 'Y', 4],
    ['canceled', 'Y', 4],
  ] as const)('a payout that is %s is shown no urgent item by %s', async (status, letter, code) => {
    const { payout } = storyIn[status]();
    const { id, reference } = await service.put(payout);
    expect((await call(service, reference, letter)).body.Status).toBe(code);
    const after = await service.payout(id);
    const raised = after.attention.filter(({ code: found }) =>
      payout.attention.every(({ code: open }) => open !== found),
    );
    expect(raised).toHaveLength(1);
    expect(raised.map(({ code: found }) => factsOfAttention(found).severity)).not.toContain(
      'urgent',
    );
    expect(after.authorization.withheld).toBe(status === 'bank_confirmed');
  });
});

describe('a payout that waits for an authorization', () => {
  let service: CashierApp;
  beforeAll(async () => {
    service = await createCashierApp();
  });
  afterAll(() => service.close());

  it.each(['requested', 'bank_confirming', 'bank_confirmed'] as const)(
    'is released by A while %s',
    async (status) => {
      const before = storyIn[status]({ release: 'on_authorization' }).payout;
      const { id, reference } = await service.put(before);
      expect((await call(service, reference, 'A')).body.Status).toBe(0);
      const { authorization } = await service.payout(id);
      expect(authorization).toMatchObject({
        by: 'cashier:till',
        authorizedAt: service.clock.now(),
      });
    },
  );

  describe('of an API key whose payouts the cashier may not release', () => {
    let held: CashierApp;
    const asked: string[] = [];
    beforeAll(async () => {
      const cashierMayRelease = (name: string) => {
        asked.push(name);
        return false;
      };
      held = await createCashierApp(undefined, { app: { cashierMayRelease } });
    });
    afterAll(() => held.close());

    it.each(['requested', 'bank_confirming', 'bank_confirmed'] as const)(
      'is not released by A while %s, and says why',
      async (status) => {
        const { payout } = storyIn[status]({ release: 'on_authorization' });
        const { id, reference } = await held.put(payout);
        expect((await call(held, reference, 'A')).body).toEqual({
          Status: 4,
          Description:
            'Update payout request failed: the cashier may not release payouts of this API key',
        });
        const after = await held.payout(id);
        expect(after.authorization).toEqual(payout.authorization);
        expect(after.attention).toEqual(payout.attention);
        expect(asked.at(-1)).toBe('test');
      },
    );

    it('is stopped by C all the same, and an automatic one is answered 0', async () => {
      const { payout } = storyIn.bank_confirmed({ release: 'on_authorization' });
      const stopped = await held.put(payout);
      expect((await call(held, stopped.reference, 'C')).body.Status).toBe(0);
      expect((await held.payout(stopped.id)).status).toBe('canceled');
      const automatic = await held.put(storyIn.bank_confirming().payout);
      expect((await call(held, automatic.reference, 'A')).body.Status).toBe(0);
    });
  });

  it('is not released by A once the cashier said that it was paid elsewhere', async () => {
    const before = storyIn.bank_confirmed({ release: 'on_authorization' }).payout;
    const { id, reference } = await service.put(before);
    await call(service, reference, 'Y');
    expect((await call(service, reference, 'A')).body.Status).toBe(0);
    const { authorization } = await service.payout(id);
    expect(authorization).toMatchObject({ authorizedAt: null, withheld: true });
  });

  it('has expired by its row, whether or not a runner came by', async () => {
    const before = storyIn.bank_confirmed({ release: 'on_authorization' }).payout;
    const { id, reference } = await service.put(before);
    service.clock.advanceTo(before.authorization.expiresAt ?? 0);
    const { body } = await call(service, reference, 'A');
    expect(body).toEqual({
      Status: 4,
      Description: 'Update payout request failed: the payout is expired',
    });
    const payout = await service.payout(id);
    expect(payout.status).toBe('expired');
    expect(payout.attention.map(({ code }) => code)).toEqual(['cashier_contradicts']);
  });
});
