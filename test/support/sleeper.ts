/**
 * A harmless process of a given user, for tests about process numbers.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Longer than any test; a sleeper that is forgotten still ends. */
const SECONDS = '120';

export async function startSleeper(account: { uid?: number; gid?: number }) {
  const child = spawn('sleep', [SECONDS], { ...account, cwd: '/', stdio: 'ignore' });
  const exited = once(child, 'exit');
  await once(child, 'spawn');
  return {
    pid: child.pid,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    end: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
