/**
 * What is measured, each in a process of its own: embedded PostgreSQL, simulator, and as many
 * services as a part asks for. The bench itself is the caller.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { z } from 'zod';
import { startEmbeddedPostgres } from '../../src/dev/embedded-postgres/embedded-postgres.ts';
import {
  freePort,
  platformEnvironment,
  SANDBOX_ENDPOINT_ID,
  SANDBOX_LOGIN,
  sandboxEnvironment,
} from '../../src/dev/sandbox/sandbox.ts';
import { sandboxSecrets, sandboxWebhookSecret, sha256Hex } from '../../src/dev/sandbox/secrets.ts';
import type { BehaviourPatch } from '../../src/dev/simulator/behaviour.ts';
import { migrate } from '../../src/store/database/migrate.ts';
import { makeServerFolder, removeServerFolder } from '../support/server-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { familyCpuMs, parentOf } from './proc.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const packageSchema = z.object({ scripts: z.object({ start: z.string() }) });

export type Program = {
  pid: number;
  url: string;
  /** SIGTERM, or SIGKILL; returns when it has ended. */
  end(signal?: NodeJS.Signals): Promise<void>;
};

export type Rig = {
  db: Pool;
  connectionString: string;
  /** Several callers: one key alone is held to fewer requests than a quiet machine answers. */
  apiKeys: readonly string[];
  startService(changes?: Record<string, string>): Promise<Program>;
  startProgram(path: string, env: Record<string, string>, readyPath: string): Promise<Program>;
  setBehaviour(patch: BehaviourPatch): Promise<void>;
  postgresCpuMs(): number;
  close(): Promise<void>;
};

/** A bank that answers immediately; the bench changes it where a part needs another one. */
const AT_ONCE: BehaviourPatch = { validateDelayMs: 0, payDelayMs: 0 };

/** Budgets that do not hold back what is measured. */
const WIDE = { PAYNETEASY_MAX_IN_FLIGHT: '100', PAYNETEASY_MAX_PER_SECOND: '10000' };

const CALLERS = Array.from({ length: 8 }, (_, index) => `bench-${index}`);

/** The value of API_KEYS, where a caller's key is its name. */
const apiKeys = JSON.stringify(
  CALLERS.map((name) => ({ name, sha256: sha256Hex(name), scopes: ['payouts:write'] })),
);

/** What `npm start` gives to Node. */
function startFlags(): string[] {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8');
  const { scripts } = packageSchema.parse(JSON.parse(text));
  return scripts.start.split(' ').slice(1, -1);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

export async function startRig(): Promise<Rig> {
  const folder = await makeServerFolder();
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log: () => {} });
  await migrate(postgres.connectionString);
  const db = new Pool({ connectionString: postgres.connectionString, max: 4 });
  const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
  const postmaster = parentOf(rows[0]?.pid ?? 0);
  const secrets = sandboxSecrets(folder);
  const programs: Program[] = [];

  const startProgram: Rig['startProgram'] = async (path, env, readyPath) => {
    const url = `http://127.0.0.1:${env['PORT'] ?? env['SIMULATOR_PORT']}`;
    // What it logs is written and thrown away, as the log's own cost belongs to the service.
    const flags = path === 'src/main.ts' ? startFlags() : [];
    const child = spawn(process.execPath, [...process.execArgv, ...flags, path], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const program: Program = {
      pid: child.pid ?? 0,
      url,
      end: async (signal = 'SIGTERM') => {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
        await ended(child);
      },
    };
    programs.push(program);
    await waitFor(`${path} to be ready`, async () => {
      if (child.exitCode !== null) throw new Error(`${path} ended with ${child.exitCode}`);
      const answer = await fetch(`${url}${readyPath}`).catch(() => null);
      return answer?.ok === true;
    });
    return program;
  };

  const simulatorPort = await freePort(0);
  const simulator = await startProgram(
    'src/dev/simulator.ts',
    {
      SIMULATOR_PORT: String(simulatorPort),
      SIMULATOR_LOGIN: SANDBOX_LOGIN,
      SIMULATOR_CONTROL_KEY: secrets.controlKey,
      SIMULATOR_PUBLIC_KEY: secrets.publicKeyPem,
      SIMULATOR_ENDPOINT_ID: SANDBOX_ENDPOINT_ID,
      SIMULATOR_WEBHOOK_SECRET: sandboxWebhookSecret(secrets),
    },
    '/control/behaviour',
  );

  const setBehaviour: Rig['setBehaviour'] = async (patch) => {
    const answer = await fetch(`${simulator.url}/control/behaviour`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...AT_ONCE, ...patch }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  await setBehaviour({});

  return {
    db,
    connectionString: postgres.connectionString,
    apiKeys: CALLERS,
    startProgram,
    startService: async (changes = {}) =>
      startProgram(
        'src/main.ts',
        {
          ...sandboxEnvironment(secrets, simulator.url, await freePort(0), folder),
          ...platformEnvironment(secrets, simulator.url),
          ...WIDE,
          API_KEYS: apiKeys,
          PAYNETEASY_POLL_MIN_MS: '3000',
          PAYNETEASY_POLL_MAX_MS: '5000',
          DATABASE_URL: postgres.connectionString,
          ...changes,
        },
        '/health/ready',
      ),
    setBehaviour,
    postgresCpuMs: () => familyCpuMs(postmaster),
    close: async () => {
      for (const program of programs) await program.end();
      await db.end();
      await removeServerFolder(folder);
    },
  };
}
