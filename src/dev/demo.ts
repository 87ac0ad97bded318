/**
 * `npm run demo`: starts a sandbox in a folder of its own and runs the demo on it
 * (`sandbox/demo/demo.ts`). The exit code says whether every payout ended as expected.
 */

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../log.ts';
import { runDemo } from './sandbox/demo/demo.ts';
import { startSandbox } from './sandbox/sandbox.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const dataDir = mkdtempSync(join(tmpdir(), 'payout-demo-'));
// Under root, PostgreSQL runs as another user, who must be able to enter the folder; secret files
// in it have mode 0600.
chmodSync(dataDir, 0o711);
const sandbox = await startSandbox({
  dataDir,
  log: createLogger('error'),
  port: 0,
  simulatorPort: 0,
  notified: true,
});
let faults: string[] = [];
try {
  print(`Service ${sandbox.url}, simulator ${sandbox.simulatorUrl}, PostgreSQL in ${dataDir}\n`);
  faults = await runDemo(sandbox, { print });
} finally {
  await sandbox.close();
  rmSync(dataDir, { recursive: true, force: true });
}
print('');
for (const fault of faults) print(`WRONG ${fault}`);
print(faults.length === 0 ? 'Every payout ended as it must.' : `${faults.length} faults.`);
process.exitCode = faults.length === 0 ? 0 : 1;
