/**
 * Transaction types that name something that happened to an order after its own end. They are
 * reported to a person and never taken for the payout's own result.
 */

const laterEvent = /reversal|chargeback|refund|return/i;

/** Whether a transaction type, or a callback's type, names a later event on the order. */
export const isLaterEvent = (type: string | null): boolean =>
  type !== null && laterEvent.test(type);

/** The word that names the later event; null where none does. */
export const laterEventIn = (type: string): string | null =>
  laterEvent.exec(type)?.[0].toLowerCase() ?? null;
