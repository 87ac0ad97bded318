/**
 * `npm run sandbox` as a process of its own, and what a reader of the manual does to it: requests,
 * signals, commands on the machine.
 */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findEmbeddedPostgres } from '../../src/dev/embedded-postgres/embedded-postgres.ts';
import { type ApiClient, createApiClient, payoutBody } from '../support/api-client.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHIFTABLE = ['--import', './test/support/shifted-clock.ts'];
/** What the sandbox gives itself to close, and a little more. */
const CLOSED_WITHIN_MS = 45_000;
/** More than the service has connections to its database. */
const CALLERS = 60;

export type SandboxProcess = {
  url: string;
  api: ApiClient;
  /** Creates so many payouts of this amount. */
  pay(amount: string, times?: number): Promise<void>;
  /** `PUT /control/behaviour` */
  behave(patch: object): Promise<void>;
  /** `npm run payout -- …` */
  command(...words: string[]): Promise<void>;
  /** SIGUSR2 sets its clock six hours ahead, and back; see test/support/shifted-clock.ts. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void;
  /** Creates payouts without a pause, whatever becomes of them, until `end`. */
  load(): { end(): Promise<void> };
  /** Holds a lock on the table of payouts until `end`. */
  lock(): Promise<{ end(): Promise<void> }>;
  /** Alters payouts behind the service's back: `update payouts set …`. */
  alter(change: string): Promise<void>;
  stopDatabase(): void;
  close(): Promise<void>;
};

const bodyOf = (amount: string): object =>
  payoutBody({ amount, cashier: { pin: '7', front_end_name: 'TEST EUR' } });

/** Starts `node src/dev/sandbox.ts` with these arguments; what it logs goes nowhere. */
async function launch(dataDir: string, args: readonly string[]) {
  const child = spawn(process.execPath, [...SHIFTABLE, 'src/dev/sandbox.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    // Its log comes the same way, and goes on for as long as things are made to fail.
    if (said.length < 100_000) said += text;
  });
  const find = (pattern: RegExp): string => pattern.exec(said)?.[1] ?? '';
  await waitFor('the sandbox to be up', () => {
    if (child.exitCode !== null) throw new Error(`the sandbox ended: ${said}`);
    return find(/simulator +(http:\S+)\/control/) !== '';
  });
  return {
    child,
    url: find(/service +(http:\S+)/),
    apiKey: find(/API key +(\S+)/),
    simulatorUrl: find(/simulator +(http:\S+)\/control/),
  };
}

function loadOn(api: ApiClient): { end(): Promise<void> } {
  let goesOn = true;
  const call = async (): Promise<void> => {
    while (goesOn) await api.create(bodyOf('10.00')).catch(() => null);
  };
  const calls = Promise.all(Array.from({ length: CALLERS }, call));
  return {
    end: async () => {
      goesOn = false;
      await calls;
    },
  };
}

async function connect(dataDir: string): Promise<Client> {
  const client = new Client({ connectionString: (await findEmbeddedPostgres(dataDir)) ?? '' });
  await client.connect();
  return client;
}

async function alterPayouts(dataDir: string, change: string): Promise<void> {
  const client = await connect(dataDir);
  await client.query(`update payouts set ${change}`);
  await client.end();
}

async function lockPayouts(dataDir: string): Promise<{ end(): Promise<void> }> {
  const client = await connect(dataDir);
  await client.query('begin; lock table payouts');
  return { end: () => client.end() };
}

export async function startSandboxProcess(
  dataDir: string,
  args: readonly string[],
): Promise<SandboxProcess> {
  const { child, url, apiKey, simulatorUrl } = await launch(dataDir, args);
  const ended = once(child, 'exit');
  const api = createApiClient(url, apiKey);
  return {
    url,
    api,
    pay: async (amount, times = 1) => {
      for (let made = 0; made < times; made += 1) await api.create(bodyOf(amount));
    },
    behave: async (patch) => {
      const answer = await fetch(`${simulatorUrl}/control/behaviour`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(patch),
      });
      if (!answer.ok) throw new Error(await answer.text());
    },
    command: async (...words) => {
      const env = { ...process.env, DATA_DIR: dataDir };
      const line = ['src/cli/payout.ts', ...words];
      await promisify(execFile)(process.execPath, line, { cwd: ROOT, env });
    },
    signal: (name) => void child.kill(name),
    load: () => loadOn(api),
    lock: () => lockPayouts(dataDir),
    alter: (change) => alterPayouts(dataDir, change),
    stopDatabase: () => {
      const [pid] = readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGINT');
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGINT');
      const patience = setTimeout(() => void child.kill('SIGKILL'), CLOSED_WITHIN_MS);
      await ended;
      clearTimeout(patience);
    },
  };
}
