/**
 * What an HTTP status of the gateway means, before its body is read. What a reply means is in
 * verdict.ts; what a refusal of our credentials shows to the operator, in payout/rules/access.ts.
 */

/** The gateway refuses our login, our signature or the time in it. */
const credentialStatuses = new Set([401, 403]);

/** Path and overload (429 among them). Like refused credentials, they never speak of an order. */
const turnedAwayStatuses = new Set([...credentialStatuses, 404, 408, 425, 429]);

/**
 * `turned_away`: the answer speaks of us or of the gateway's load. `redirected` and `broken`: the
 * outcome is unknown. `reply`: the body decides.
 */
export type StatusMeaning = 'turned_away' | 'redirected' | 'broken' | 'reply';

export function meaningOf(httpStatus: number): StatusMeaning {
  if (turnedAwayStatuses.has(httpStatus)) return 'turned_away';
  if (httpStatus >= 300 && httpStatus < 400) return 'redirected';
  return httpStatus >= 500 ? 'broken' : 'reply';
}

/** Whether the answer refuses our credentials; a wrong clock of ours is one reason for that. */
export const refusesAccess = (httpStatus: number): boolean => credentialStatuses.has(httpStatus);
