/**
 * Rules for payout-check: its intent, its answers, and what a lookup by client_orderid tells when
 * nobody knows whether it arrived. payout-check never pays, so an end here moved no money.
 */

import { showRefusedAccess } from './access.ts';
import { accessCodes, clear, clearSettled, raise } from './attention.ts';
import { applied, noted, type Rule, refused } from './decision.ts';
import { CHECK_ATTEMPTS_MAX, NOT_SENT_TOLD_AFTER } from './limits.ts';
import { knowsNone, mayRepeatCheck } from './may-check.ts';
import {
  closeAttempt,
  countVainAsk,
  isSettled,
  remember,
  runOn,
  touch,
  touchAnswered,
  unmakeAttempt,
} from './memory.ts';
import { bindOrder } from './order.ts';
import { enter, type Payout } from './payout.ts';
import { telling } from './telling.ts';

const isOpen = (payout: Payout, intentId: string): boolean =>
  payout.memory.check.open?.id === intentId;

export const begin: Rule<'check_intended'> = (payout, { intent }, { now }) => {
  const { check } = payout.memory;
  const begunAt = check.made === 0 ? now : check.begunAt;
  const begun = { ...check, open: intent, made: check.made + 1, begunAt, refusedLookups: null };
  const next = touch(remember(clear(payout, 'checks_paused'), { check: begun }), now);
  return applied(enter(next, 'checking', now), 'Asking the bank: payout-check is on its way.');
};

export const recheck: Rule<'check_intended'> = (payout, event, context) =>
  mayRepeatCheck(payout, context)
    ? begin(payout, event, context)
    : refused('not_the_time', 'payout-check may not be repeated now.');

export const barred: Rule<'check_intended'> = () =>
  refused('not_the_time', 'payout-check is not sent in this status.');

export const taken: Rule<'check_accepted'> = (payout, { intentId, orderId }, { now }) => {
  let next = bindOrder(payout, orderId, now);
  if (isOpen(next, intentId)) {
    next = remember(next, { check: closeAttempt(next.memory.check, now, true) });
  }
  next = clear(next, 'not_sent', ...accessCodes, 'check_outcome_unknown');
  if (next.status === 'requested' || next.status === 'checking') {
    next = touchAnswered(enter(next, 'bank_confirming', now), now);
  }
  return applied(next, `The gateway took payout-check as its order ${orderId}.`);
};

export const refuse: Rule<'check_refused'> = (payout, event, { now }) => {
  if (!isOpen(payout, event.intentId)) {
    return noted(payout, 'A late refusal of payout-check; the payout has moved on.');
  }
  const check = { ...closeAttempt(payout.memory.check, now, true), refusedLookups: null };
  const next = remember(clear(payout, 'not_sent', ...accessCodes), { check });
  if (check.made > 1 || payout.gateway.orderId !== null) {
    return applied(
      touchAnswered(next, now),
      'The gateway refused the repeated payout-check; it is looked up.',
    );
  }
  const reason = { source: 'gateway', code: event.code, message: event.message } as const;
  const ended = { ...enter(clearSettled(next), 'declined', now), reason };
  return telling(ended, 'The gateway refused payout-check as invalid; nothing was paid.', 'J');
};

export const unasked: Rule<'check_not_sent'> = (payout, { intentId, cause }, { now }) => {
  if (!isOpen(payout, intentId)) return noted(payout, 'A closed attempt had not left either.');
  const check = { ...unmakeAttempt(payout.memory.check, now), refusedLookups: null };
  const next = remember(payout, { check });
  // Anywhere else the payout has moved on meanwhile, by an end or by an order that a lookup found.
  if (next.status !== 'checking') {
    return noted(next, `payout-check did not leave (${cause}); the payout has moved on.`);
  }
  const told =
    check.notSentInARow >= NOT_SENT_TOLD_AFTER ? raise(next, 'not_sent', now, cause) : next;
  const says = `payout-check did not leave (${cause}); it will be tried again.`;
  return applied(check.made === 0 ? enter(told, 'requested', now) : told, says);
};

export const lost: Rule<'check_unknown'> = (payout, event, { now }) => {
  const { intentId, cause } = event;
  if (!isOpen(payout, intentId)) return noted(payout, `A closed attempt ended too (${cause}).`);
  // Lookups from before a late end say nothing about this attempt.
  const check = { ...closeAttempt(payout.memory.check, now, false), refusedLookups: null };
  const next = touchAnswered(remember(clear(payout, 'not_sent'), { check }), now);
  const says = `Whether payout-check arrived is not known (${cause}); it is looked up.`;
  return applied(showRefusedAccess(next, event, now), says);
};

export const lookup: Rule<'status_refused'> = (payout, event, context) => {
  const { now, policy } = context;
  const { askedAt } = event;
  const says = `The gateway refused the lookup (code ${event.code ?? 'none'}).`;
  const { check } = payout.memory;
  const run = check.refusedLookups;
  let next = countVainAsk(payout, askedAt);
  const counts = event.byClientOrderId && isSettled(check, askedAt) && askedAt > (run?.until ?? 0);
  if (!counts || payout.gateway.orderId !== null) return noted(next, says);
  const key = event.code ?? '';
  const mapped = policy.orderNotFoundCodes;
  // Codes are opaque unless mapped, so refusals with different codes still form one run.
  const sameRun = run !== null && mapped.includes(run.key) === mapped.includes(key);
  const refusedLookups = runOn(sameRun ? { ...run, key } : null, key, askedAt);
  next = remember(next, { check: { ...check, refusedLookups } });
  if (check.made >= CHECK_ATTEMPTS_MAX && knowsNone(next, context)) {
    next = raise(next, 'check_outcome_unknown', now);
  }
  return applied(next, says);
};

export const late: Rule<'check_refused' | 'check_not_sent' | 'check_unknown'> = (payout) =>
  noted(payout, 'A late answer to payout-check; the payout has moved on.');
