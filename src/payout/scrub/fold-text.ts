/**
 * Folds text for comparison, and maps each character back to the original text. Case, accents and
 * invisible characters are removed, and white space becomes single spaces: "MÜLLER" and "Muller"
 * are then equal. What is compared is decided in scrub.ts.
 */

/** `chars[i]` comes from `text.slice(starts[i], ends[i])`. */
export type Folded = { chars: string; starts: readonly number[]; ends: readonly number[] };

/** The folded ASCII characters, computed once: nearly all folded text is ASCII. */
const ascii = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return /[\s\p{Cc}]/u.test(character) ? ' ' : character.replace('`', "'").toLowerCase();
});

/** Folds another character; combining marks and invisible characters become empty. */
const foldOther = (character: string): string =>
  /[\s\p{Z}\p{Cc}]/u.test(character)
    ? ' '
    : character
        .normalize('NFKD')
        .replace(/[\p{M}\p{Cf}]/gu, '')
        .replace(/\p{Pd}/gu, '-')
        .replace(/[’ʼ‘`´]/gu, "'")
        // Upper case first, so that "ß" and "SS" become equal.
        .toUpperCase()
        .toLowerCase();

const foldCharacter = (character: string): string =>
  ascii[character.charCodeAt(0)] ?? foldOther(character);

/** Folds a text, or a text that is already mapped to another one. */
export function foldText(given: string | Folded): Folded {
  const text = typeof given === 'string' ? given : given.chars;
  const from = (unit: number): number =>
    typeof given === 'string' ? unit : (given.starts[unit] ?? 0);
  const to = (unit: number): number =>
    typeof given === 'string' ? unit : (given.ends[unit - 1] ?? 0);
  let chars = '';
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  // A flag: reading the end of `chars`, which grows piece by piece, would copy it each time.
  let isAfterSpace = false;
  for (const character of text) {
    const folded = foldCharacter(character);
    const isRepeatedSpace = folded === ' ' && isAfterSpace;
    isAfterSpace = folded === '' ? isAfterSpace : folded.endsWith(' ');
    const last = ends.length - 1;
    const next = at + character.length;
    // A character that becomes empty belongs to the one before it.
    if (folded === '' && last >= 0 && ends[last] === to(at)) ends[last] = to(next);
    if (!isRepeatedSpace) {
      for (const unit of folded.split('')) {
        chars += unit;
        starts.push(from(at));
        ends.push(to(next));
      }
    }
    at = next;
  }
  return { chars, starts, ends };
}

/** The characters that are usual between the groups of a number. */
const separators = new Set(' -.,/()+_');

/** The same text without the separators between the groups of a number. */
export function withoutSeparators({ chars, starts, ends }: Folded): Folded {
  const kept: Folded & { starts: number[]; ends: number[] } = { chars: '', starts: [], ends: [] };
  for (let at = 0; at < chars.length; at += 1) {
    const character = chars.charAt(at);
    if (separators.has(character)) continue;
    kept.chars += character;
    kept.starts.push(starts[at] ?? 0);
    kept.ends.push(ends[at] ?? 0);
  }
  return kept;
}
