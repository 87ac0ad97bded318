/**
 * Decodes the escapes of URLs, HTML, and the strings of JSON and JavaScript, and maps each
 * character back to its place in the original text. What is searched for in it is decided in
 * scrub.ts.
 */

import type { Folded } from './fold-text.ts';

/** Two rounds, because the base string of OAuth is escaped twice: `%25C3%25AB`. */
const ROUNDS_MAX = 2;

const percent = [
  '%u[0-9a-f]{4}',
  '%[0-7][0-9a-f]',
  '%[cd][0-9a-f]%[89ab][0-9a-f]',
  '%e[0-9a-f](?:%[89ab][0-9a-f]){2}',
  '%f[0-7](?:%[89ab][0-9a-f]){3}',
];
const html = [
  '&#x[0-9a-f]{1,6};',
  '&#[0-9]{1,7};',
  '&(?:amp|lt|gt|quot|apos|nbsp|szlig);',
  // The accent is dropped, because text is compared without accents.
  '&[a-z](?:acute|breve|caron|cedil|circ|grave|macr|ogon|ring|tilde|uml);',
];
const json = [String.raw`\\u[0-9a-f]{4}`, String.raw`\\x[0-9a-f]{2}`, String.raw`\\["'/\\]`];

const escapes = new RegExp([...percent, ...html, ...json].join('|'), 'gi');
const mayEscape = /[%&\\]/;

/** A possible start of an escape at the end of a truncated text. */
const cutEscape = new RegExp(
  [
    String.raw`\\(?:u[0-9a-f]{0,3}|x[0-9a-f]?)?`,
    '&(?:#x?[0-9a-f]{0,6}|[a-z]{0,6})',
    '%(?:u[0-9a-f]{0,3}|[0-9a-f]?)',
    '%[c-f][0-9a-f](?:%[89ab][0-9a-f]){0,2}(?:%[89ab]?)?',
  ]
    .map((form) => `(?:${form})$`)
    .join('|'),
  'i',
);

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  szlig: '\u00df',
};

const ofCode = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '');

function ofPercent(escape: string): string {
  try {
    return decodeURIComponent(escape);
  } catch {
    // Not UTF-8, such as an overlong form; then it hides no value that was sent as UTF-8.
    return escape;
  }
}

function unescapeOne(escape: string): string {
  const [first, second = '', ...rest] = escape.toLowerCase();
  const tail = rest.join('');
  if (first === '%') return second === 'u' ? ofCode(Number.parseInt(tail, 16)) : ofPercent(escape);
  if (first === '\\') return /^[ux]$/.test(second) ? ofCode(Number.parseInt(tail, 16)) : second;
  if (second !== '#') return named[escape.slice(1, -1).toLowerCase()] ?? second;
  const isHex = tail.startsWith('x');
  return ofCode(Number.parseInt(isHex ? tail.slice(1) : tail, isHex ? 16 : 10));
}

/** Decodes one round; null if the text has no escapes. */
function unescapeOnce({ chars, starts, ends }: Folded): Folded | null {
  const next = { chars: '', starts: [] as number[], ends: [] as number[] };
  let done = 0;
  const keep = (until: number): void => {
    next.chars += chars.slice(done, until);
    next.starts.push(...starts.slice(done, until));
    next.ends.push(...ends.slice(done, until));
  };
  for (const { 0: escape, index } of chars.matchAll(escapes)) {
    keep(index);
    done = index + escape.length;
    const plain = unescapeOne(escape);
    next.chars += plain;
    for (let unit = 0; unit < plain.length; unit += 1) {
      next.starts.push(starts[index] ?? 0);
      next.ends.push(ends[done - 1] ?? 0);
    }
  }
  if (done === 0) return null;
  keep(chars.length);
  return next;
}

/**
 * The text decoded once and twice; empty if it has no escapes. From a truncated text the start of
 * an escape at its end is removed.
 */
export function unescaped(given: string, isCut: boolean): Folded[] {
  const rounds: Folded[] = [];
  if (!mayEscape.test(given)) return rounds;
  const text = isCut ? given.replace(cutEscape, '') : given;
  const units = Array.from({ length: text.length }, (_, at) => at);
  let last: Folded | null = { chars: text, starts: units, ends: units.map((at) => at + 1) };
  while (rounds.length < ROUNDS_MAX) {
    last = unescapeOnce(last);
    if (last === null) break;
    rounds.push(last);
  }
  return rounds;
}
