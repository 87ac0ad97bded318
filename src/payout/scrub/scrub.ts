/**
 * Removes receiver data from text from outside: gateways and platforms echo it in their messages.
 * Pure; where the receiver is decrypted, and which texts are scrubbed, is decided in flow/scrub.ts.
 */

import { givenValues, type Receiver } from '../model/receiver.ts';
import { findCards } from './card-number.ts';
import { unescaped } from './escapes.ts';
import { type Folded, foldText, withoutSeparators } from './fold-text.ts';

/** Shorter values would match in many words, and identify no receiver. */
const VALUE_CHARS_MIN = 3;
/** The same limit for scripts that write a name in two signs. */
const SIGNS_MIN = 2;

/** Shorter values occur in the ids of a gateway by chance. */
const INSIDE_ID_CHARS_MIN = 6;

const RECEIVER_MARK = '[receiver]';
const CARD_MARK = '[card]';

type Span = { from: number; to: number; mark: string };

const sign = /\p{scx=Han}|\p{scx=Hangul}|\p{scx=Hiragana}|\p{scx=Katakana}/u;
const isLongEnough = (text: string): boolean => {
  const { length } = text.trim();
  return length >= VALUE_CHARS_MIN || (length >= SIGNS_MIN && sign.test(text));
};

/** Both names together identify the receiver, even if each alone is too short to search for. */
function fullNames({ first_name, last_name }: Receiver): string[] {
  if (first_name === undefined || last_name === undefined) return [];
  const [first, last] = [first_name.trim(), last_name.trim()];
  return [' ', '', ', '].flatMap((joint) => [`${first}${joint}${last}`, `${last}${joint}${first}`]);
}

function expiryOf({ card }: Receiver): string[] {
  const { expire_month: month, expire_year: year } = card ?? {};
  if (month === undefined || year === undefined) return [];
  const two = String(month).padStart(2, '0');
  return [`${two}/${year}`, `${two}/${String(year).slice(-2)}`, `${year}-${two}`];
}

/** Every value of the receiver that is searched for, as given; also those that no table has. */
function valuesOf(receiver: Receiver): string[] {
  const given = givenValues(receiver).filter(({ field }) => field?.scrub !== 'expiry');
  const names = given.filter(({ field }) => field?.scrub === 'words');
  const words = names.flatMap(({ text }) => text.split(/[^\p{L}\p{M}\p{N}'’]+/u));
  const texts = given.map(({ text }) => text);
  return [...texts, ...fullNames(receiver), ...expiryOf(receiver), ...words].filter(isLongEnough);
}

/** The value as it is written in a URL, in HTML and in JSON. */
const formsOf = (value: string): string[] => [
  value,
  encodeURIComponent(value.toWellFormed()),
  new URLSearchParams({ v: value }).toString().slice('v='.length),
  value.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`),
  value.replaceAll('&', '&amp;').replaceAll("'", '&apos;').replaceAll('"', '&quot;'),
  JSON.stringify(value).slice(1, -1),
];

/** The value with `?` for each non-ASCII character, if enough is left to identify the receiver. */
function printed(value: string): string[] {
  const text = value
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^ -~]/gu, '?');
  return text.replace(/[^A-Za-z0-9]/g, '').length >= VALUE_CHARS_MIN ? [text] : [];
}

const longestFirst = (texts: Iterable<string>): string[] =>
  [...new Set(texts)].filter((text) => text !== '').toSorted((a, b) => b.length - a.length);

/**
 * The places of a value in the text; at the end of a truncated text also the start of the value.
 */
function findValue(text: Folded, value: string, isCut: boolean): Span[] {
  const { chars, starts, ends } = text;
  const spans: Span[] = [];
  const add = (at: number, length: number) =>
    spans.push({ from: starts[at] ?? 0, to: ends[at + length - 1] ?? 0, mark: RECEIVER_MARK });
  let at = chars.indexOf(value);
  for (; at !== -1; at = chars.indexOf(value, at + 1)) add(at, value.length);
  if (!isCut) return spans;
  for (let length = value.length - 1; length >= VALUE_CHARS_MIN; length -= 1) {
    if (!chars.endsWith(value.slice(0, length))) continue;
    add(chars.length - length, length);
    break;
  }
  return spans;
}

/** Searches with and without separators, because numbers are written in different groups. */
function findReceiver(text: Folded, receiver: Receiver, isCut: boolean): Span[] {
  const values = valuesOf(receiver);
  const forms = new Set(values.flatMap((value) => [...formsOf(value), ...printed(value)]));
  const plain = longestFirst([...forms].map((form) => foldText(form).chars));
  const numbers = longestFirst(
    values
      .filter((value) => /\p{N}/u.test(value))
      .map((value) => withoutSeparators(foldText(value)).chars)
      .filter((chars) => chars.length >= VALUE_CHARS_MIN),
  );
  const compact = withoutSeparators(text);
  return [
    ...plain.flatMap((value) => findValue(text, value, isCut)),
    ...numbers.flatMap((value) => findValue(compact, value, isCut)),
  ];
}

/** Replaces each group of overlapping spans by the mark of its longest span. */
function replaceSpans(text: string, spans: readonly Span[]): string {
  const ordered = spans.toSorted((a, b) => a.from - b.from || b.to - a.to);
  const runs: (Span & { longest: number })[] = [];
  for (const span of ordered) {
    const last = runs.at(-1);
    const length = span.to - span.from;
    if (last === undefined || span.from >= last.to) {
      runs.push({ ...span, longest: length });
      continue;
    }
    last.to = Math.max(last.to, span.to);
    if (length > last.longest) Object.assign(last, { longest: length, mark: span.mark });
  }
  let scrubbed = '';
  let done = 0;
  for (const { from, to, mark } of runs) {
    scrubbed += text.slice(done, from) + mark;
    done = to;
  }
  return scrubbed + text.slice(done);
}

/**
 * The text with every value of the receiver as `[receiver]` and every card number as `[card]`.
 * `isCut`: the text was truncated, maybe in the middle of a value.
 */
export function scrubText(text: string, receiver: Receiver, isCut = false): string {
  const found = [text, ...unescaped(text, isCut)].flatMap((read) => {
    const folded = foldText(read);
    const cards = findCards(folded, isCut).map((span) => ({ ...span, mark: CARD_MARK }));
    return [...findReceiver(folded, receiver, isCut), ...cards];
  });
  return found.length === 0 ? text : replaceSpans(text, found);
}

/** Whether an id from outside is, or contains, a value of the receiver. */
export function holdsValue(id: string, receiver: Receiver): boolean {
  const compactOf = (text: string) => withoutSeparators(foldText(text)).chars;
  const compact = compactOf(id);
  const isHeld = (value: string) =>
    value !== '' &&
    (compact === value || (value.length >= INSIDE_ID_CHARS_MIN && compact.includes(value)));
  return valuesOf(receiver).map(compactOf).some(isHeld);
}

/** Whether a text contains a card number, also in groups or escaped. */
export const holdsCard = (text: string): boolean =>
  [text, ...unescaped(text, false)].some((read) => findCards(foldText(read), false).length > 0);

/** Whether a text contains this number, in whatever groups. */
export const holdsNumber = (text: string, number: string): boolean =>
  [text, ...unescaped(text, false)].some((read) =>
    withoutSeparators(foldText(read)).chars.includes(number),
  );
