/**
 * Reads and validates the fields of a payout-check. Receiver data is checked here and dropped: the
 * result contains none of it.
 */

import type { Form } from '../form.ts';

const CLIENT_ORDERID_LENGTH_MAX = 128;

/** payneteasy: amount is numeric 10, in major units with a point. */
const AMOUNT_LENGTH_MAX = 10;

/** For fields whose length the gateway does not document. */
const WIDE = 255;

/** payneteasy: payout-check, longest texts; the ones that are optional or conditional. */
const TEXT_LENGTHS: Readonly<Record<string, number>> = {
  order_desc: 64,
  ipaddress: 45,
  purpose: 128,
  server_callback_url: 128,
  notify_url: 128,
  redirect_url: 128,
  account_number: WIDE,
  account_name: WIDE,
  bank_name: WIDE,
  bank_branch: WIDE,
  bank_code: WIDE,
  bank_address1: WIDE,
  bank_zip_code: WIDE,
  bank_province: WIDE,
  bank_area: WIDE,
  bank_city: WIDE,
  routing_number: WIDE,
  first_name: WIDE,
  last_name: WIDE,
  phone: WIDE,
  email: WIDE,
  card_printed_name: WIDE,
};

/** payneteasy: payout-check, fields that hold digits only, with the most they may have. */
const DIGIT_LENGTHS: Readonly<Record<string, number>> = {
  credit_card_number: 20,
  'destination-card-ref-id': 20,
  expire_month: 2,
  expire_year: 4,
};

const URL_FIELDS = ['server_callback_url', 'notify_url', 'redirect_url'] as const;

/** The receiver data that an echoing gateway repeats. */
const ECHOED_FIELDS = ['first_name', 'account_number', 'credit_card_number'] as const;

const RECEIVER_FIELDS = [
  'account_number',
  'credit_card_number',
  'destination-card-ref-id',
] as const;

/** The members of a payout-check that the gateway stores. */
export interface CheckRequest {
  readonly clientOrderId: string;
  readonly amount: string;
  readonly currency: string;
  readonly callbackUrl: string | null;
  readonly redirectUrl: string | null;
  /** The receiver data that its error messages repeat, if they do. */
  readonly echo?: string;
}

export type CheckFields =
  | { readonly kind: 'valid'; readonly request: CheckRequest }
  | { readonly kind: 'invalid'; readonly message: string };

export function readCheckFields(form: Form): CheckFields {
  const message = problemOfOrder(form) ?? problemOfLengths(form) ?? problemOfReceiver(form);
  if (message !== null) return { kind: 'invalid', message };
  return {
    kind: 'valid',
    request: {
      clientOrderId: form.get('client_orderid'),
      amount: form.get('amount'),
      currency: form.get('currency'),
      callbackUrl: form.get('server_callback_url') || null,
      redirectUrl: form.get('redirect_url') || null,
    },
  };
}

/** " (Ada, DE00 1234)": the end of an error message of an echoing gateway. */
export const echoOf = (form: Form): string =>
  ` (${ECHOED_FIELDS.map((name) => form.get(name))
    .filter((value) => value !== '')
    .join(', ')})`;

/** Decimal text above zero, within the gateway's length. */
export function isAmount(text: string): boolean {
  return text.length <= AMOUNT_LENGTH_MAX && /^\d+(\.\d+)?$/.test(text) && /[1-9]/.test(text);
}

function problemOfOrder(form: Form): string | null {
  const clientOrderId = form.get('client_orderid');
  if (clientOrderId === '') return 'client_orderid is missing';
  if (clientOrderId.length > CLIENT_ORDERID_LENGTH_MAX) return 'client_orderid is too long';
  if (!isAmount(form.get('amount'))) return 'amount is not a positive number within 10 characters';
  if (!/^[A-Z]{3}$/.test(form.get('currency'))) return 'currency is not a three-letter code';
  return null;
}

function problemOfLengths(form: Form): string | null {
  for (const [name, lengthMax] of Object.entries(TEXT_LENGTHS)) {
    if (Array.from(form.get(name)).length > lengthMax) return `${name} is too long`;
  }
  for (const [name, lengthMax] of Object.entries(DIGIT_LENGTHS)) {
    const value = form.get(name);
    if (value.length > lengthMax || !/^\d*$/.test(value)) return `${name} is not a short number`;
  }
  for (const name of URL_FIELDS) {
    const value = form.get(name);
    if (value !== '' && !isWebAddress(value)) return `${name} is not an http or https address`;
  }
  return null;
}

function problemOfReceiver(form: Form): string | null {
  if (RECEIVER_FIELDS.some((name) => form.get(name) !== '')) return null;
  return `one of ${RECEIVER_FIELDS.join(', ')} is required`;
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
