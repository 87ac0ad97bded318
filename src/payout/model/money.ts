/**
 * Money: a whole number of the currency's smallest unit, with its currency and its decimals.
 * Decimal text exists only on the wire, and no amount passes through a floating-point number.
 * Which currencies exist is decided in currencies.ts.
 */

import { currencyDecimals } from './currencies.ts';

/**
 * `decimals` are fixed when the amount is read, and stored with it. They are never looked up again,
 * so a change of the table never changes an amount.
 */
export type Money = { amountMinor: bigint; decimals: number; currency: string };

/** The longest amount that the gateway accepts, in characters (payneteasy: numeric 10). */
export const AMOUNT_TEXT_MAX = 10;

/**
 * An amount with decimals is sent with its point and at least one of them (payneteasy: major units
 * with a point). How a gateway reads an amount without them is not documented.
 */
export const WHOLE_DIGITS_MAX = AMOUNT_TEXT_MAX - 2;

/** More digits than any amount has; it keeps a hostile text from becoming a huge bigint. */
const COMPARED_TEXT_MAX = 32;

export type ParsedMoney =
  | { kind: 'money'; money: Money }
  | { kind: 'unknown_currency' }
  | { kind: 'malformed' }
  | { kind: 'too_many_decimals'; decimals: number }
  | { kind: 'too_long' }
  | { kind: 'no_room_for_point' }
  | { kind: 'not_positive' };

/** Reads decimal text in major units ("100.50") into minor units, or returns what is wrong. */
export function parseMoney(text: string, currency: string): ParsedMoney {
  const decimals = currencyDecimals(currency);
  if (decimals === null) return { kind: 'unknown_currency' };
  if (text.length > AMOUNT_TEXT_MAX) return { kind: 'too_long' };
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return { kind: 'malformed' };
  const [, whole = '', fraction = ''] = match;
  if (fraction.length > decimals) return { kind: 'too_many_decimals', decimals };
  const amountMinor = BigInt(whole + fraction.padEnd(decimals, '0'));
  if (amountMinor <= 0n) return { kind: 'not_positive' };
  const wholeDigits = (amountMinor / 10n ** BigInt(decimals)).toString().length;
  if (decimals > 0 && wholeDigits > WHOLE_DIGITS_MAX) return { kind: 'no_room_for_point' };
  return { kind: 'money', money: { amountMinor, decimals, currency } };
}

/** Decimal text with exactly the amount's decimals: 10050 EUR is "100.50", 100 JPY is "100". */
export function formatMoney({ amountMinor, decimals }: Money): string {
  if (decimals === 0) return amountMinor.toString();
  const digits = amountMinor.toString().padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/**
 * Whether decimal text is the same amount, with any number of zeros: a gateway may write 100.0
 * where we sent 100.00. Text that is not a decimal number is not the same amount.
 */
export function isSameAmount(text: string, { amountMinor, decimals }: Money): boolean {
  const match = /^\+?(\d+)(?:\.(\d*))?$/.exec(text.trim());
  if (match === null || text.length > COMPARED_TEXT_MAX) return false;
  const [, whole = '', fraction = ''] = match;
  const kept = fraction.slice(0, decimals).padEnd(decimals, '0');
  const beyond = fraction.slice(decimals);
  return /^0*$/.test(beyond) && BigInt(whole + kept) === amountMinor;
}
