/**
 * Rules for words from people and hints from outside: authorize, cancel, reject, resolve, what the
 * cashier reports, callbacks, and time that passed.
 */

import { type AttentionCode, clear, clearSettled, raise } from './attention.ts';
import { countFailedAsk } from './check-rules.ts';
import { applied, type Decision, noted, type Rule, refused } from './decision.ts';
import type { Letter } from './letter.ts';
import { isCheckTooOld, isExpired } from './may-pay.ts';
import { isSettled, touch } from './memory.ts';
import { telling } from './pay-rules.ts';
import { enter, type Payout } from './payout.ts';
import { isBeforePay } from './status.ts';

/** The payout as expired; whoever notices first writes it down. */
export function expire(payout: Payout, now: number): Payout {
  const reason = { source: 'expiry', code: null, message: 'Not authorized in time.' } as const;
  return { ...enter(clearSettled(payout), 'expired', now), reason };
}

function stop(
  payout: Payout,
  status: 'canceled' | 'rejected',
  source: 'platform' | 'cashier',
  by: string,
  now: number,
): Decision {
  const reason = { source, code: null, message: null } as const;
  const stopped = { ...enter(clearSettled(payout), status, now), reason };
  const letter = status === 'canceled' ? 'C' : 'J';
  return telling(stopped, `${status === 'canceled' ? 'Canceled' : 'Rejected'} by ${by}.`, letter);
}

/** What a resolved payout still tells: `P` and its last letter only where payout-pay was sent. */
function resolveOpen(
  payout: Payout,
  status: 'approved' | 'declined',
  name: string,
  evidence: string,
  now: number,
): Decision {
  const reason = { source: 'operator', code: null, message: evidence } as const;
  const ended = {
    ...enter(clear(clearSettled(payout), 'approved_before_pay'), status, now),
    reason,
  };
  const progress: Letter[] = payout.memory.pay.made > 0 ? ['P'] : [];
  const says = `Resolved by ${name} as ${status}.`;
  return telling(ended, says, ...progress, status === 'approved' ? 'Y' : 'J');
}

const notResolvable = (says: string): Decision => refused('not_resolvable', says);

/** Letters that say that the money moved, or that it did not, against what is known here. */
function contradiction(payout: Payout, letter: Letter): AttentionCode | null {
  const stopped = letter === 'J' || letter === 'C';
  if (payout.status === 'approved') return stopped ? 'cashier_contradicts_payment' : null;
  if (payout.finalizedAt === null) return stopped ? 'cashier_contradicts' : null;
  if (letter === 'Y') return 'cashier_contradicts_payment';
  return stopped ? null : 'cashier_contradicts';
}

export const release: Rule<'authorized'> = (payout, { by, source }, { now }) => {
  const { authorization } = payout;
  const tooOld = isCheckTooOld(payout, now);
  if (authorization.withheld && source === 'cashier') {
    return noted(payout, 'The cashier authorized it, but its release is withheld.');
  }
  const needed =
    authorization.withheld ||
    tooOld ||
    (payout.release === 'on_authorization' && authorization.authorizedAt === null);
  if (!needed) return noted(payout, `Authorized again by ${by}; it needed no authorization.`);
  const next = {
    ...clear(payout, 'paid_elsewhere', 'check_too_old'),
    authorization: { ...authorization, authorizedAt: now, by, withheld: false },
  };
  return applied(touch(next, now, true), `Authorized by ${by}.`);
};

export const again: Rule<'authorized'> = (payout, { by }) =>
  noted(payout, `Authorized again by ${by}; it was released before.`);

export const tooLate: Rule<'authorized'> = () =>
  refused('not_authorizable', 'The payout has ended without being paid.');

export const cancel: Rule<'canceled'> = (payout, { by, source }, { now }) =>
  stop(payout, 'canceled', source === 'api' ? 'platform' : 'cashier', by, now);

export const reject: Rule<'rejected'> = (payout, { by }, { now }) =>
  stop(payout, 'rejected', 'cashier', by, now);

export const stopped: Rule<'canceled' | 'rejected'> = (payout, event) =>
  payout.status === event.kind
    ? noted(payout, `The payout was ${event.kind} before.`)
    : refused('not_cancelable', `The payout is ${payout.status}.`);

export const moving: Rule<'canceled' | 'rejected'> = (payout) =>
  refused('not_cancelable', `The payout is ${payout.status}: its money may already be moving.`);

export const withhold: Rule<'cashier_reported'> = (payout, { letter, by }, { now }) => {
  if (letter !== 'Y') return noted(payout, `The cashier (${by}) reports ${letter}.`);
  const authorization = { ...payout.authorization, withheld: true };
  const next = raise({ ...payout, authorization }, 'paid_elsewhere', now);
  return applied(next, `The cashier (${by}) reports it as paid; its release is withheld.`);
};

export const compare: Rule<'cashier_reported'> = (payout, { letter, by }, { now }) => {
  const code = contradiction(payout, letter);
  const says = `The cashier (${by}) reports ${letter}.`;
  if (code === null) return noted(payout, says);
  const detail = `${letter} while ${payout.status}`;
  return applied(raise(payout, code, now, detail), says);
};

export const noOrder: Rule<'resolved'> = (
  payout,
  { finding, name, evidence, askedAt },
  { now },
) => {
  if (finding !== 'no_order') return notResolvable('Cancel it: payout-pay was never sent.');
  const { check } = payout.memory;
  const asked = check.refusedLookups?.until ?? 0;
  if (asked < askedAt) return notResolvable('The gateway did not confirm that it has no order.');
  if (!isSettled(check, now)) return notResolvable('payout-check may still arrive.');
  return resolveOpen(payout, 'declined', name, evidence, now);
};

export const unsolved: Rule<'resolved'> = () =>
  notResolvable('Cancel it instead: payout-pay was never sent.');

export const resolve: Rule<'resolved'> = (
  payout,
  { finding, name, evidence, askedAt },
  { now },
) => {
  const { reply, pay } = payout.memory;
  if (finding === 'no_order') return notResolvable('The gateway has an order for this payout.');
  if (!isSettled(pay, now)) return notResolvable('payout-pay may still arrive.');
  if (reply === null || reply.askedAt < askedAt) {
    return notResolvable('The status request before this brought no answer.');
  }
  const negative = ['declined', 'filtered', 'error'].includes(reply.status);
  if (finding === 'paid' && negative) return notResolvable(`The gateway says ${reply.status}.`);
  if (finding === 'not_paid' && reply.status === 'approved') {
    return notResolvable('The gateway says approved.');
  }
  const status = finding === 'paid' ? 'approved' : 'declined';
  return resolveOpen(payout, status, name, evidence, now);
};

export const settle: Rule<'resolved'> = (payout, { finding, name, evidence }) => {
  if (finding === 'no_order') return notResolvable('A final payout is resolved as paid or not.');
  const moneyMoved = finding === 'paid' ? 'yes' : 'no';
  const next: Payout = {
    ...clear(payout, 'final_contradicted', 'cashier_contradicts_payment'),
    moneyMoved,
  };
  return applied(next, `Resolved by ${name}: ${finding}. ${evidence}`);
};

export const seen: Rule<'acknowledged'> = (payout, { code, by }) => {
  const open = payout.attention.some((entry) => entry.code === code);
  if (!open) return refused('nothing_to_acknowledge', `There is no open ${code}.`);
  const attention = payout.attention.map((entry) =>
    entry.code === code ? { ...entry, acknowledgedBy: entry.acknowledgedBy ?? by } : entry,
  );
  return applied({ ...payout, attention }, `${by} has seen ${code}.`);
};

export const hold: Rule<'held'> = (payout, { code }, { now }) =>
  applied(raise(payout, code, now), `Held: ${code}.`);

export const hint: Rule<'callback_received' | 'receiver_returned'> = (payout, event, { now }) => {
  if (event.kind === 'receiver_returned') {
    return applied(touch(payout, now, true), 'The receiver came back from the form.');
  }
  const type = event.type ?? 'no type';
  const says = `A callback says ${event.status} (${type}); the status is asked.`;
  const next = event.later ? raise(payout, 'later_event', now, event.type) : payout;
  return applied(touch(next, now, true), says);
};

export const failed: Rule<'status_failed'> = (payout, { cause, httpStatus }, { now }) => {
  const refusedAccess = httpStatus === 401 || httpStatus === 403;
  const next = countFailedAsk(payout);
  const says = `The status request brought nothing (${cause}); it is asked again.`;
  return applied(refusedAccess ? raise(next, 'access_refused', now) : next, says);
};

export const misled: Rule<'status_refused'> = (payout, { code }, { now }) => {
  const says = `The gateway refused the status request (code ${code ?? 'none'}).`;
  return applied(raise(countFailedAsk(payout), 'access_refused', now), says);
};

export const tick: Rule<'time_passed'> = (payout, _event, { now }) =>
  isExpired(payout, now)
    ? telling(expire(payout, now), 'Nobody authorized it in time.', 'C')
    : noted(payout, 'Time passed.');

/** Whether a word may still stop the payout: nothing that can pay has been sent. */
export const isStoppable = (payout: Payout): boolean => isBeforePay(payout.status);

/** Kept in the journal; the payout is past the point where it could matter. */
export const keep: Rule<'receiver_returned' | 'held'> = (payout) =>
  noted(payout, 'Noted; the payout has moved on.');

export const ended: Rule<'canceled' | 'rejected'> = (payout) =>
  refused('not_cancelable', `The payout has ended as ${payout.status}.`);

export const barred: Rule<'check_intended'> = () =>
  refused('not_the_time', 'payout-check is not sent in this status.');
