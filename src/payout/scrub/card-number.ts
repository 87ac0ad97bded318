/**
 * Finds card numbers in text: 13 to 19 digits, maybe in groups, with the prefix and length of a
 * scheme and a correct check digit (ISO/IEC 7812-1). All three are needed, because every tenth
 * number passes the check digit alone. What replaces a card number is decided in scrub.ts.
 */

import type { Folded } from './fold-text.ts';

type Scheme = { prefix: RegExp; lengths: readonly number[] };

/** The schemes by their published prefixes. */
const schemes: readonly Scheme[] = [
  // Visa.
  { prefix: /^4/, lengths: [13, 16, 19] },
  // Mastercard: 51 to 55 and 2221 to 2720.
  { prefix: /^(5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)/, lengths: [16] },
  // American Express.
  { prefix: /^3[47]/, lengths: [15] },
  // Discover.
  { prefix: /^(6011|65|64[4-9])/, lengths: [16] },
  // JCB: 3528 to 3589.
  { prefix: /^35(2[89]|[3-8]\d)/, lengths: [16] },
  // UnionPay.
  { prefix: /^62/, lengths: [16, 17, 18, 19] },
  // Maestro.
  { prefix: /^(50|5[6-9]|6\d)/, lengths: [13, 14, 15, 16, 17, 18, 19] },
  // Mir.
  { prefix: /^220[0-4]/, lengths: [16, 17, 18, 19] },
  // Troy.
  { prefix: /^9792/, lengths: [16] },
  // Diners Club.
  { prefix: /^(3[68]|30[0-5])/, lengths: [14] },
];

const DIGITS_MIN = 13;
const DIGITS_MAX = 19;
/** Fewer digits than these, at the end of a truncated text, do not count as a card number. */
const CUT_DIGITS_MIN = 7;
/** The most characters between two groups of one number. */
const GAP_MAX = 3;

/** Whether the last digit is the check digit of Luhn's formula (ISO/IEC 7812-1, annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let fromEnd = 0; fromEnd < digits.length; fromEnd += 1) {
    const digit = Number(digits.at(-1 - fromEnd));
    const weighted = fromEnd % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

/** Whether these digits are a card number. */
export const isCardNumber = (digits: string): boolean =>
  /^\d+$/.test(digits) &&
  schemes.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits)) &&
  passesLuhn(digits);

type Group = { from: number; to: number; digits: string };

/** The groups from this one on that have only spaces or hyphens between them, joined. */
function* joined(groups: readonly Group[], first: number, chars: string): Iterable<Group> {
  let digits = '';
  let end: number | null = null;
  // Each group has at least one digit, so more groups than these are not needed and not copied.
  for (const { from, to, digits: more } of groups.slice(first, first + DIGITS_MAX)) {
    const gap = end === null ? '' : chars.slice(end, from);
    if (gap.length > GAP_MAX || !/^[\s-]*$/.test(gap)) return;
    digits += more;
    if (digits.length > DIGITS_MAX) return;
    end = to;
    yield { from: groups[first]?.from ?? from, to, digits };
  }
}

/** The places of card numbers in the original text; at a truncated end also the start of one. */
export function findCards(
  { chars, starts, ends }: Folded,
  isCut: boolean,
): { from: number; to: number }[] {
  const groups = [...chars.matchAll(/\d+/g)].map(({ 0: digits, index }) => ({
    from: index,
    to: index + digits.length,
    digits,
  }));
  const isCutCard = ({ to, digits }: Group): boolean =>
    isCut && to === chars.length && digits.length >= CUT_DIGITS_MIN;
  const isCard = (group: Group): boolean =>
    (group.digits.length >= DIGITS_MIN && isCardNumber(group.digits)) || isCutCard(group);
  return groups.flatMap((_, first) =>
    [...joined(groups, first, chars)]
      .filter(isCard)
      .map(({ from, to }) => ({ from: starts[from] ?? 0, to: ends[to - 1] ?? 0 })),
  );
}
