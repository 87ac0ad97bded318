/**
 * The image starts the service as `npm start` does: what is measured and tested is what runs.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');

const packageSchema = z.object({ scripts: z.object({ start: z.string() }) });

/** The JSON list behind this instruction of the Dockerfile; the last one counts. */
function listOf(instruction: string): string[] {
  const [, list] =
    [...read('Dockerfile').matchAll(new RegExp(`^${instruction} (\\[.*\\])$`, 'gm'))].at(-1) ?? [];
  return z.array(z.string()).parse(JSON.parse(list ?? '[]'));
}

test('entrypoint and command are what npm start runs', () => {
  const { scripts } = packageSchema.parse(JSON.parse(read('package.json')));
  expect([...listOf('ENTRYPOINT'), ...listOf('CMD')].join(' ')).toBe(scripts.start);
});
