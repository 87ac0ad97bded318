/**
 * Rules for the command that takes an authorization back. Before payout-pay it wins or loses
 * against the intent by the revision of the row, so an accepted one proves that no payout-pay
 * leaves until a new authorization. What remains of the payout is decided in policy/withdrawal.ts.
 */

import { applied, noted, type Rule, refused } from '../model/decision.ts';
import { remember } from '../policy/attempts-and-polls.ts';
import { mayBePaidUnseen } from '../policy/epoch.ts';
import { withdrawn } from '../policy/withdrawal.ts';

/**
 * Takes the authorization back, or the release of an `automatic` payout. If lost history may have
 * paid the payout, that is done too, but not confirmed: a payout-pay may have left.
 */
export const deauthorize: Rule<'deauthorized'> = (payout, { by }, context) => {
  const { authorizedAt, withheld } = payout.authorization;
  const isReleased = authorizedAt !== null || (payout.release === 'automatic' && !withheld);
  const next = isReleased ? withdrawn(payout, context.now) : payout;
  if (mayBePaidUnseen(payout, context)) {
    const summary = 'History was lost, perhaps with a payment; nothing further is paid.';
    const refusal = refused('not_deauthorizable', summary);
    return isReleased ? { ...refusal, payout: next } : refusal;
  }
  return isReleased
    ? applied(next, `${by} took the authorization back.`)
    : noted(payout, `${by} took back an authorization that the payout did not have.`);
};

/**
 * Refused and kept as a wish: the money may be moving. payout-pay is not repeated, and if none has
 * left, the payout waits for a new authorization.
 */
export const deauthorizeWhilePaying: Rule<'deauthorized'> = (payout) => {
  const summary = 'The payout is paying: its money may already be moving.';
  const refusal = refused('not_deauthorizable', summary);
  const { authorization } = payout;
  // Either it is kept already, or the cashier's report withholds the payout in the same way.
  if (authorization.withheld) return refusal;
  const next = { ...payout, authorization: { ...authorization, withheld: true } };
  // guard: deauthorize-wish
  return { ...refusal, payout: remember(next, { deauthorizeWish: true }) };
};

/** Refused: no payout-pay leaves any more, whatever was authorized. */
export const deauthorizeTooLate: Rule<'deauthorized'> = (payout) =>
  refused('not_deauthorizable', `The payout is ${payout.status}: payout-pay is not sent any more.`);
