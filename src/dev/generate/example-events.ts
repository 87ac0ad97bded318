/**
 * Examples of every event of a payout, for docs/payout-states.md. state-moves.ts runs them through
 * the real rules, so that the page cannot show what the code does not do.
 */

import type { Instant } from '../../lib/clock.ts';
import { type PayoutEvent, unseenFindings } from '../../payout/model/event.ts';
import { letters } from '../../payout/model/letter.ts';
import { SEND_BEFORE_MS } from '../../payout/model/limits.ts';
import type { Payout } from '../../payout/model/payout.ts';
import type { StatusReply } from '../../payout/model/reply.ts';

/** An event with its label in the table of moves. */
export type Example = { label: string; event: PayoutEvent };

export const EXAMPLE_ORDER_ID = '7001';

const reply = (payout: Payout, changes: Partial<StatusReply>): StatusReply => ({
  status: 'processing',
  stage: null,
  orderId: EXAMPLE_ORDER_ID,
  clientOrderId: payout.clientOrderId,
  amount: null,
  currency: null,
  redirectTo: null,
  processorTxId: null,
  transactionType: null,
  errorCode: null,
  errorMessage: null,
  ...changes,
});

const replies: readonly { label: string; changes: Partial<StatusReply> }[] = [
  { label: 'status: validating', changes: { stage: 'payout_check_validating' } },
  { label: 'status: validated', changes: { stage: 'payout_check_validated' } },
  { label: 'status: paying', changes: { stage: 'payout_processing' } },
  { label: 'status: redirect-to', changes: { redirectTo: 'https://bank.example/form' } },
  { label: 'status: approved', changes: { status: 'approved', stage: 'payout_approved' } },
  { label: 'status: declined', changes: { status: 'declined', stage: 'payout_declined' } },
  { label: 'status: filtered', changes: { status: 'filtered', stage: 'payout_filtered' } },
  { label: 'status: error', changes: { status: 'error', stage: 'payout_failed' } },
  { label: 'status: result unknown', changes: { status: 'error' } },
  { label: 'status: unknown', changes: { status: 'unknown' } },
  { label: 'status: another order', changes: { orderId: '7002' } },
  { label: 'status: later event', changes: { transactionType: 'reversal' } },
];

function callOutcomes(payout: Payout, now: Instant): Example[] {
  const intent = { id: `i-${now}`, at: now, sendBefore: now + SEND_BEFORE_MS };
  const requestHash = 'hash';
  const checkId = payout.tracking.check.open?.id ?? 'none';
  const payId = payout.tracking.pay.open?.id ?? 'none';
  const orderId = EXAMPLE_ORDER_ID;
  const nothing = { code: null, message: null };
  const cause = 'refused connection';
  const events: PayoutEvent[] = [
    { kind: 'check_intended', intent, requestHash },
    { kind: 'check_accepted', intentId: checkId, orderId, serialNumber: null },
    { kind: 'check_refused', intentId: checkId, ...nothing },
    { kind: 'check_not_sent', intentId: checkId, cause },
    { kind: 'check_unknown', intentId: checkId, cause },
    { kind: 'pay_intended', intent, requestHash, paused: false },
    { kind: 'pay_accepted', intentId: payId, orderId, serialNumber: null },
    { kind: 'pay_not_sent', intentId: payId, cause },
    { kind: 'pay_unknown', intentId: payId, cause },
  ];
  return events.map((event) => ({ label: event.kind.replaceAll('_', ' '), event }));
}

function answers(payout: Payout, now: Instant): Example[] {
  const asked = { requestedAt: now - 1, asOf: payout.tracking.sequence };
  const byClientOrderId = payout.gateway.orderId === null;
  const nothing = { code: null, message: null };
  return [
    ...replies.map(
      ({ label, changes }): Example => ({
        label,
        event: { kind: 'status_reported', ...asked, reply: reply(payout, changes) },
      }),
    ),
    {
      label: 'status refused',
      event: { kind: 'status_refused', ...asked, byClientOrderId, ...nothing },
    },
    {
      label: 'status failed',
      event: { kind: 'status_failed', requestedAt: now - 1, cause: 'timeout', httpStatus: null },
    },
    {
      label: 'callback',
      event: { kind: 'callback_received', status: 'approved', type: null, later: false },
    },
    { label: 'receiver returned', event: { kind: 'receiver_returned' } },
  ];
}

function commandsAndTime({ tracking }: Payout, now: Instant): Example[] {
  const by = 'operator';
  const finding = {
    evidence: 'ticket',
    name: by,
    by,
    requestedAt: tracking.reply?.requestedAt ?? now - 2000,
    asOf: tracking.reply?.asOf ?? tracking.sequence,
  };
  return [
    { label: 'authorized', event: { kind: 'authorized', by, source: 'api' } },
    { label: 'deauthorized', event: { kind: 'deauthorized', by } },
    { label: 'canceled', event: { kind: 'canceled', by, source: 'api' } },
    { label: 'rejected', event: { kind: 'rejected', by } },
    ...letters.map(
      (letter): Example => ({
        label: `cashier reported ${letter}`,
        event: { kind: 'cashier_reported', letter, by, isAuthenticated: true },
      }),
    ),
    { label: 'resolved: paid', event: { kind: 'resolved', finding: 'paid', ...finding } },
    { label: 'resolved: not paid', event: { kind: 'resolved', finding: 'not_paid', ...finding } },
    { label: 'resolved: no order', event: { kind: 'resolved', finding: 'no_order', ...finding } },
    {
      label: 'resolve proposed',
      event: { kind: 'resolve_proposed', finding: 'paid', evidence: 'ticket', by },
    },
    ...unseenFindings.map(
      (found): Example => ({
        label: `resolved unseen: ${found.replace('_', ' ')}`,
        event: {
          kind: 'resolved_unseen',
          finding: found,
          evidence: 'ticket',
          proposedBy: by,
          proposedKey: by,
          by: 'another',
        },
      }),
    ),
    { label: 'check released', event: { kind: 'check_released', by } },
    { label: 'acknowledged', event: { kind: 'acknowledged', code: 'slow', by } },
    { label: 'held', event: { kind: 'held', code: 'paused' } },
    { label: 'resumed', event: { kind: 'resumed' } },
    {
      label: 'notification parked',
      event: { kind: 'notification_parked', letter: 'A', answer: 'timeout' },
    },
    { label: 'notification delivered', event: { kind: 'notification_delivered', letter: 'A' } },
    { label: 'look asked', event: { kind: 'look_asked', by } },
    { label: 'redelivery asked', event: { kind: 'redelivery_asked', letters: 'A', by } },
    { label: 'time passed', event: { kind: 'time_passed' } },
  ];
}

/** One example of each event that can happen to this payout now. */
export const examplesFor = (payout: Payout, now: Instant): Example[] => [
  ...callOutcomes(payout, now),
  ...answers(payout, now),
  ...commandsAndTime(payout, now),
];
