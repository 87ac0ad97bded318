/**
 * What holds in every life of a payout, whatever happens in whatever order, also by workers that
 * lost their lease.
 */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Payout } from '../../src/payout/model/payout.ts';
import { isFinal } from '../../src/payout/model/status.ts';
import { schedule } from '../../src/payout/policy/schedule.ts';
import { createCheckAuditor, createPayAuditor } from '../support/command-auditor.ts';
import { replyOf, VALIDATED } from '../support/payouts.ts';
import { type Act, type Happened, lifeArb, live } from '../support/random-payouts.ts';

const RUNS = 400;
const ODD_RUNS = 150;

type Audit = (happened: Happened) => void;

/** Random lives, each judged by an auditor of its own. */
const forAllLives = (audit: () => Audit): void =>
  fc.assert(
    fc.property(lifeArb, (plan) => {
      live(plan, audit());
    }),
    { numRuns: RUNS },
  );

/** The same, for what holds at every event that changed or kept the payout, taken by itself. */
const atEveryChange = (judge: (before: Payout, after: Payout, happened: Happened) => void): void =>
  forAllLives(() => (happened) => {
    const { before, decision } = happened;
    if (decision.kind === 'applied') judge(before, decision.payout, happened);
  });

/** Everything of a payout that a caller can see, as text. */
const visibleOf = ({ tracking: _memory, version: _version, ...visible }: Payout): string =>
  JSON.stringify(visible, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );

test('a final status, and when it was reached, never change', () => {
  atEveryChange((before, after) => {
    const was = isFinal(before.status) ? before : after;
    expect([after.status, after.finalizedAt]).toEqual([was.status, was.finalizedAt]);
  });
});

test('the version grows by one with every visible change, and with nothing else', () => {
  atEveryChange((before, after) => {
    const changed = visibleOf(before) !== visibleOf(after);
    expect(after.version - before.version).toBe(changed ? 1 : 0);
  });
});

test('an order is bound once and never rebound', () => {
  atEveryChange((before, after) => {
    const bound = before.gateway.orderId ?? after.gateway.orderId;
    expect(after.gateway.orderId).toBe(bound);
  });
});

test('an open payout always has a due time, and nothing is due in the past', () => {
  atEveryChange((_before, after, { context }) => {
    const due = schedule(after, context);
    expect(due !== null || isFinal(after.status)).toBe(true);
    expect(due?.at ?? context.now).toBeGreaterThanOrEqual(context.now);
  });
});

/** The letters that a payout in this status may have told, in order. */
function lettersIn(status: Payout['status']): RegExp {
  if (!isFinal(status)) return /^(AP?)?$/;
  if (status === 'approved') return /^(A?|AP)Y$/;
  // A canceled one may have been found unpaid by a person after payout-pay was taken.
  if (status === 'canceled') return /^(A?|AP)C$/;
  return status === 'expired' ? /^A?C$/ : /^(A?|AP)J$/;
}

test('letters are notified in order and once, and the last one is the end', () => {
  forAllLives(() => {
    let told = '';
    return ({ before, decision }) => {
      told += decision.kind === 'applied' ? decision.letters.join('') : '';
      const after = decision.kind === 'applied' ? decision.payout : before;
      expect(told).toMatch(lettersIn(after.status));
      expect(after.tracking.lettersSent).toBe(told);
    };
  });
});

test('canceled, rejected and expired payouts were never paid, and no final one will be', () => {
  atEveryChange((before, after, { event }) => {
    const stopped = ['canceled', 'rejected', 'expired'].includes(after.status);
    // Unless a person found that the payout-pay, which was to be stopped, did not happen.
    const isFound = after.reason?.source === 'operator' && after.tracking.stopWish !== null;
    expect(stopped && !isFound && after.tracking.pay.made > 0).toBe(false);
    const intends = event.kind === 'pay_intended' || event.kind === 'check_intended';
    expect(intends && isFinal(before.status)).toBe(false);
  });
});

test.each([
  ['payout-pay leaves on a fresh reply, and once more after a quiet, equal run', createPayAuditor],
  ['payout-check leaves once, and once more where the gateway knows none', createCheckAuditor],
])('%s', (_rule, createAuditor) => {
  forAllLives(() => {
    const audit = createAuditor();
    return (happened) => expect(audit(happened)).toEqual([]);
  });
});

/** A gateway that is odd in one way, for as long as it takes. */
const oddGatewayArb = fc
  .record({
    paused: fc.boolean(),
    outcome: fc.constantFrom('refused', 'not_sent', 'rejected', 'unknown', 'accepted'),
    reply: fc.constantFrom(
      { transactionType: 'reversal' },
      { orderId: '7002' },
      { clientOrderId: 'po_2' },
      { orderId: null },
      { status: 'odd' },
      { stage: null },
      {},
    ),
    tookMs: fc.constantFrom(5, 12_000),
  })
  .map((odd): Act => ({ act: 'step', ...odd, reply: replyOf({ ...VALIDATED, ...odd.reply }) }));

/** Steps that a runner may take one after the other before the payout is due later. */
const STEPS_AT_ONCE_MAX = 6;

test('a payout is never due immediately again and again, however oddly the gateway answers', () => {
  fc.assert(
    fc.property(lifeArb, oddGatewayArb, (plan, oddStep) => {
      const life = live(plan, () => {});
      let steps = 0;
      for (; steps <= STEPS_AT_ONCE_MAX; steps += 1) {
        const due = schedule(life.payout, life.context());
        if (due === null || due.at > life.context().now) break;
        life.take(oddStep);
      }
      expect(steps).toBeLessThanOrEqual(STEPS_AT_ONCE_MAX);
    }),
    { numRuns: ODD_RUNS },
  );
});

/** Enough for the frequent asking, the rare asking and a good many hours after it. */
const STEPS_OF_A_DAY = 250;

const waitsForAuthorization = ({ release, status, authorization }: Payout): boolean =>
  release === 'on_authorization' &&
  status === 'bank_confirmed' &&
  authorization.authorizedAt === null;

test('an odd gateway leaves no payout open without an attention item', () => {
  fc.assert(
    fc.property(lifeArb, oddGatewayArb, (plan, oddStep) => {
      const life = live(plan, () => {});
      for (let steps = 0; steps < STEPS_OF_A_DAY && !isFinal(life.payout.status); steps += 1) {
        const due = schedule(life.payout, life.context());
        life.wait(Math.max(0, (due?.at ?? 0) - life.context().now));
        life.take(oddStep);
      }
      const { payout } = life;
      const isTold = isFinal(payout.status) || payout.attention.length > 0;
      expect(isTold || waitsForAuthorization(payout), payout.status).toBe(true);
    }),
    { numRuns: ODD_RUNS },
  );
});
