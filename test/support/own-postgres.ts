/**
 * A PostgreSQL server that belongs to one test and keeps its port, so that the test can stop it as
 * an operator or the kernel would, and start it again for those who know its address.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterData, findCluster } from '../../src/store/embedded/cluster.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';
import {
  findPrograms,
  PROGRAM_ENVIRONMENT,
  programPath,
} from '../../src/store/embedded/programs.ts';
import { withConnection } from '../../src/store/with-connection.ts';
import { makeServerFolder, removeServerFolder } from './server-folder.ts';
import { waitFor } from './wait-for.ts';

/** PostgreSQL's fast and immediate shutdown, and what an operator may do to it in anger. */
export type Stop = 'SIGINT' | 'SIGQUIT' | 'SIGKILL';

export type OwnPostgres = {
  connectionString: string;
  /** Ends the server process in this way; returns when it is gone. */
  stop(how: Stop): Promise<void>;
  /** Starts it again on the same port; returns when it answers. */
  start(): Promise<void>;
  remove(): Promise<void>;
};

/** A start takes 0.1 s, recovery from a crash a little more. */
const ANSWERS_WITHIN_MS = 30_000;

/** What only a server that was started without it on its command line can be made to change. */
const FIXED = /^(?:fsync|full_page_writes|synchronous_commit)=/;

/**
 * Makes a server with the settings of the product, and starts it; an `alterable` one may be made
 * to lose commits by `alter system`.
 */
export async function startOwnPostgres({ alterable = false } = {}): Promise<OwnPostgres> {
  const dataDir = await makeServerFolder();
  const first = await startEmbeddedPostgres({ dataDir, log: () => {} });
  const cluster = await findCluster(dataDir);
  if (cluster === null) throw new Error('there is no cluster in the new data folder');
  const programs = await findPrograms(cluster.account);
  // PostgreSQL notes the command line of its last start here: our settings, and the port.
  const noted = await readFile(join(clusterData(cluster.folder), 'postmaster.opts'), 'utf8');
  const all = [...noted.matchAll(/"(?<argument>[^"]*)"/g)].map(
    ({ groups }) => groups?.['argument'] ?? '',
  );
  const isLeftOut = (argument: string | undefined): boolean =>
    alterable && argument !== undefined && FIXED.test(argument);
  // Each setting is a pair: `-c` and `name=value`.
  const args = all.filter(
    (argument, index) => !isLeftOut(argument) && !(argument === '-c' && isLeftOut(all[index + 1])),
  );
  await first.stop();

  const launch = (): ChildProcess =>
    spawn(programPath(programs, 'postgres'), args, {
      ...cluster.account,
      cwd: cluster.folder,
      env: PROGRAM_ENVIRONMENT,
      stdio: 'ignore',
    });
  let child: ChildProcess | null = null;
  const isRunning = (): boolean =>
    child !== null && child.exitCode === null && child.signalCode === null;

  const { connectionString } = first;
  const start = async (): Promise<void> => {
    await waitFor(
      'PostgreSQL to answer',
      async () => {
        // It refuses to start while sessions of a killed one still end.
        if (!isRunning()) child = launch();
        // One that the service would refuse answers, too.
        const answers = withConnection(connectionString, async () => true, { durable: false });
        return answers.catch(() => false);
      },
      ANSWERS_WITHIN_MS,
    );
  };
  await start();
  return {
    connectionString,
    start,
    stop: async (how) => {
      if (child === null || !isRunning()) throw new Error('PostgreSQL does not run');
      const gone = once(child, 'exit');
      child.kill(how);
      await gone;
    },
    remove: () => removeServerFolder(dataDir),
  };
}
