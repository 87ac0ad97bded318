/**
 * The table of currencies. A code that it lacks is refused at create; one that it has wrong would
 * pay a hundred times too much.
 */

import { describe, expect, test } from 'vitest';
import {
  CURRENCIES_CHECKED,
  currencies,
  currencyDecimals,
  decimalsOfOldRow,
} from '../../src/payout/model/currencies.ts';

test('the table was compared with ISO 4217, amendment 180, on 28 November 2026', () => {
  expect(CURRENCIES_CHECKED).toEqual({ on: '2026-11-28', amendment: 180 });
  // A change of the table shows here, so that it comes with a new date.
  expect(currencies.size).toBe(155);
});

test.each([
  ['EUR', 2],
  ['HUF', 2],
  ['TWD', 2],
  ['COP', 2],
  ['IDR', 2],
  ['XCG', 2],
  ['SLE', 2],
  ['ZWG', 2],
  ['VES', 2],
  ['VED', 2],
  ['MRU', 2],
  ['STN', 2],
  ['JPY', 0],
  ['KRW', 0],
  ['CLP', 0],
  ['PYG', 0],
  ['UGX', 0],
  ['ISK', 0],
  ['VND', 0],
  ['XAF', 0],
  ['XOF', 0],
  ['XPF', 0],
  ['BHD', 3],
  ['IQD', 3],
  ['JOD', 3],
  ['KWD', 3],
  ['LYD', 3],
  ['OMR', 3],
  ['TND', 3],
])('%s is paid with %i decimals', (currency, decimals) => {
  expect(currencyDecimals(currency)).toBe(decimals);
});

describe('no payout is made in', () => {
  test.each([
    ['a code for tests or for no currency', 'XTS XXX'],
    ['a precious metal', 'XAU XAG XPD XPT'],
    ['a unit of account', 'XDR XSU XUA XAD XBA XBB XBC XBD'],
    ['a fund', 'BOV CHE CHW CLF COU MXV USN USS UYI UYW'],
    ['a withdrawn currency', 'ANG BGN BYR CUC HRK LTL MRO SLL STD VEF ZMK ZWD ZWL'],
    ['anything else', 'EUX eur EURO EU BTC'],
  ])('%s', (_what, codes) => {
    const known = codes.split(' ').filter((code) => currencyDecimals(code) !== null);
    expect(known).toEqual([]);
  });
});

describe('an amount that was stored without its decimals', () => {
  test.each([
    ['EUR', 2],
    ['JPY', 0],
    ['BHD', 3],
    ['BGN', 2],
    ['ANG', 2],
    ['CLF', 4],
    ['XAU', 0],
  ])('in %s has %i, as when it was taken', (currency, decimals) => {
    expect(decimalsOfOldRow(currency)).toBe(decimals);
  });

  test.each(['HRK', 'QQQ', ''])('in "%s" is not guessed', (currency) => {
    expect(() => decimalsOfOldRow(currency)).toThrow(/not in the table of currencies/);
  });
});
