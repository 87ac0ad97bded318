import { describe, expect, it } from 'vitest';
import { notificationsOf, updatedBy } from '../../src/flow/write/notifications-of.ts';
import type { PayoutEvent } from '../../src/payout/model/event.ts';
import { letters } from '../../src/payout/model/letter.ts';
import { praxisDialect } from '../../src/praxis/dialect.ts';
import { APPROVED, storyIn, tellStory } from '../support/payouts.ts';

const cashier = { pin: '7', front_end_name: 'TEST EUR' };
const reported = { kind: 'time_passed' } as const;

const bodiesOf = (story: ReturnType<typeof tellStory>, event: PayoutEvent = reported) =>
  notificationsOf(
    { dialect: praxisDialect },
    {
      payout: story.payout,
      details: { cashier },
      event,
      letters: letters.filter((letter) => story.payout.tracking.lettersSent.includes(letter)),
    },
  );

describe('UpdatedBy', () => {
  const { payout } = storyIn.bank_confirmed();
  it.each<[PayoutEvent, string]>([
    [{ kind: 'canceled', by: 'shop', source: 'api' }, 'shop'],
    [{ kind: 'canceled', by: 'cashier:till', source: 'cashier' }, 'till'],
    [{ kind: 'canceled', by: 'cashier', source: 'cashier' }, 'cashier'],
    [{ kind: 'rejected', by: 'cashier:Backoffice_User' }, 'Backoffice_User'],
    [
      {
        kind: 'resolved',
        finding: 'paid',
        evidence: 'ticket',
        name: 'Ann',
        by: 'key',
        requestedAt: 0,
        asOf: payout.tracking.sequence,
      },
      'operator',
    ],
    [{ kind: 'pay_unknown', intentId: 'i', cause: 'timeout' }, 'gateway'],
  ])('of %o is %s', (event, by) => {
    expect(updatedBy(event, payout)).toBe(by);
  });

  it('of a letter A is the client that authorized the payout, and the gateway for an automatic one', () => {
    const intended: PayoutEvent = {
      kind: 'pay_intended',
      intent: { id: 'i', at: 0, sendBefore: 0 },
      requestHash: 'hash',
      paused: false,
    };
    const authorization = { ...payout.authorization, by: 'boss' };
    expect(updatedBy(intended, payout)).toBe('gateway');
    expect(updatedBy(intended, { ...payout, authorization })).toBe('boss');
    const byCashier = { ...payout.authorization, by: 'cashier:till' };
    expect(updatedBy(intended, { ...payout, authorization: byCashier })).toBe('till');
  });

  it.each<[PayoutEvent, string]>([
    [{ kind: 'canceled', by: 'shop', source: 'api' }, 'shop'],
    [{ kind: 'rejected', by: 'cashier:till' }, 'till'],
  ])('of a payout that a wish to stop has ended is its author, after %o', (wish, by) => {
    const story = storyIn.bank_confirmed();
    const intentId = story.intendsPay();
    story.happen(wish);
    const unsent = { kind: 'pay_not_sent', intentId, cause: 'refused' } as const;
    expect(story.applied(unsent).letters).toMatch(/^A[CJ]$/);
    expect(updatedBy(unsent, story.payout)).toBe(by);
  });

  it('of an expired payout is the time, whatever event came by first', () => {
    const { payout: expired } = storyIn.expired();
    const reportedA: PayoutEvent = {
      kind: 'cashier_reported',
      letter: 'A',
      by: 'till',
      isAuthenticated: true,
    };
    expect(updatedBy(reportedA, expired)).toBe('expiry');
  });
});

describe('TransactionID', () => {
  const idsOf = (story: ReturnType<typeof tellStory>) =>
    bodiesOf(story).map(({ letter, body }) => {
      const { TransactionID }: { TransactionID?: string } = JSON.parse(body);
      return `${letter} ${TransactionID ?? 'none'}`;
    });

  it('is not the bank reference of a route that declined', () => {
    const declined = { status: 'declined', stage: 'payout_chain_declined', processorTxId: 'T1' };
    const story = storyIn.processing().reports(declined);
    expect(idsOf(story.reports(APPROVED))).toEqual(['A none', 'P 7001', 'Y 7001']);
  });

  it('is the order of the gateway from P on, and the bank reference once there is one', () => {
    expect(idsOf(storyIn.approved())).toEqual(['A none', 'P 7001', 'Y 7001']);
    const story = tellStory().confirmed().paid();
    story.reports({ ...APPROVED, processorTxId: 'bank-1' });
    expect(idsOf(story)).toEqual(['A none', 'P bank-1', 'Y bank-1']);
  });

  it('is missing where payout-pay was never sent', () => {
    expect(idsOf(storyIn.canceled())).toEqual(['C none']);
    expect(idsOf(storyIn.error())).toEqual(['J none']);
  });
});

describe('a notification', () => {
  it('has an id and a place that follow from its payout and letter alone', () => {
    const [a, p, y] = bodiesOf(storyIn.approved());
    expect([a, p, y]).toMatchObject([
      { id: 'po_1_A', position: 0 },
      { id: 'po_1_P', position: 1 },
      { id: 'po_1_Y', position: 2 },
    ]);
  });
});
