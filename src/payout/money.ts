/**
 * Money: a whole number of the currency's smallest unit, with its currency. Decimal text exists
 * only on a wire, and no amount ever passes through a floating-point number.
 */

import currencyCodes from 'currency-codes';

export type Money = { amountMinor: bigint; currency: string };

/** The longest amount the gateway takes, in characters (payneteasy: amount is numeric 10). */
export const AMOUNT_TEXT_MAX = 10;

/**
 * An amount that has decimals is sent with its point and one of them at least (payneteasy: major
 * units with a point); how a gateway would read it without is not documented.
 */
export const WHOLE_DIGITS_MAX = AMOUNT_TEXT_MAX - 2;

/** More digits than any amount here has; keeps a hostile text from becoming a huge bigint. */
const COMPARED_TEXT_MAX = 32;

export type ParsedMoney =
  | { kind: 'money'; money: Money }
  | { kind: 'unknown_currency' }
  | { kind: 'malformed' }
  | { kind: 'too_many_decimals'; decimals: number }
  | { kind: 'too_long' }
  | { kind: 'no_room_for_point' }
  | { kind: 'not_positive' };

/** The decimals of an ISO 4217 currency (EUR 2, JPY 0, BHD 3); null for an unknown code. */
export function currencyDecimals(currency: string): number | null {
  if (!/^[A-Z]{3}$/.test(currency)) return null;
  return currencyCodes.code(currency)?.digits ?? null;
}

/** Reads decimal text in major units ("100.50") into minor units; says what is wrong otherwise. */
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
  return { kind: 'money', money: { amountMinor, currency } };
}

/** Decimal text with exactly the currency's decimals: 10050 EUR is "100.50", 100 JPY is "100". */
export function formatMoney({ amountMinor, currency }: Money): string {
  const decimals = currencyDecimals(currency) ?? 0;
  if (decimals === 0) return amountMinor.toString();
  const digits = amountMinor.toString().padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/**
 * Whether decimal text names the same amount, however many zeros it is written with: a gateway may
 * write 100.0 where we sent 100.00. Text that is no decimal number is not the same amount.
 */
export function isSameAmount(text: string, { amountMinor, currency }: Money): boolean {
  const match = /^\+?(\d+)(?:\.(\d*))?$/.exec(text.trim());
  if (match === null || text.length > COMPARED_TEXT_MAX) return false;
  const [, whole = '', fraction = ''] = match;
  const decimals = currencyDecimals(currency) ?? 0;
  const kept = fraction.slice(0, decimals).padEnd(decimals, '0');
  const beyond = fraction.slice(decimals);
  return /^0*$/.test(beyond) && BigInt(whole + kept) === amountMinor;
}
