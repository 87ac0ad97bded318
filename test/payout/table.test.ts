/**
 * The whole table on one screen, written by hand and compared with the code's: a change of a cell
 * has to be meant. Then every event in every status, for a decision that does not fail.
 */

import { describe, expect, test } from 'vitest';
import { examplesFor } from '../../src/dev/generate/example-events.ts';
import { type EventKind, eventMeanings, type PayoutEvent } from '../../src/payout/model/event.ts';
import { isFinal, statuses } from '../../src/payout/model/status.ts';
import { columns, rules, table } from '../../src/payout/table.ts';
import { type Story, storyIn } from '../support/payouts.ts';

const exampleEvents = (story: Story): PayoutEvent[] =>
  examplesFor(story.payout, story.now + 10).map(({ event }) => event);

const expected = `
columns
  requested checking confirming confirmed
  paying processing
  approved failed stopped
check_intended
  sendFirstCheck repeatCheck checkNotAllowed checkNotAllowed
  checkNotAllowed checkNotAllowed
  checkNotAllowed checkNotAllowed checkNotAllowed
check_accepted in every column checkAccepted
check_refused
  ignoreLateCheckAnswer checkRefused ignoreLateCheckAnswer ignoreLateCheckAnswer
  ignoreLateCheckAnswer ignoreLateCheckAnswer
  ignoreLateCheckAnswer ignoreLateCheckAnswer ignoreLateCheckAnswer
check_not_sent
  ignoreLateCheckAnswer checkNotSent checkNotSent checkNotSent
  ignoreLateCheckAnswer ignoreLateCheckAnswer
  ignoreLateCheckAnswer checkNotSent checkNotSent
check_unknown
  checkOutcomeUnknown checkOutcomeUnknown checkOutcomeUnknown checkOutcomeUnknown
  ignoreLateCheckAnswer ignoreLateCheckAnswer
  ignoreLateCheckAnswer checkOutcomeUnknown checkOutcomeUnknown
pay_intended
  payNotAllowed payNotAllowed payNotAllowed sendFirstPay
  repeatPay payNotAllowed
  payNotAllowed payNotAllowed payNotAllowed
pay_accepted
  unexpectedPayAnswer unexpectedPayAnswer unexpectedPayAnswer unexpectedPayAnswer
  payAccepted payAccepted
  payAccepted payAccepted unexpectedPayAnswer
pay_not_sent
  ignoreUnsentPay ignoreUnsentPay ignoreUnsentPay ignoreUnsentPay
  payNotSent payNotSent
  payNotSent payNotSent ignoreUnsentPay
pay_unknown
  unexpectedPayAnswer unexpectedPayAnswer unexpectedPayAnswer unexpectedPayAnswer
  payOutcomeUnknown payOutcomeUnknown
  payOutcomeUnknown payOutcomeUnknown unexpectedPayAnswer
status_reported in every column judgeStatusReply
status_refused
  lookupRefused lookupRefused statusRequestRefused statusRequestRefused
  statusRequestRefused statusRequestRefused
  ignoreRefusalAfterEnd ignoreRefusalAfterEnd ignoreRefusalAfterEnd
status_failed in every column statusRequestFailed
callback_received in every column callbackReceived
receiver_returned
  receiverReturned receiverReturned receiverReturned receiverReturned
  receiverReturned receiverReturned
  ignoreAfterEnd ignoreAfterEnd ignoreAfterEnd
authorized
  authorize authorize authorize authorize
  authorizationNotNeeded authorizationNotNeeded
  authorizationNotNeeded authorizationTooLate authorizationTooLate
deauthorized
  deauthorize deauthorize deauthorize deauthorize
  deauthorizeWhilePaying deauthorizeTooLate
  deauthorizeTooLate deauthorizeTooLate deauthorizeTooLate
canceled
  cancel cancel cancel cancel
  keepStopWish keepStopWish
  keepStopWish stopTooLate alreadyStopped
rejected
  reject reject reject reject
  keepStopWish keepStopWish
  keepStopWish stopTooLate alreadyStopped
cashier_reported
  withholdRelease withholdRelease withholdRelease withholdRelease
  withholdRepeat compareCashierReport
  compareCashierReport compareCashierReport compareCashierReport
resolved
  resolveWithoutOrder resolveWithoutOrder resolveTooEarly resolveTooEarly
  resolveOpenPayout resolveOpenPayout
  resolveFinalPayout resolveFinalPayout resolveFinalPayout
resolve_proposed in every column noteProposal
resolved_unseen in every column resolveUnseen
check_released
  releaseSecondCheck releaseSecondCheck noCheckToRelease noCheckToRelease
  noCheckToRelease noCheckToRelease
  noCheckToRelease noCheckToRelease noCheckToRelease
acknowledged in every column acknowledgeAttention
held
  raiseHold raiseHold raiseHold raiseHold
  raiseHold raiseHold
  ignoreAfterEnd ignoreAfterEnd ignoreAfterEnd
resumed
  resumePayout resumePayout resumePayout resumePayout
  resumePayout resumePayout
  ignoreAfterEnd ignoreAfterEnd ignoreAfterEnd
notification_parked in every column notificationDeadLettered
notification_delivered in every column notificationDelivered
look_asked in every column pollNow
redelivery_asked in every column redeliveryRequested
time_passed in every column timePassed
`;

/** A row of this page: its name, and the nine cells that are written out or are all the same. */
function rowOf(text: string): string[] {
  const [name = '', ...cells] = text.trim().replace(' in every column ', ' ').split(/\s+/);
  const [only = ''] = cells;
  return [name, ...(cells.length === 1 ? columns.map(() => only) : cells)];
}

test('the table is the one on this page', () => {
  const [head, ...rows] = expected
    .trim()
    .split(/\n(?=\S)/)
    .map(rowOf);
  expect(head).toEqual(['columns', ...columns]);
  expect(Object.entries(table).map(([kind, cells]) => [kind, ...cells])).toEqual(rows);
});

test('every rule answers somewhere, and every event has its sentence', () => {
  const used = new Set(Object.values(table).flat());
  expect([...used].toSorted()).toEqual(Object.keys(rules).toSorted());
  expect(Object.keys(eventMeanings)).toEqual(Object.keys(table));
});

describe.each(statuses)('in %s', (status) => {
  test.each(Object.keys(table) as EventKind[])('%s is decided without failing', (kind) => {
    for (const event of exampleEvents(storyIn[status]()).filter((e) => e.kind === kind)) {
      const story = storyIn[status]();
      const before = story.payout;
      const decision = story.happen(event);
      expect(decision.summary).toMatch(/\.$/);
      expect(isFinal(before.status) && story.status !== before.status).toBe(false);
      expect(isFinal(story.status) || story.due() !== null).toBe(true);
    }
  });
});

test('examples exist for every kind of event', () => {
  const kinds = new Set(exampleEvents(storyIn.paying()).map(({ kind }) => kind));
  expect([...kinds].toSorted()).toEqual(Object.keys(table).toSorted());
});

test('an event that happens twice changes nothing visible the second time', () => {
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
