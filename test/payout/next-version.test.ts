/**
 * Payouts that a newer version has written to, in this version's hands: whatever happens to them,
 * what it does not know is kept, and nothing is paid next to an item that it does not know.
 */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NewerWord } from '../../src/lib/newer-word.ts';
import { clearAutomatic } from '../../src/payout/model/attention.ts';
import type { Payout } from '../../src/payout/model/payout.ts';
import { mayPay, mayRepeatPay } from '../../src/payout/policy/may-pay.ts';
import { transition } from '../../src/payout/transition.ts';
import { type Happened, lifeArb, live } from '../support/random-payouts.ts';

const RUNS = 200;

const member = { ofNextVersion: { kept: true } };

/** With members of a newer version in everything that is only ever changed in part. */
const withMembers = (payout: Payout): Payout => {
  const { tracking } = payout;
  const check = { ...tracking.check, ...member };
  const pay = { ...tracking.pay, ...member };
  return { ...payout, tracking: { ...tracking, ...member, check, pay } };
};

const item = {
  code: 'screening_hit' as NewerWord,
  since: 1,
  detail: null,
  acknowledgedBy: null,
  listedIn: { country: 'XX' },
};

const withItem = (payout: Payout): Payout => ({
  ...payout,
  attention: [item, ...payout.attention],
});

const everyEvent = (audit: (happened: Happened) => void): void =>
  fc.assert(
    fc.property(lifeArb, (plan) => void live(plan, audit)),
    { numRuns: RUNS },
  );

test('members that are not known change no decision, and are there after it', () => {
  everyEvent(({ event, before, decision, context }) => {
    const again = transition(withMembers(before), event, context);
    const { payout } = decision;
    expect(again).toEqual(
      payout === undefined ? decision : { ...decision, payout: withMembers(payout) },
    );
  });
});

test('an item that is not known stays, whatever happens, until a newer version clears it', () => {
  everyEvent(({ event, before, context }) => {
    const { payout } = transition(withItem(before), event, context);
    expect(payout === undefined || payout.attention.includes(item)).toBe(true);
  });
  expect(clearAutomatic({ attention: [item] }).attention).toEqual([item]);
});

test('nothing is paid next to an item that is not known, and the operator may acknowledge it', () => {
  everyEvent(({ event, before, context }) => {
    const payout = withItem(before);
    expect(mayPay(payout, context, false).kind).not.toBe('may_pay');
    expect(mayRepeatPay(payout, context, false).kind).not.toBe('may_pay');
    if (event.kind === 'pay_intended')
      expect(transition(payout, event, context).kind).toBe('refused');
  });
  everyEvent(({ before, context }) => {
    const event = { kind: 'acknowledged', code: item.code, by: 'Ada' } as const;
    const { payout } = transition(withItem(before), event, context);
    expect(payout?.attention).toContainEqual({ ...item, acknowledgedBy: 'Ada' });
  });
});
