/**
 * Names of who acts as the cashier. UpdatedBy is only claimed, so inside it is shown as the
 * cashier's: it cannot be taken for the name of an API key, which has no colon.
 */

const CASHIER = 'cashier';
const PREFIX = `${CASHIER}:`;

/** The author of a change that a call asked for. */
export const cashierBy = (updatedBy: string | null): string =>
  updatedBy === null ? CASHIER : `${PREFIX}${updatedBy}`;

/** The name as the cashier gave it, for UpdatedBy in our own notifications; others stay. */
export const claimedName = (by: string): string =>
  by.startsWith(PREFIX) ? by.slice(PREFIX.length) : by;
