/**
 * Rules for payout-check: its intent, its answers, and what a lookup by client_orderid tells when
 * nobody knows whether it arrived. payout-check never pays, so an end here moved no money.
 */

import { clear, raise } from './attention.ts';
import { type Context, noted, applied, type Rule, refused } from './decision.ts';
import { CHECK_ATTEMPTS_MAX, NOT_SENT_TOLD_AFTER, REFUSED_LOOKUPS_MIN } from './limits.ts';
import {
  closeAttempt,
  isSettled,
  remember,
  runOn,
  spread,
  touch,
  unmakeAttempt,
} from './memory.ts';
import { enter, type Payout } from './payout.ts';

/** Binds the gateway's order to the payout, once; another one is kept apart and never paid. */
export function bindOrder(payout: Payout, orderId: string, now: number): Payout {
  const bound = payout.gateway.orderId;
  if (bound === orderId) return payout;
  if (bound !== null) {
    const second = remember(payout, { secondOrderId: payout.memory.secondOrderId ?? orderId });
    return raise(second, 'second_order', now, `bound ${bound}, also seen ${orderId}`);
  }
  const { check } = payout.memory;
  return remember(
    { ...payout, gateway: { ...payout.gateway, orderId } },
    { check: { ...check, acceptedAt: check.acceptedAt ?? now, refusedLookups: null } },
  );
}

/**
 * Whether the gateway knows no order for this payout: refused lookups spread over the quiet period,
 * or a code that an installation has mapped. Only then may payout-check be sent again.
 */
export function knowsNone(payout: Payout, { policy }: Context): boolean {
  const { refusedLookups, settledAt } = payout.memory.check;
  if (refusedLookups === null || payout.gateway.orderId !== null) return false;
  const quiet = refusedLookups.until - (settledAt ?? refusedLookups.since) >= policy.repeatQuietMs;
  if (policy.orderNotFoundCodes.includes(refusedLookups.key)) return quiet;
  return (
    refusedLookups.count >= REFUSED_LOOKUPS_MIN && spread(refusedLookups) >= policy.repeatQuietMs
  );
}

/** Whether payout-check may be sent a second time, with the same client_orderid. */
export const mayRepeatCheck = (payout: Payout, context: Context): boolean =>
  payout.status === 'checking' &&
  isSettled(payout.memory.check, context.now) &&
  payout.memory.check.made < CHECK_ATTEMPTS_MAX &&
  knowsNone(payout, context);

const isOpen = (payout: Payout, intentId: string): boolean =>
  payout.memory.check.open?.id === intentId;

export const begin: Rule<'check_intended'> = (payout, { intent }, { now }) => {
  const { check } = payout.memory;
  const begun = { ...check, open: intent, made: check.made + 1, refusedLookups: null };
  const next = touch(remember(payout, { check: begun }), now, false);
  return applied(enter(next, 'checking', now), 'Asking the bank: payout-check is on its way.');
};

export const recheck: Rule<'check_intended'> = (payout, event, context) => {
  if (!mayRepeatCheck(payout, context)) {
    return refused('not_the_time', 'payout-check may not be repeated now.');
  }
  return begin(payout, event, context);
};

export const taken: Rule<'check_accepted'> = (payout, { intentId, orderId }, { now }) => {
  let next = bindOrder(payout, orderId, now);
  if (isOpen(next, intentId)) {
    next = remember(next, { check: closeAttempt(next.memory.check, now, true) });
  }
  next = clear(next, 'not_sent', 'access_refused', 'check_outcome_unknown');
  if (next.status === 'requested' || next.status === 'checking') {
    next = touch(enter(next, 'bank_confirming', now), now, false);
  }
  return applied(next, `The gateway took payout-check as its order ${orderId}.`);
};

export const refuse: Rule<'check_refused'> = (payout, event, { now }) => {
  if (!isOpen(payout, event.intentId)) {
    return noted(payout, 'A late refusal of payout-check; the payout has moved on.');
  }
  const check = closeAttempt(payout.memory.check, now, true);
  const next = remember(payout, { check });
  if (check.made > 1 || payout.gateway.orderId !== null) {
    const says = 'The gateway refused the repeated payout-check; it is looked up.';
    return applied(touch(next, now, false), says);
  }
  const reason = { source: 'gateway', code: event.code, message: event.message } as const;
  const says = 'The gateway refused payout-check as invalid; nothing was paid.';
  return applied({ ...enter(next, 'declined', now), reason }, says, 'J');
};

export const unasked: Rule<'check_not_sent'> = (payout, { intentId, cause }, { now }) => {
  if (!isOpen(payout, intentId)) return noted(payout, 'A closed attempt had not left either.');
  const check = unmakeAttempt(payout.memory.check, now);
  let next = remember(payout, { check });
  if (check.notSentInARow >= NOT_SENT_TOLD_AFTER) next = raise(next, 'not_sent', now, cause);
  if (check.made === 0) next = enter(next, 'requested', now);
  return applied(next, `payout-check did not leave (${cause}); it will be tried again.`);
};

export const lost: Rule<'check_unknown'> = (payout, { intentId, cause }, { now }) => {
  if (!isOpen(payout, intentId)) return noted(payout, `A closed attempt ended too (${cause}).`);
  const check = closeAttempt(payout.memory.check, now, false);
  const next = touch(remember(payout, { check }), now, false);
  return applied(next, `Whether payout-check arrived is not known (${cause}); it is looked up.`);
};

export const lookup: Rule<'status_refused'> = (payout, event, context) => {
  const { now } = context;
  const says = `The gateway refused the lookup (code ${event.code ?? 'none'}).`;
  let next = countFailedAsk(payout);
  const { check } = payout.memory;
  if (!event.byClientOrderId || !isSettled(check, event.askedAt)) return applied(next, says);
  const key = event.code ?? '';
  const run = check.refusedLookups;
  const mapped = context.policy.orderNotFoundCodes;
  // Codes are opaque unless mapped, so refusals with different codes still form one run.
  const sameRun = run !== null && mapped.includes(run.key) === mapped.includes(key);
  const refusedLookups = runOn(sameRun ? { ...run, key } : null, key, event.askedAt);
  next = remember(next, { check: { ...check, refusedLookups } });
  if (check.made >= CHECK_ATTEMPTS_MAX && knowsNone(next, context)) {
    next = raise(next, 'check_outcome_unknown', now);
  }
  return applied(next, says);
};

/** A final payout may have no order at all, so a refused lookup is nothing to tell anybody. */
export const unheard: Rule<'status_refused'> = (payout) =>
  noted(countFailedAsk(payout), 'Watched after the end: the gateway names no order.');

export const late: Rule<'check_refused' | 'check_not_sent' | 'check_unknown'> = (payout) =>
  noted(payout, 'A late answer to payout-check; the payout has moved on.');

/** One more status request that brought nothing readable. */
export const countFailedAsk = (payout: Payout): Payout =>
  remember(payout, {
    asks: payout.memory.asks + 1,
    failedAsks: payout.memory.failedAsks + 1,
  });
