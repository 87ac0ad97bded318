/**
 * Rules for words that release a payout or stop it: authorize, cancel, reject, what the cashier
 * reports, and time that ran out.
 */

import { type AttentionCode, clear, clearSettled, raise } from './attention.ts';
import { applied, type Decision, noted, type Rule, refused } from './decision.ts';
import type { Instant } from './instant.ts';
import type { Letter } from './letter.ts';
import { isCheckTooOld } from './may-pay.ts';
import { touchAtOnce } from './memory.ts';
import { enter, type Payout } from './payout.ts';
import { isFinal } from './status.ts';
import { telling } from './telling.ts';

/** The payout that nobody authorized in time; whoever notices first writes it down. */
export function expire(payout: Payout, now: Instant): Decision {
  const reason = { source: 'expiry', code: null, message: 'Not authorized in time.' } as const;
  const expired = { ...enter(clearSettled(payout), 'expired', now), reason };
  return telling(expired, 'Nobody authorized it in time.', 'C');
}

function stop(
  payout: Payout,
  status: 'canceled' | 'rejected',
  source: 'platform' | 'cashier',
  by: string,
  now: Instant,
): Decision {
  const reason = { source, code: null, message: null } as const;
  const stopped = { ...enter(clearSettled(payout), status, now), reason };
  return status === 'canceled'
    ? telling(stopped, `Canceled by ${by}.`, 'C')
    : telling(stopped, `Rejected by ${by}.`, 'J');
}

export const release: Rule<'authorized'> = (payout, { by, source }, { now }) => {
  const { authorization } = payout;
  if (authorization.withheld && source === 'cashier') {
    return noted(payout, 'The cashier authorized it, but its release is withheld.');
  }
  const needed =
    authorization.withheld ||
    isCheckTooOld(payout, now) ||
    (payout.release === 'on_authorization' && authorization.authorizedAt === null);
  if (!needed && authorization.authorizedAt === null) {
    return noted(payout, `Authorized by ${by}; it needed no authorization.`);
  }
  if (!needed) return noted(payout, `Authorized again by ${by}; it was authorized before.`);
  const next = {
    ...clear(payout, 'paid_elsewhere', 'check_too_old'),
    authorization: { ...authorization, authorizedAt: now, by, withheld: false },
  };
  return applied(touchAtOnce(next, now), `Authorized by ${by}.`);
};

/** Also where none was needed, or the payment began without us: not said to be a repeat. */
export const again: Rule<'authorized'> = (payout, { by }) =>
  noted(payout, `Authorized by ${by}; nothing waited for it any more.`);

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

export const ended: Rule<'canceled' | 'rejected'> = (payout) =>
  refused('not_cancelable', `The payout has ended as ${payout.status}.`);

export const withhold: Rule<'cashier_reported'> = (payout, { letter, by }, { now }) => {
  if (letter !== 'Y') return noted(payout, `The cashier (${by}) reports ${letter}.`);
  const authorization = { ...payout.authorization, withheld: true };
  const next = raise({ ...payout, authorization }, 'paid_elsewhere', now);
  return applied(next, `The cashier (${by}) reports it as paid; its release is withheld.`);
};

/**
 * What a letter contradicts of what is known here: where the payout goes, or where its money is.
 */
function contradiction(payout: Payout, letter: Letter): AttentionCode | null {
  const isStop = letter === 'J' || letter === 'C';
  if (payout.status === 'approved') return isStop ? 'cashier_contradicts_payment' : null;
  if (!isFinal(payout.status)) return isStop ? 'cashier_contradicts' : null;
  if (letter === 'Y') return 'cashier_contradicts_payment';
  return isStop ? null : 'cashier_contradicts';
}

export const compare: Rule<'cashier_reported'> = (payout, { letter, by }, { now }) => {
  const says = `The cashier (${by}) reports ${letter}.`;
  const code = contradiction(payout, letter);
  if (code === null) return noted(payout, says);
  return applied(raise(payout, code, now, `${letter} while ${payout.status}`), says);
};

/**
 * While nobody knows whether payout-pay arrived, a `Y` may mean another payment: should ours turn
 * out not to have happened, or seem to need its repeat, a person has to say so first.
 */
export const doubt: Rule<'cashier_reported'> = (payout, event, context) => {
  if (event.letter !== 'Y') return compare(payout, event, context);
  const next = { ...payout, authorization: { ...payout.authorization, withheld: true } };
  return applied(next, `The cashier (${event.by}) reports it as paid; it is not paid twice.`);
};
