/**
 * Starts test/support/embedded-owner.ts as a process of its own, the leader of a process group, so
 * that a test can kill a service as a terminal, a supervisor or the kernel would.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./embedded-owner.ts', import.meta.url));

export type OwnerOptions = {
  /** The Node and the copy of the script to run, and as whom; by default ours. */
  node?: string;
  script?: string;
  uid?: number;
  gid?: number;
};

export type Owner = {
  process: ChildProcess;
  /**
   * The server's connection string, once it answers. Rejects with what the process said if it ends.
   */
  ready: Promise<string>;
  /** SIGKILL for the owner and its whole process group, unless it ended; returns when it has. */
  kill(): Promise<void>;
  /** Asks the owner to stop its server and itself; returns its exit code. */
  end(): Promise<number | null>;
};

export function startOwner(dataDir: string, options: OwnerOptions = {}): Owner {
  const { node = process.execPath, script = SCRIPT, ...account } = options;
  const child = spawn(node, [script, dataDir], {
    ...account,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
  });
  const exited = once(child, 'exit');
  const said = text(child.stderr);
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('error', reject);
    child.once('exit', () => {
      void said.then((output) => reject(new Error(`the owner ended: ${output}`)));
    });
  });
  // A test that kills the owner before it is ready does not wait for this.
  ready.catch(() => {});
  return {
    process: child,
    ready,
    kill: async () => {
      const isRunning = child.exitCode === null && child.signalCode === null;
      if (child.pid && isRunning) process.kill(-child.pid, 'SIGKILL');
      await exited;
    },
    end: async () => {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}
