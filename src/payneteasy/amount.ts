/**
 * The amount as payout-check carries it.
 */

import { assert } from '../lib/assert.ts';
import { AMOUNT_TEXT_MAX, formatMoney, isSameAmount, type Money } from '../payout/money.ts';

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
