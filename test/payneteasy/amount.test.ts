import { expect, test } from 'vitest';
import { amountText } from '../../src/payneteasy/payout-check-fields.ts';
import { currencyDecimals } from '../../src/payout/model/currencies.ts';

const moneyOf = (amountMinor: bigint, currency: string) => ({
  amountMinor,
  decimals: currencyDecimals(currency) ?? Number.NaN,
  currency,
});

test.each([
  [10050n, 'EUR', '100.50'],
  [999_999_999n, 'EUR', '9999999.99'],
  [1_234_567_800n, 'EUR', '12345678.0'],
  [1_234_567_890n, 'EUR', '12345678.9'],
  [9_999_999_999n, 'JPY', '9999999999'],
  [1_234_567_000n, 'BHD', '1234567.00'],
])('%s minor units of %s leave as %s', (amountMinor, currency, text) => {
  expect(amountText(moneyOf(amountMinor, currency))).toBe(text);
});

test.each([
  [1_234_567_891n, 'EUR'],
  [12_345_678_900n, 'EUR'],
  [100_000_000_000n, 'EUR'],
  [10_000_000_000n, 'JPY'],
])('%s minor units of %s fit no field', (amountMinor, currency) => {
  expect(() => amountText(moneyOf(amountMinor, currency))).toThrow(/does not fit/);
});
