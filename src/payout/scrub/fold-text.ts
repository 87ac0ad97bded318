/**
 * Text made comparable, with the way back: without case, accents and invisible characters, white
 * space as single spaces. "MÜLLER" and "Muller" are the same afterwards.
 */

/** `chars[i]` comes from `text.slice(starts[i], ends[i])`. */
export type Folded = { chars: string; starts: readonly number[]; ends: readonly number[] };

/** ASCII once and for all: nearly all that is ever folded. */
const ascii = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return /[\s\p{Cc}]/u.test(character) ? ' ' : character.replace('`', "'").toLowerCase();
});

/** Combining marks and invisible characters leave nothing behind. */
const foldOther = (character: string): string =>
  /[\s\p{Z}\p{Cc}]/u.test(character)
    ? ' '
    : character
        .normalize('NFKD')
        .replace(/[\p{M}\p{Cf}]/gu, '')
        .replace(/\p{Pd}/gu, '-')
        .replace(/[’ʼ‘`´]/gu, "'")
        // Upper case first: it makes the same of "ß" and "SS".
        .toUpperCase()
        .toLowerCase();

const foldCharacter = (character: string): string =>
  ascii[character.charCodeAt(0)] ?? foldOther(character);

/** Folds a text. */
export function foldText(text: string): Folded {
  let chars = '';
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const character of text) {
    const folded = foldCharacter(character);
    const isRepeatedSpace = folded === ' ' && chars.endsWith(' ');
    const last = ends.length - 1;
    // What leaves nothing belongs to the character before it.
    if (folded === '' && last >= 0 && ends[last] === at) ends[last] = at + character.length;
    if (!isRepeatedSpace) {
      for (const unit of folded.split('')) {
        chars += unit;
        starts.push(at);
        ends.push(at + character.length);
      }
    }
    at += character.length;
  }
  return { chars, starts, ends };
}

/** What people put between the groups of a number. */
const separators = new Set(' -.,/()+_');

/** The same without what may stand between the groups of a number. */
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
