/**
 * Plants a bug in a copy of the source. A marker that is not there exactly once is an error: a
 * guard that lost its marker must not look as if the simulation had caught it.
 */

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Change } from './mutant.ts';

const BRACKETS: Readonly<Record<string, number>> = {
  '(': 1,
  '[': 1,
  '{': 1,
  ')': -1,
  ']': -1,
  '}': -1,
};

const depthOf = (line: string): number =>
  line.split('').reduce((depth, character) => depth + (BRACKETS[character] ?? 0), 0);

/**
 * What ends the text that begins with this line: an operand ends at its operator, and a statement
 * or a property goes on behind one.
 */
const endOf = (first: string): RegExp =>
  /(=>|=|\breturn|:)$/.test(first) ? /[;,}]$/ : /[;,}]$|&&$|\|\|$/;

/** How many lines the guarded text has: up to the one that closes what it opened. */
function guardedLength(lines: readonly string[], from: number, isSql: boolean): number {
  const end = isSql ? /$/ : endOf(lines[from] ?? '');
  let depth = 0;
  for (let count = 0; from + count < lines.length; count += 1) {
    const line = lines[from + count] ?? '';
    depth += depthOf(line);
    const goesOn = !isSql && /^\s*[?:.]/.test(lines[from + count + 1] ?? '');
    if (depth <= 0 && !goesOn && end.test(line)) return count + 1;
  }
  throw new Error('the text after the marker does not end');
}

/** The text with the guarded lines replaced; null where it does not have the marker. */
export function withoutGuard(text: string, { guard, replace, imports }: Change): string | null {
  const lines = text.split('\n');
  const isMarker = (line: string): boolean =>
    /^\s*(\/\/|--) guard: (.+)$/.exec(line)?.[2] === guard;
  const at = lines.flatMap((line, index) => (isMarker(line) ? [index] : []));
  const [marker] = at;
  if (marker === undefined) return null;
  if (at.length > 1) throw new Error(`the marker of ${guard} is there ${at.length} times`);
  const isSql = lines[marker]?.trim().startsWith('--') === true;
  const length = guardedLength(lines, marker + 1, isSql);
  const guarded = lines.slice(marker + 1, marker + 1 + length).join('\n');
  lines.splice(marker, length + 1, typeof replace === 'string' ? replace : replace(guarded));
  if (imports !== undefined) lines.unshift(imports);
  return lines.join('\n');
}

export async function plantChange(folder: string, change: Change): Promise<void> {
  const source = join(folder, 'src');
  const files = await readdir(source, { recursive: true });
  let found = 0;
  for (const file of files.filter((name) => /\.(ts|sql)$/.test(name))) {
    const path = join(source, file);
    const changed = withoutGuard(await readFile(path, 'utf8'), change);
    if (changed === null) continue;
    found += 1;
    await writeFile(path, changed);
  }
  if (found !== 1) throw new Error(`${found} files have the marker of ${change.guard}`);
}
