/**
 * Rules for the commands that release or stop a payout: authorize, cancel and reject, and for the
 * cashier's reports. How a payout is stopped is decided in stop-wish.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import { type AttentionCode, clear, raise } from '../model/attention.ts';
import {
  applied,
  type Context,
  type Decision,
  noted,
  type Rule,
  refused,
} from '../model/decision.ts';
import type { EventOf } from '../model/event.ts';
import { type Letter, letterFacts } from '../model/letter.ts';
import type { Payout } from '../model/payout.ts';
import { isFinal } from '../model/status.ts';
import type { StopWish } from '../model/tracking.ts';
import { advance, pollImmediately, remember } from '../policy/attempts-and-polls.ts';
import { isDoubtful, mayBePaidUnseen, needsNewAuthorization } from '../policy/epoch.ts';
import { isCheckTooOld } from '../policy/may-pay.ts';
import { stop, wishToStop } from './stop-wish.ts';

/** Releases the payout for payment and requests a fresh status reply. */
export const authorize: Rule<'authorized'> = (payout, { by, source }, { now, history }) => {
  const { authorization } = payout;
  const { authorizedAt, expiresAt } = authorization;
  // Also if the payout has not expired yet, as with a wrong clock.
  // guard: authorization-in-time
  if (authorizedAt === null && expiresAt !== null && now >= expiresAt) {
    return refused('not_authorizable', 'It was not authorized in time.');
  }
  const isRenewal = needsNewAuthorization(payout, history);
  if (isRenewal && source === 'cashier') {
    return noted(payout, 'The cashier authorized it; after a restore only HTTP can.');
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
    ...clear(
      payout,
      'paid_elsewhere',
      'authorization_withdrawn',
      'check_too_old',
      'needs_new_authorization',
    ),
    authorization: { ...authorization, authorizedAt: now, by, withheld: false },
  };
  const authorized = remember(next, { authorizedEpoch: history.epoch });
  return applied(
    pollImmediately(advance(authorized, 'authorization'), now),
    `Authorized by ${by}.`,
  );
};

/** Kept in the journal only. It may be the first one: perhaps no authorization was needed. */
export const authorizationNotNeeded: Rule<'authorized'> = (payout, { by }) =>
  noted(payout, `Authorized by ${by}; no longer needed.`);

/** Refused: the payout has ended without being paid. */
export const authorizationTooLate: Rule<'authorized'> = () =>
  refused('not_authorizable', 'The payout has ended without being paid.');

function whyNotStopped(payout: Payout, context: Context): string {
  if (isDoubtful(payout, context)) {
    return (
      'The payout was created before a restore and may be paid: it is stopped once the gateway ' +
      'reports that it is not.'
    );
  }
  return context.now < context.history.repliesFrom
    ? 'A connection to the database was lost just now, perhaps with a payment: the payout is ' +
        'stopped within seconds if there was none.'
    : 'The gateway shows a payment of the order: the payout is stopped only if that proves wrong.';
}

/** Stops the payout; if it may be paid without a record of that, only a stop wish is kept. */
function stopNow(payout: Payout, wish: StopWish, context: Context): Decision {
  if (!mayBePaidUnseen(payout, context)) return stop(payout, wish, context.now);
  const summary = whyNotStopped(payout, context);
  const next = pollImmediately(wishToStop(payout, wish), context.now);
  return { ...refused('not_cancelable', summary), payout: next };
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

/** The same command again changes nothing; the other one is refused. */
export const alreadyStopped: Rule<'canceled' | 'rejected'> = (payout, event) =>
  payout.status === event.kind
    ? noted(payout, `The payout was ${event.kind} before.`)
    : refused('not_cancelable', `The payout is ${payout.status}.`);

/** Refused and kept as a stop wish: the money may be moving, and no further payout-pay leaves. */
// guard: cancel-before-pay
export const keepStopWish: Rule<'canceled' | 'rejected'> = (payout, event) => {
  const summary = `The payout is ${payout.status}: its money may already be moving.`;
  const refusal = refused('not_cancelable', summary);
  return isFinal(payout.status)
    ? refusal
    : { ...refusal, payout: wishToStop(payout, wishOf(event)) };
};

/** Refused: the payout has ended. */
export const stopTooLate: Rule<'canceled' | 'rejected'> = (payout) =>
  refused('not_cancelable', `The payout has ended as ${payout.status}.`);

/** A `Y` withholds the release until the payout is authorized again over HTTP. */
export const withholdRelease: Rule<'cashier_reported'> = (payout, { letter, by }, { now }) => {
  if (letter !== 'Y') return noted(payout, `The cashier (${by}) reports ${letter}.`);
  const authorization = { ...payout.authorization, withheld: true };
  const next = raise({ ...payout, authorization }, 'paid_elsewhere', now);
  return applied(next, `The cashier (${by}) reports it as paid; its release is withheld.`);
};

/**
 * The attention code for a letter that contradicts the payout's course or its result; null if it
 * contradicts neither.
 */
function contradiction(payout: Payout, letter: Letter): AttentionCode | null {
  const isStop = letterFacts[letter].stopsAs !== null;
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
  // An unauthenticated call may come from a stranger: it raises nothing urgent, and one item only.
  return isAuthenticated
    ? raise(payout, code, now, `${letter} while ${payout.status}`)
    : raise(payout, 'cashier_contradicts', now, 'an unauthenticated caller');
};

/** A letter that requests a stop becomes a stop wish where it is refused while paying. */
function withWish(payout: Payout, letter: Letter, by: string): Payout {
  const status = letterFacts[letter].stopsAs;
  if (isFinal(payout.status) || status === null) return payout;
  return wishToStop(payout, { status, source: 'cashier', by });
}

/** Raises an attention item if the letter contradicts what the payout records. */
export const compareCashierReport: Rule<'cashier_reported'> = (payout, event, { now }) => {
  const { letter, by, isAuthenticated } = event;
  const summary = `The cashier (${by}) reports ${letter}.`;
  const code = contradiction(payout, letter);
  const next = withWish(payout, letter, by);
  if (code === null) return noted(next, summary);
  return applied(raised(next, code, isAuthenticated, now, letter), summary);
};

/**
 * While it is unknown whether payout-pay arrived, a `Y` may report another payment. If ours turns
 * out not to have happened, or would need its repeat, the operator has to decide first.
 */
export const withholdRepeat: Rule<'cashier_reported'> = (payout, event, context) => {
  if (event.letter !== 'Y') return compareCashierReport(payout, event, context);
  // If nothing has left, the report is what the operator has to see: see undoAttempt.
  const reported = remember(payout, { deauthorizeWish: false });
  const next = { ...reported, authorization: { ...payout.authorization, withheld: true } };
  return applied(next, `The cashier (${event.by}) reports it as paid; payout-pay is not repeated.`);
};
