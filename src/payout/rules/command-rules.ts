/**
 * Rules for words that release a payout or stop it: authorize, cancel, reject, what the cashier
 * reports, and time that ran out.
 */

import type { Instant } from '../../lib/clock.ts';
import { type AttentionCode, clear, clearSettled, raise } from '../model/attention.ts';
import {
  applied,
  type Context,
  type Decision,
  noted,
  type Rule,
  refused,
} from '../model/decision.ts';
import type { EventOf } from '../model/event.ts';
import type { Letter } from '../model/letter.ts';
import { enter, type Payout } from '../model/payout.ts';
import { isFinal } from '../model/status.ts';
import type { StopWish } from '../model/tracking.ts';
import { advance, pollImmediately, remember } from '../policy/attempts-and-polls.ts';
import { isDoubtful, mayBePaidUnseen, needsNewAuthorization } from '../policy/epoch.ts';
import { isCheckTooOld } from '../policy/may-pay.ts';
import { notify } from './notify.ts';
import { stop, wishToStop } from './stop-wish.ts';

/** The payout that nobody authorized in time; whoever notices first writes it down. */
export function expire(payout: Payout, now: Instant): Decision {
  const reason = { source: 'expiry', code: null, message: 'Not authorized in time.' } as const;
  const expired = { ...enter(clearSettled(payout), 'expired', now), reason };
  return notify(expired, 'Nobody authorized it in time.', 'C');
}

export const release: Rule<'authorized'> = (payout, { by, source }, { now, history }) => {
  const { authorization } = payout;
  const { authorizedAt, expiresAt } = authorization;
  // Also where nothing expires yet, as with a wrong clock: too late is too late.
  // guard: authorization-in-time
  if (authorizedAt === null && expiresAt !== null && now >= expiresAt) {
    return refused('not_authorizable', 'It was not authorized in time.');
  }
  const isRenewal = needsNewAuthorization(payout, history);
  if (isRenewal && source === 'cashier') {
    return noted(payout, 'The cashier authorized it; after a restore that is done over HTTP.');
  }
  if (authorization.withheld && source === 'cashier') {
    return noted(payout, 'The cashier authorized it, but its release is withheld.');
  }
  const needed =
    authorization.withheld ||
    isRenewal ||
    isCheckTooOld(payout, now) ||
    (payout.release === 'on_authorization' && authorization.authorizedAt === null);
  if (!needed && authorization.authorizedAt === null) {
    return noted(payout, `Authorized by ${by}; it needed no authorization.`);
  }
  if (!needed) return noted(payout, `Authorized again by ${by}; it was authorized before.`);
  const next = {
    ...clear(payout, 'paid_elsewhere', 'check_too_old', 'needs_new_authorization'),
    authorization: { ...authorization, authorizedAt: now, by, withheld: false },
  };
  const authorized = remember(next, { authorizedEpoch: history.epoch });
  return applied(
    pollImmediately(advance(authorized, 'authorization'), now),
    `Authorized by ${by}.`,
  );
};

/** Also where none was needed, or the payment began without us: not said to be a repeat. */
export const again: Rule<'authorized'> = (payout, { by }) =>
  noted(payout, `Authorized by ${by}; nothing waited for it any more.`);

export const tooLate: Rule<'authorized'> = () =>
  refused('not_authorizable', 'The payout has ended without being paid.');

/** A wish, where the payout may be paid in a history that was lost, or is yet found to be. */
function stopNow(payout: Payout, wish: StopWish, context: Context): Decision {
  if (!mayBePaidUnseen(payout, context)) return stop(payout, wish, context.now);
  const says = isDoubtful(payout, context)
    ? 'The payout is from before a restore and may be paid: it is stopped once the gateway says ' +
      'that it is not.'
    : 'A connection to the database was lost just now, perhaps with a payment: the payout is ' +
      'stopped within seconds if none was.';
  const next = pollImmediately(wishToStop(payout, wish), context.now);
  return { ...refused('not_cancelable', says), payout: next };
}

const wishOf = (event: EventOf<'canceled' | 'rejected'>): StopWish =>
  event.kind === 'rejected'
    ? { status: 'rejected', source: 'cashier', by: event.by }
    : {
        status: 'canceled',
        source: event.source === 'api' ? 'platform' : 'cashier',
        by: event.by,
      };

export const cancel: Rule<'canceled'> = (payout, event, context) =>
  stopNow(payout, wishOf(event), context);

export const reject: Rule<'rejected'> = (payout, event, context) =>
  stopNow(payout, wishOf(event), context);

export const stopped: Rule<'canceled' | 'rejected'> = (payout, event) =>
  payout.status === event.kind
    ? noted(payout, `The payout was ${event.kind} before.`)
    : refused('not_cancelable', `The payout is ${payout.status}.`);

/** Refused, and kept as a wish: no further payout-pay leaves for it. */
// guard: cancel-before-pay
export const moving: Rule<'canceled' | 'rejected'> = (payout, event) => {
  const says = `The payout is ${payout.status}: its money may already be moving.`;
  const refusal = refused('not_cancelable', says);
  return isFinal(payout.status)
    ? refusal
    : { ...refusal, payout: wishToStop(payout, wishOf(event)) };
};

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

const raised = (
  payout: Payout,
  code: AttentionCode,
  isAuthenticated: boolean,
  now: Instant,
  letter: Letter,
): Payout => {
  // Anybody may call as the cashier: nothing urgent comes of a stranger's word, and no second item.
  return isAuthenticated
    ? raise(payout, code, now, `${letter} while ${payout.status}`)
    : raise(payout, 'cashier_contradicts', now, 'an unauthenticated caller');
};

/** A `J` or `C` that is refused while paying stays a wish to stop. */
function withWish(payout: Payout, letter: Letter, by: string): Payout {
  if (isFinal(payout.status) || (letter !== 'J' && letter !== 'C')) return payout;
  const status = letter === 'J' ? 'rejected' : 'canceled';
  return wishToStop(payout, { status, source: 'cashier', by });
}

export const compare: Rule<'cashier_reported'> = (payout, event, { now }) => {
  const { letter, by, isAuthenticated } = event;
  const says = `The cashier (${by}) reports ${letter}.`;
  const code = contradiction(payout, letter);
  const next = withWish(payout, letter, by);
  if (code === null) return noted(next, says);
  return applied(raised(next, code, isAuthenticated, now, letter), says);
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
