/**
 * Rule 21: a row that was changed by hand is not paid, and what it says is sent to no bank.
 */

import type { Case } from './audit.ts';
import { isLost } from './history.ts';
import { formatCents } from './money.ts';

/**
 * A worker may have read the row before it was changed, and sends what it read: the lease lasts
 * 6 s, and an intent 5 s longer.
 */
const READ_BEFORE_MS = 11_000;

/** What a row is authorized by, if a person said so. */
const RELEASING = ['authorize', 'A'];

export function checkIntrusions(one: Case): void {
  const { intruder, evidence, callers, people } = one.auditing;
  const intrusion = intruder.intrusions.find(({ payoutId }) => payoutId === one.id);
  if (intrusion === undefined) return;
  const { part, at } = intrusion;
  const wanted = callers.wanted.find(({ reference }) => reference === one.reference);
  for (const { amount, currency } of one.orders) {
    if (amount !== formatCents(wanted?.amountMinor ?? 0n) || currency !== 'EUR') {
      one.blame(21, `an order of ${amount} ${currency} was made of a row that was changed`);
    }
  }
  const left = evidence.leavings
    .map(({ exchange }) => exchange)
    .filter(({ clientOrderId }) => clientOrderId === one.clientOrderId);
  const pays = left.filter(({ command }) => command === 'payout-pay');
  if (part === 'authorization' || part === 'release') {
    const isSaid = people.spoken.some(
      ({ payoutId, word, answer }) =>
        payoutId === one.id && RELEASING.includes(word) && answer !== 'refused',
    );
    if (pays.length > 0 && !isSaid) one.blame(21, `payout-pay left on a ${part} made by hand`);
  }
  // The next save writes the authorization that the service knows; and a restore undoes the rest.
  if (part === 'authorization' || isLost(one.auditing, at)) return;
  const late = left.find(({ leftAt }) => (leftAt ?? 0) > at + READ_BEFORE_MS);
  if (late !== undefined) {
    const afterMs = (late.leftAt ?? 0) - at;
    one.blame(21, `${late.command} left ${afterMs} ms after the ${part} was changed by hand`);
  }
}
