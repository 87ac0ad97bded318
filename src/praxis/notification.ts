/**
 * The body of an UpdatePayout that we send: published names, published order, exact bytes. It is
 * written once and stored, so nothing here may depend on the time or the attempt.
 */

import type { Notification } from '../flow/platform/dialect.ts';
import { assert } from '../lib/assert.ts';
import { formatMoney } from '../payout/model/money.ts';

/** praxis: UpdatedBy and TransactionID are varchar(50). */
const WIDTH_MAX = 50;

/**
 * The JSON text to send. Optional fields without a value are left out; Fee is never sent, because
 * we charge none. The Amount is a JSON number with the currency's decimals, written from the
 * bigint.
 */
export function updatePayoutBody(notification: Notification): string {
  const { transactionId, money } = notification;
  assert(money.amountMinor > 0n, 'a payout has a positive amount');
  // Half an id would name another payment, so one that does not fit is left out.
  const fits = transactionId !== null && transactionId.length <= WIDTH_MAX;
  const members: [name: string, json: string | null][] = [
    ['SiteID', optional(notification.siteId)],
    ['FrontEndName', JSON.stringify(notification.frontEndName)],
    ['PIN', JSON.stringify(notification.pin)],
    ['TraceID', optional(notification.traceId)],
    ['PP', '"Payneteasy"'],
    ['TransactionID', fits ? JSON.stringify(transactionId) : null],
    ['Status', JSON.stringify(notification.letter)],
    ['ExtPayoutID', JSON.stringify(notification.reference)],
    ['UpdatedBy', JSON.stringify(notification.updatedBy.slice(0, WIDTH_MAX).toWellFormed())],
    ['Amount', formatMoney(money)],
    ['Currency', JSON.stringify(money.currency)],
  ];
  const present = members.filter(([, json]) => json !== null);
  return `{${present.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
}

const optional = (value: string | number | null): string | null =>
  value === null ? null : JSON.stringify(value);
