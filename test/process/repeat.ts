/**
 * Runs the tests that start, stop and kill processes again and again, because chance decides where
 * a kill strikes: `npm run test:process -- 20` ends with 1 if any of twenty runs failed.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITEST = 'node_modules/vitest/vitest.mjs';
const FOLDERS = ['test/crash', 'test/process', 'test/world'];

/** One run; what its tests noted is in its output. */
async function runOnce(): Promise<{ passed: boolean; output: string }> {
  const child = spawn(process.execPath, [VITEST, 'run', '--reporter=verbose', ...FOLDERS], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const output = await text(child.stdout);
  await exited;
  return { passed: child.exitCode === 0, output };
}

const times = Number(process.argv[2] ?? '1');
if (!Number.isInteger(times) || times < 1) throw new Error('the runs are a number from 1 on');

let failures = 0;
let longestMs = 0;
for (let run = 1; run <= times; run += 1) {
  const begun = performance.now();
  const { passed, output } = await runOnce();
  const took = [...output.matchAll(/taken over after (?<ms>\d+) ms/g)];
  const tookMs = Math.max(0, ...took.map(({ groups }) => Number(groups?.['ms'])));
  longestMs = Math.max(longestMs, tookMs);
  const seconds = Math.round((performance.now() - begun) / 1000);
  const outcome = passed ? 'passed' : 'failed';
  process.stdout.write(
    `run ${run} of ${times} ${outcome} in ${seconds} s, longest take-over ${tookMs} ms\n`,
  );
  if (passed) continue;
  failures += 1;
  process.stdout.write(output);
}
process.stdout.write(`${failures} of ${times} failed, longest take-over ${longestMs} ms\n`);
process.exitCode = failures === 0 ? 0 : 1;
