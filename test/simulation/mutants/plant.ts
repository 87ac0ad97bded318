/**
 * Plants a bug in a copy of the source. What is not there exactly once is an error: a guard that
 * was renamed must not look as if it were caught.
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

/** How many lines the statement that begins here has: up to the one that closes what it opened. */
function statementLength(lines: readonly string[], from: number): number {
  let depth = 0;
  for (let count = 0; from + count < lines.length; count += 1) {
    const line = lines[from + count] ?? '';
    depth += depthOf(line);
    const goesOn = /^\s*[?:.]/.test(lines[from + count + 1] ?? '');
    if (depth <= 0 && !goesOn && /[;,}]$|&&$|\|\|$/.test(line)) return count + 1;
  }
  throw new Error('the statement after the marker does not end');
}

/** The text with what follows the marker replaced; null where the marker is not in it. */
export function withoutGuard(text: string, guard: string, replace: string): string | null {
  const lines = text.split('\n');
  const at = lines.flatMap((line, index) => (line.trim() === `// guard: ${guard}` ? [index] : []));
  const [marker] = at;
  if (marker === undefined) return null;
  if (at.length > 1) throw new Error(`the marker of ${guard} is there ${at.length} times`);
  const length = statementLength(lines, marker + 1);
  lines.splice(marker, length + 1, replace);
  return lines.join('\n');
}

async function dropGuard(folder: string, guard: string, replace: string): Promise<void> {
  const source = join(folder, 'src');
  const files = await readdir(source, { recursive: true });
  let found = 0;
  for (const file of files.filter((name) => /\.(ts|sql)$/.test(name))) {
    const path = join(source, file);
    const changed = withoutGuard(await readFile(path, 'utf8'), guard, replace);
    if (changed === null) continue;
    found += 1;
    await writeFile(path, changed);
  }
  if (found !== 1) throw new Error(`${found} files have the marker of ${guard}`);
}

export async function plantChange(folder: string, change: Change): Promise<void> {
  if ('guard' in change) return dropGuard(folder, change.guard, change.replace);
  const path = join(folder, change.file);
  const parts = (await readFile(path, 'utf8')).split(change.find);
  if (parts.length !== 2) {
    throw new Error(`${change.file} holds ${parts.length - 1} times: ${change.find}`);
  }
  await writeFile(path, parts.join(change.replace));
}
