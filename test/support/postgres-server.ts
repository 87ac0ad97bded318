/**
 * One PostgreSQL process over a data folder that a test owns: started with the settings it asks
 * for, stopped as an operator or the kernel would stop it. Who makes the folder is said elsewhere.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client } from 'pg';
import type { Account } from '../../src/dev/embedded-postgres/account.ts';
import {
  PROGRAM_ENVIRONMENT,
  type Programs,
  programPath,
} from '../../src/dev/embedded-postgres/programs.ts';
import { waitFor } from './wait-for.ts';

/** PostgreSQL's fast and immediate shutdown, and what an operator may do to it in anger. */
export type Stop = 'SIGINT' | 'SIGQUIT' | 'SIGKILL';

/** Settings beyond the product's own; an own one of the same name is replaced. */
export type Settings = Readonly<Record<string, string>>;

export type PostgresServer = {
  connectionString: string;
  port: number;
  isRunning(): boolean;
  /** Ends the server process in this way; returns when it is gone. */
  stop(how: Stop): Promise<void>;
  /** Starts it on its port, also again; returns when it answers. */
  start(settings?: Settings): Promise<void>;
};

export type ServerParts = {
  programs: Programs;
  account: Account | null;
  /** PostgreSQL's own folder, and one above it that its user may enter. */
  data: string;
  folder: string;
  /** The product's settings, by name, among them the port. */
  settings: Settings;
  connectionString: string;
};

/** A start takes 0.1 s, recovery from a crash a little more. */
const ANSWERS_WITHIN_MS = 30_000;

/** Whether it takes connections, also one that the service would refuse to work with. */
async function answers(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString });
  // A lost connection fails what is under way, and that is what is asked here.
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The server over a folder; it is not started here. */
export function postgresServer(parts: ServerParts): PostgresServer {
  const { programs, account, data, folder, connectionString } = parts;
  let child: ChildProcess | null = null;
  const isRunning = (): boolean =>
    child !== null && child.exitCode === null && child.signalCode === null;
  const launch = (settings: Settings): ChildProcess => {
    const all = { ...parts.settings, ...settings };
    const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return spawn(programPath(programs, 'postgres'), ['-D', data, ...args], {
      ...account,
      cwd: folder,
      env: PROGRAM_ENVIRONMENT,
      stdio: 'ignore',
    });
  };
  return {
    connectionString,
    port: Number(new URL(connectionString).port),
    isRunning,
    start: async (settings = {}) => {
      await waitFor(
        'PostgreSQL to answer',
        async () => {
          // It refuses to start while sessions of a killed one still end.
          if (!isRunning()) child = launch(settings);
          return answers(connectionString);
        },
        ANSWERS_WITHIN_MS,
      );
    },
    stop: async (how) => {
      if (child === null || !isRunning()) throw new Error('PostgreSQL does not run');
      const gone = once(child, 'exit');
      child.kill(how);
      await gone;
    },
  };
}
