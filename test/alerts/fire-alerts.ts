/**
 * `npm run alerts`: provokes every alert of ops/alerts.yaml in the sandbox, as docs/operations.md
 * says it, and looks whether a real Prometheus fires it. Ends with 1 if one does not.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeServerFolder, removeServerFolder } from '../support/server-folder.ts';
import { hasPrometheus, type Prometheus, startPrometheus } from './prometheus.ts';
import { type Provocation, type Stage, stages } from './provocations.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';

const LOOK_EVERY_MS = 500;
/** A breaker that an earlier provocation opened lets its next probe through within a minute. */
const QUIET_WITHIN_MS = 120_000;
const FIRED_WITHIN_MS = 90_000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Waits until `holds`; how long that took, or null when it did not come to it. */
async function secondsUntil(
  holds: () => Promise<boolean>,
  deadlineMs: number,
): Promise<number | null> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > deadlineMs) return null;
    await sleep(LOOK_EVERY_MS);
  }
  return Math.round((performance.now() - began) / 1000);
}

/** Provokes alerts that are quiet; those that fired. */
async function fire(
  { alerts, quiet = [], provoke }: Provocation,
  sandbox: SandboxProcess,
  prometheus: Prometheus,
): Promise<string[]> {
  const isActive = async (alert: string): Promise<boolean> =>
    (await prometheus.active()).some(({ name }) => name === alert);
  const isFiring = async (alert: string): Promise<boolean> =>
    (await prometheus.active()).some(({ name, isFiring: fires }) => fires && name === alert);
  for (const alert of [...alerts, ...quiet]) {
    // What fires already would say nothing about the provocation.
    const over = await secondsUntil(async () => !(await isActive(alert)), QUIET_WITHIN_MS);
    if (over !== null) continue;
    print(`${alerts.join(', ')} did not fire: ${alert} was active before`);
    return [];
  }
  const began = performance.now();
  const end = await provoke(sandbox);
  const looks = alerts.map(async (alert): Promise<string | null> => {
    const fired = await secondsUntil(() => isFiring(alert), FIRED_WITHIN_MS);
    const seconds = Math.round((performance.now() - began) / 1000);
    print(`${alert} ${fired === null ? 'did not fire' : `fired after ${seconds} s`}`);
    return fired === null ? null : alert;
  });
  const fired = await Promise.all(looks);
  await end?.();
  return fired.filter((alert) => alert !== null);
}

/** Plays one stage; the alerts that fired, and those that there are. */
async function play(stage: Stage): Promise<{ fired: string[]; known: string[] }> {
  const folder = await makeServerFolder();
  const sandbox = await startSandboxProcess(folder, stage.arguments);
  try {
    const files = join(folder, 'prometheus');
    await mkdir(files);
    const prometheus = await startPrometheus(files, new URL(sandbox.url).host);
    try {
      const fired: string[] = [];
      for (const provocation of stage.provocations) {
        fired.push(...(await fire(provocation, sandbox, prometheus)));
      }
      return { fired, known: await prometheus.known() };
    } finally {
      await prometheus.close();
    }
  } finally {
    await sandbox.close();
    await removeServerFolder(folder);
  }
}

if (!hasPrometheus()) {
  process.stderr.write('There is no prometheus on the PATH; Debian has it as a package.\n');
  process.exit(1);
}
const results: { fired: string[]; known: string[] }[] = [];
for (const stage of stages) results.push(await play(stage));
const fired = new Set(results.flatMap((result) => result.fired));
const known = new Set(results.flatMap((result) => result.known));
const missing = [...known].filter((alert) => !fired.has(alert));
print(missing.length === 0 ? `All ${known.size} fired.` : `Did not fire: ${missing.join(', ')}.`);
if (missing.length > 0) process.exitCode = 1;
