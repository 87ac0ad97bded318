/**
 * Names of users of the cashier. UpdatedBy is only claimed, so it is stored with a prefix: it
 * cannot be taken for the name of an API key, which has no colon.
 */

const CASHIER = 'cashier';
const PREFIX = `${CASHIER}:`;

/** The author of a change that a call asked for. */
export const cashierBy = (updatedBy: string | null): string =>
  updatedBy === null ? CASHIER : `${PREFIX}${updatedBy}`;

/** The name as the cashier gave it, for UpdatedBy in our own notifications; others stay. */
export const claimedName = (by: string): string =>
  by.startsWith(PREFIX) ? by.slice(PREFIX.length) : by;
