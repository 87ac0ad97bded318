/**
 * The markers of the planted bugs in `src`, without a run: a moved or deleted one fails here within
 * seconds, and not only in `../mutants.test.ts`.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { mutants } from './all.ts';
import { withoutGuard } from './plant.ts';

const SOURCE = resolve(import.meta.dirname, '../../../src');

const files = (await readdir(SOURCE, { recursive: true })).filter((name) => name.endsWith('.ts'));
const texts = await Promise.all(files.map((file) => readFile(join(SOURCE, file), 'utf8')));

test.each(mutants)('the planted bug $name finds its markers, each in one file', ({ changes }) => {
  for (const change of changes) {
    const planted = texts.flatMap((text) => withoutGuard(text, change) ?? []);
    expect({ guard: change.guard, files: planted.length }).toEqual({
      guard: change.guard,
      files: 1,
    });
  }
});

test('every marker in the source belongs to a planted bug', () => {
  const known = new Set(mutants.flatMap(({ changes }) => changes.map(({ guard }) => guard)));
  const marked = texts.flatMap((text) =>
    [...text.matchAll(/^\s*(?:\/\/|--) guard: (.+)$/gm)].map(([, guard = '']) => guard),
  );
  expect(marked.length).toBeGreaterThan(0);
  expect(marked.filter((guard) => !known.has(guard))).toEqual([]);
});
