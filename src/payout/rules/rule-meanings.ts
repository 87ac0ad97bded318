/**
 * One plain sentence for each rule of the table, for people who read the generated page. What a
 * rule does in full is in the rule; a rule without a sentence does not compile.
 */

import type { RuleName } from './table.ts';

export const ruleMeanings: Record<RuleName, string> = {
  begin: 'The payout-check may leave, after a lookup where the payout is not new; it is checking.',
  recheck: 'It may leave once more where the gateway knows no order; otherwise refused.',
  barred: 'Refused: no payout-check leaves in this status.',
  taken: 'The order is bound, once; a payout that waited for it is bank_confirming.',
  refuse: 'A refused first attempt ends the payout as declined; a refused repeat is looked up.',
  unasked: 'The attempt does not count; a payout without another one is requested again.',
  lost: 'The attempt is over and its outcome unknown: it is looked up by our id.',
  lookup: 'Counts towards "the gateway knows none", if it was asked after the last attempt.',
  releaseCheck:
    'Another payout-check may leave, in place of a known order that shows that lookups work.',
  keepCheck: 'Refused: no payout-check waits in this status.',
  late: 'Kept only: a late answer to payout-check.',
  send: 'payout-pay may leave if mayPay holds inside this very write; otherwise refused.',
  repay: 'It may leave once more after a quiet, equal run of fresh replies; otherwise refused.',
  forbid: 'Refused: no payout-pay leaves in this status.',
  accept: 'payout-pay was taken; a payout in paying is processing.',
  unpaid: 'The attempt does not count; a payout without another one is bank_confirmed again.',
  unsure: 'The attempt is over and its outcome unknown: the status is asked.',
  answerWithoutPay:
    'Kept only where its intent is on record; otherwise history was lost: a person has to look.',
  idle: 'Kept only: a payout-pay that did not leave.',
  judge:
    'The reply is judged, if it is fresh and about our order: the only rule that ends a payment.',
  release: 'The payout is released for payment, and a fresh reply is asked for.',
  again: 'Kept only: it was released before.',
  tooLate: 'Refused: it has ended without being paid.',
  cancel: 'The payout is canceled.',
  reject: 'The payout is rejected.',
  stopped: 'The same word again changes nothing; another one is refused.',
  moving: 'Refused and kept as a wish: the money may be moving, and no further payout-pay leaves.',
  ended: 'Refused: it has ended.',
  withhold: 'A Y withholds the release until somebody authorizes the payout anew over HTTP.',
  doubt: 'A Y stops a repeat, and withholds the release should payout-pay not have happened.',
  compare: 'Attention where the letter contradicts what is known here.',
  noOrder: 'Ends as declined after no_order, once the gateway has refused a fresh lookup.',
  unsolved: 'Refused: it can be canceled instead.',
  resolve: 'Ends as the person found, unless the gateway names another end or may still be paying.',
  settle: 'Settles money_moved; the status stays.',
  seen: 'The attention item is marked as seen; it stays open.',
  hint: 'The status is asked at once; a later event or a second order is shown to a person.',
  back: 'The status is asked at once.',
  look: 'The payout is due now; what is done then is decided as always.',
  failed: 'Asked again later; refused credentials are shown to a person.',
  misled: 'Asked again later, and shown to a person.',
  unheard: 'Kept only: an ended payout may have no order.',
  hold: 'Attention, if the payout is still held by that.',
  unhold: 'It is no longer shown as paused, and its status is asked at once.',
  unheeded: 'Attention, with what the platform answered; nothing else changes.',
  heeded: 'It is no longer shown as parked.',
  resend: 'Kept only: the outbox sends them.',
  tick: 'Nothing, but what ran out of time is expired before any rule.',
  keep: 'Kept only: it does not matter in this status.',
};
