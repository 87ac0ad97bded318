/**
 * The whole table on one screen, written by hand and compared with the code's: a change of a cell
 * has to be meant. Then every event in every status, for a decision that does not fail.
 */

import { describe, expect, test } from 'vitest';
import { examplesFor } from '../../src/dev/generate/example-events.ts';
import { type EventKind, eventMeanings, type PayoutEvent } from '../../src/payout/model/event.ts';
import { isFinal, statuses } from '../../src/payout/model/status.ts';
import { ruleMeanings } from '../../src/payout/rules/rule-meanings.ts';
import { columns, rules, table } from '../../src/payout/rules/table.ts';
import { type Story, storyIn } from '../support/payouts.ts';

const exampleEvents = (story: Story): PayoutEvent[] =>
  examplesFor(story.payout, story.now + 10).map(({ event }) => event);

// biome-ignore format: a table is read by its columns.
const expected = `
                       requested checking confirming confirmed paying   processing approved failed   stopped
check_intended         begin     recheck  barred     barred    barred   barred     barred   barred   barred
check_accepted         taken     taken    taken      taken     taken    taken      taken    taken    taken
check_refused          late      refuse   late       late      late     late       late     late     late
check_not_sent         late      unasked  unasked    unasked   late     late       late     unasked  unasked
check_unknown          lost lost lost lost late late late lost lost
pay_intended           forbid    forbid   forbid     send      repay    forbid     forbid   forbid   forbid
pay_accepted           answerWithoutPay answerWithoutPay answerWithoutPay answerWithoutPay accept accept accept accept answerWithoutPay
pay_not_sent           idle      idle     idle       idle      unpaid   unpaid     unpaid   unpaid   idle
pay_unknown            answerWithoutPay answerWithoutPay answerWithoutPay answerWithoutPay unsure unsure unsure unsure answerWithoutPay
status_reported        judge     judge    judge      judge     judge    judge      judge    judge    judge
status_refused         lookup lookup misled misled misled misled unheard unheard unheard
status_failed          failed    failed   failed     failed    failed   failed     failed   failed   failed
callback_received      hint      hint     hint       hint      hint     hint       hint     hint     hint
receiver_returned      back      back     back       back      back     back       keep     keep     keep
authorized             release   release  release    release   again    again      again    tooLate  tooLate
canceled               cancel    cancel   cancel     cancel    moving   moving     moving   ended    stopped
rejected               reject    reject   reject     reject    moving   moving     moving   ended    stopped
cashier_reported       withhold  withhold withhold   withhold  doubt    compare    compare  compare  compare
resolved               noOrder noOrder unsolved unsolved resolve resolve settle settle settle
check_released         releaseCheck releaseCheck keepCheck keepCheck keepCheck keepCheck keepCheck keepCheck keepCheck
acknowledged           seen      seen     seen       seen      seen     seen       seen     seen     seen
held                   hold hold hold hold hold hold keep keep keep
resumed                unhold    unhold   unhold     unhold    unhold   unhold     keep     keep     keep
notification_parked    unheeded  unheeded unheeded   unheeded  unheeded unheeded   unheeded unheeded unheeded
notification_delivered heeded    heeded   heeded     heeded    heeded   heeded     heeded   heeded   heeded
look_asked             look      look     look       look      look     look       look     look     look
redelivery_asked       resend    resend   resend     resend    resend   resend     resend   resend   resend
time_passed            tick      tick     tick       tick      tick     tick       tick     tick     tick
`;

test('the table is the one on this page', () => {
  const [head = '', ...lines] = expected.trim().split('\n');
  expect(columns).toEqual(head.trim().split(/\s+/));
  const rows = lines.map((line) => line.split(/\s+/));
  expect(Object.entries(table).map(([kind, cells]) => [kind, ...cells])).toEqual(rows);
});

test('every rule answers somewhere, and every rule and event has its sentence', () => {
  const used = new Set(Object.values(table).flat());
  expect([...used].toSorted()).toEqual(Object.keys(rules).toSorted());
  expect(Object.keys(ruleMeanings).toSorted()).toEqual(Object.keys(rules).toSorted());
  expect(Object.keys(eventMeanings)).toEqual(Object.keys(table));
});

describe.each(statuses)('in %s', (status) => {
  test.each(Object.keys(table) as EventKind[])('%s is decided without failing', (kind) => {
    for (const event of exampleEvents(storyIn[status]()).filter((e) => e.kind === kind)) {
      const story = storyIn[status]();
      const before = story.payout;
      const decision = story.happen(event);
      expect(decision.says).toMatch(/\.$/);
      expect(isFinal(before.status) && story.status !== before.status).toBe(false);
      expect(isFinal(story.status) || story.due() !== null).toBe(true);
    }
  });
});

test('examples exist for every kind of event', () => {
  const kinds = new Set(exampleEvents(storyIn.paying()).map(({ kind }) => kind));
  expect([...kinds].toSorted()).toEqual(Object.keys(table).toSorted());
});

test('an event that is told twice changes nothing visible the second time', () => {
  const repeatable = (event: PayoutEvent): boolean => !/intended$|resolved|^held$/.test(event.kind);
  for (const status of statuses) {
    for (const event of exampleEvents(storyIn[status]()).filter(repeatable)) {
      const story = storyIn[status]();
      story.happen(event);
      const once = story.payout;
      story.happen(event);
      expect({ ...story.payout, tracking: null }, `${event.kind} in ${status}`).toEqual({
        ...once,
        tracking: null,
        authorization: story.payout.authorization,
        version: story.payout.version,
      });
    }
  }
});
