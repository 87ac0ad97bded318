import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatMoney, isSameAmount, parseMoney } from '../../src/payout/model/money.ts';

const eur = (amountMinor: bigint) => ({ amountMinor, decimals: 2, currency: 'EUR' });

test.each([
  ['100.50', 'EUR', 10050n, 2],
  ['100.5', 'EUR', 10050n, 2],
  ['100', 'EUR', 10000n, 2],
  ['0.01', 'EUR', 1n, 2],
  ['100', 'JPY', 100n, 0],
  ['1.234', 'BHD', 1234n, 3],
  ['9999999.99', 'EUR', 999999999n, 2],
  ['99999999', 'EUR', 9999999900n, 2],
  ['0099999999', 'EUR', 9999999900n, 2],
  ['99999999.9', 'EUR', 9999999990n, 2],
  ['9999999999', 'JPY', 9999999999n, 0],
])('%s %s is read as %s minor units with %i decimals', (text, currency, amountMinor, decimals) => {
  const money = { amountMinor, decimals, currency };
  expect(parseMoney(text, currency)).toEqual({ kind: 'money', money });
});

test.each<[string, string, string]>([
  ['1.001', 'EUR', 'too_many_decimals'],
  ['1.0', 'JPY', 'too_many_decimals'],
  ['0', 'EUR', 'not_positive'],
  ['0.00', 'EUR', 'not_positive'],
  ['10000000.00', 'EUR', 'too_long'],
  ['100000000', 'EUR', 'no_room_for_point'],
  ['100000000', 'BHD', 'no_room_for_point'],
  ['12345678901', 'JPY', 'too_long'],
  ['1', 'EUX', 'unknown_currency'],
  ['1', 'eur', 'unknown_currency'],
  ...['', '.', '.5', '1.', '-1', '+1', '1e3', ' 1', '1,5', '0x10', '1_000', '١'].map(
    (text): [string, string, string] => [text, 'EUR', 'malformed'],
  ),
])('%s %s is refused as %s', (text, currency, kind) => {
  expect(parseMoney(text, currency).kind).toBe(kind);
});

test('what is written is read as the same money', () => {
  const moneyArb = fc.record({
    amountMinor: fc.bigInt({ min: 1n, max: 9_999_999n }),
    currency: fc.constantFrom('EUR', 'JPY', 'BHD', 'USD', 'RUB'),
  });
  const decimalsOf: Record<string, number> = { JPY: 0, BHD: 3 };
  fc.assert(
    fc.property(moneyArb, (drawn) => {
      const money = { ...drawn, decimals: decimalsOf[drawn.currency] ?? 2 };
      const text = formatMoney(money);
      expect(parseMoney(text, money.currency)).toEqual({ kind: 'money', money });
      expect(isSameAmount(text, money)).toBe(true);
      expect(isSameAmount(text, { ...money, amountMinor: money.amountMinor + 1n })).toBe(false);
    }),
  );
});

test('money is written with exactly its own decimals', () => {
  expect(formatMoney(eur(5n))).toBe('0.05');
  expect(formatMoney(eur(10050n))).toBe('100.50');
  expect(formatMoney({ amountMinor: 100n, decimals: 0, currency: 'JPY' })).toBe('100');
});

test.each([
  [2, '100.50'],
  [3, '10.050'],
  [0, '10050'],
])('an amount stored with %i decimals keeps them, whatever the table says', (decimals, text) => {
  for (const currency of ['EUR', 'BGN', 'QQQ']) {
    const money = { amountMinor: 10050n, decimals, currency };
    expect(formatMoney(money)).toBe(text);
    expect(isSameAmount(text, money)).toBe(true);
  }
});

describe('an amount of the gateway', () => {
  test.each(['100.50', '100.5', '100.500', '0100.50', ' 100.50 ', '+100.50'])(
    '%s is ours',
    (text) => {
      expect(isSameAmount(text, eur(10050n))).toBe(true);
    },
  );

  test.each(['100.51', '100.501', '100', '1005', '10050', '-100.50', '', 'x', '1e2', '100.50 EUR'])(
    '%s is not ours',
    (text) => {
      expect(isSameAmount(text, eur(10050n))).toBe(false);
    },
  );

  test('a text longer than any amount is not read', () => {
    expect(isSameAmount(`${'0'.repeat(100_000)}100.50`, eur(10050n))).toBe(false);
  });
});
