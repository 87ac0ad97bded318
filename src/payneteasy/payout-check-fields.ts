/**
 * The body of payout-check: the gateway's field names for our values. Empty fields are left out.
 * Which fields an endpoint requires is decided by the gateway.
 */

import { assert } from '../lib/assert.ts';
import { AMOUNT_TEXT_MAX, formatMoney, isSameAmount, type Money } from '../payout/model/money.ts';
import { bankAccountFields, givenValues, type Receiver } from '../payout/model/receiver.ts';
import { type FormFields, trimFields } from './form.ts';

export type PayoutCheckOrder = {
  clientOrderId: string;
  /** Decimal text in major units with the currency's decimals. */
  amount: string;
  currency: string;
  orderDesc?: string | undefined;
  purpose?: string | undefined;
  /** Where the gateway calls back about this order. */
  callbackUrl: string;
  /** Where it sends the receiver's browser after a form. */
  redirectUrl?: string | undefined;
  receiver: Receiver;
};

/** payneteasy: payout-check request fields; `login` only where an endpoint wants it there too. */
export function payoutCheckFields(order: PayoutCheckOrder, login: string | null): FormFields {
  return trimFields([
    ['client_orderid', order.clientOrderId],
    ['amount', order.amount],
    ['currency', order.currency],
    ['order_desc', order.orderDesc],
    ['purpose', order.purpose],
    ...receiverFields(order.receiver),
    ['server_callback_url', order.callbackUrl],
    ['redirect_url', order.redirectUrl],
    ['login', login ?? undefined],
  ]);
}

/** By the wire names of payout/model/receiver.ts; a key that is not listed there is not sent. */
const receiverFields = (receiver: Receiver): [string, string][] =>
  givenValues(receiver).flatMap(({ field, text }): [string, string][] => {
    if (field === undefined) return [];
    return [[field.wire, field === bankAccountFields.account_number ? accountText(text) : text]];
  });

/**
 * The account number as the gateway gets it. An IBAN loses the spaces of its printed form, which
 * are no part of it (ISO 13616: groups of four on paper, none in electronic form). Another number
 * is sent as it is, because a space may belong to it.
 */
function accountText(text: string): string {
  const compact = text.replace(/\s/gu, '');
  return isIban(compact) ? compact : text;
}

/** Country, two check digits and up to 30 letters or digits, which give 1 modulo 97 (ISO 13616). */
function isIban(text: string): boolean {
  if (!/^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$/i.test(text)) return false;
  const turned = text.slice(4) + text.slice(0, 4);
  return (
    BigInt(turned.replace(/[A-Z]/gi, (letter) => `${Number.parseInt(letter, 36)}`)) % 97n === 1n
  );
}

/**
 * Decimal text in major units with a point (payneteasy: amount is numeric 10): with all decimals of
 * the currency, or as many as fit. An amount that a client may request loses only zeros at its end.
 */
export function amountText(money: Money): string {
  const text = formatMoney(money);
  const kept = text.slice(0, AMOUNT_TEXT_MAX);
  const keepsPoint = kept.includes('.') === text.includes('.') && !kept.endsWith('.');
  assert(keepsPoint && isSameAmount(kept, money), 'an amount that does not fit');
  return kept;
}
