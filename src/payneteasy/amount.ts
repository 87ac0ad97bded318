/**
 * The amount as payout-check carries it.
 */

import { assert } from '../lib/assert.ts';
import { AMOUNT_TEXT_MAX, formatMoney, isSameAmount, type Money } from '../payout/money.ts';

/**
 * Decimal text in major units (payneteasy: amount is numeric 10), with as many of the currency's
 * decimals as fit. What a caller may ask for fits without its trailing zeros.
 */
export function amountText(money: Money): string {
  const text = formatMoney(money);
  const kept = text.slice(0, AMOUNT_TEXT_MAX).replace(/\.$/, '');
  assert(isSameAmount(kept, money), 'an amount that does not fit');
  return kept;
}
