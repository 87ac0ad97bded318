/**
 * The service as a process of its own, to be killed, stopped and continued by its tests.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { type ApiClient, createApiClient } from './api-client.ts';
import type { Setup } from './service-setup.ts';
import { waitFor } from './wait-for.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A start takes one to two seconds; the rest is for machines with more to do. */
const READY_WITHIN_MS = 60_000;
const SHIFTED_CLOCK = fileURLToPath(new URL('./shifted-clock.ts', import.meta.url));

export type ServiceProcess = {
  url: string;
  api: ApiClient;
  /** Everything it wrote so far, standard output and standard error. */
  output(): string;
  /** Lines of its log that hold this text. */
  linesWith(text: string): string[];
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void;
  /** Its exit code once it ended; null where a signal ended it. */
  ended: Promise<number | null>;
  /** Waits until it says that it can work. */
  ready(): Promise<void>;
};

export type ServiceProcessOptions = {
  environment: Record<string, string>;
  /** As if it had been started that much later; see shifted-clock.ts. */
  clockShiftMs?: number;
};

/** A test that fails may leave its services running; they end with its file. */
const living = new Set<ChildProcess>();
afterAll(() => {
  for (const child of living) child.kill('SIGKILL');
});

/** Starts `node src/main.ts` with this environment and nothing else. */
export function spawnService(options: ServiceProcessOptions): {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
} {
  const { environment, clockShiftMs = 0 } = options;
  const child = spawn(process.execPath, ['--import', SHIFTED_CLOCK, 'src/main.ts'], {
    cwd: ROOT,
    env: { ...environment, CLOCK_SHIFT_MS: String(clockShiftMs) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      output += chunk;
    });
  }
  living.add(child);
  const ended = once(child, 'close').then(() => {
    living.delete(child);
    return child.exitCode;
  });
  return { child, output: () => output, ended };
}

/** The service over the database and the simulated gateway of a setup; it is not awaited here. */
export async function startServiceProcess(
  setup: Setup,
  { clockShiftMs = 0, environment = {} }: Partial<ServiceProcessOptions> = {},
): Promise<ServiceProcess> {
  const complete = await setup.environment(environment);
  const url = `http://127.0.0.1:${complete['PORT']}`;
  const { child, output, ended } = spawnService({ environment: complete, clockShiftMs });
  let lastAnswer = 'none';
  const isReady = async (): Promise<boolean> => {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the service ended (${child.signalCode ?? child.exitCode}): ${output()}`);
    }
    const answer = await fetch(`${url}/health/ready`).catch(() => null);
    lastAnswer = answer === null ? 'none' : await answer.text();
    return answer?.status === 200;
  };
  return {
    url,
    api: createApiClient(url, setup.secrets.apiKey),
    output,
    linesWith: (text) =>
      output()
        .split('\n')
        .filter((line) => line.includes(text)),
    signal: (name) => void child.kill(name),
    ended,
    ready: async () => {
      await waitFor('the service to be ready', isReady, READY_WITHIN_MS).catch((error: unknown) => {
        throw new Error(`last answer: ${lastAnswer}\n${output()}`, { cause: error });
      });
    },
  };
}
