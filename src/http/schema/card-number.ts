/**
 * Whether text can be the number of a payment card: its length and its check digit, nothing of
 * whose.
 */

/** 12-19 digits whose last one is the check digit of Luhn's formula. */
export function isCardNumber(text: string): boolean {
  if (!/^\d{12,19}$/.test(text)) return false;
  const sum = Array.from(text)
    .toReversed()
    .reduce((total, digit, place) => {
      const value = Number(digit) * (place % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}
