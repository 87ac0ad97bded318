/**
 * The body of payout-check: from our words to the gateway's field names. It leaves out what is
 * empty; which fields an endpoint needs is the gateway's to say.
 */

import { assert } from '../lib/assert.ts';
import { AMOUNT_TEXT_MAX, formatMoney, isSameAmount, type Money } from '../payout/model/money.ts';
import type { Receiver } from '../payout/model/receiver.ts';
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
  const { receiver } = order;
  return trimFields([
    ['client_orderid', order.clientOrderId],
    ['amount', order.amount],
    ['currency', order.currency],
    ['order_desc', order.orderDesc],
    ['purpose', order.purpose],
    ['ipaddress', receiver.ip_address],
    ['first_name', receiver.first_name],
    ['last_name', receiver.last_name],
    ['email', receiver.email],
    ['phone', receiver.phone],
    ...bankAccountFields(receiver.bank_account ?? {}),
    ...cardFields(receiver.card ?? {}),
    ['server_callback_url', order.callbackUrl],
    ['redirect_url', order.redirectUrl],
    ['login', login ?? undefined],
  ]);
}

type OptionalFields = (readonly [string, string | undefined])[];

function bankAccountFields(account: NonNullable<Receiver['bank_account']>): OptionalFields {
  return [
    ['account_number', account.account_number],
    ['account_name', account.account_name],
    ['bank_name', account.bank_name],
    ['bank_branch', account.bank_branch],
    ['bank_code', account.bank_code],
    ['routing_number', account.routing_number],
    ['bank_city', account.bank_city],
    ['bank_province', account.bank_province],
    ['bank_area', account.bank_area],
    ['bank_address1', account.bank_address],
    ['bank_zip_code', account.bank_zip_code],
  ];
}

function cardFields(card: NonNullable<Receiver['card']>): OptionalFields {
  return [
    ['credit_card_number', card.number],
    ['card_printed_name', card.printed_name],
    ['expire_month', card.expire_month?.toString().padStart(2, '0')],
    ['expire_year', card.expire_year?.toString()],
    ['destination-card-ref-id', card.card_ref_id],
  ];
}

/**
 * Decimal text in major units with a point (payneteasy: amount is numeric 10): with all decimals of
 * the currency, or as many as fit. What a caller may ask for loses nothing but zeros at its end.
 */
export function amountText(money: Money): string {
  const text = formatMoney(money);
  const kept = text.slice(0, AMOUNT_TEXT_MAX);
  const keepsPoint = kept.includes('.') === text.includes('.') && !kept.endsWith('.');
  assert(keepsPoint && isSameAmount(kept, money), 'an amount that does not fit');
  return kept;
}
