/**
 * `npm run sandbox`: runs embedded PostgreSQL, simulator and service until it is stopped. With `--
 * --notified` the simulator is also the platform that receives every notification; `-- --set
 * NAME=VALUE` gives a variable of the service another value, and may be repeated.
 * `sandbox/sandbox.ts` wires them.
 */

import { parseArgs } from 'node:util';
import closeWithGrace from 'close-with-grace';
import { createLogger } from '../log.ts';
import { startSandbox } from './sandbox/sandbox.ts';

const CLOSE_TIMEOUT_MS = 40_000;

const USAGE = `npm run sandbox -- [options]

Runs embedded PostgreSQL, the simulator of gateway, bank and platform, and the service, until
Ctrl-C. The data is in ./data, or in the folder that DATA_DIR names.

  --notified         also notify the simulated platform of each change
  --set NAME=VALUE   give a variable of the service another value; may be repeated
  --help             show this text
`;

const { notified, set, help } = parseArgs({
  options: {
    notified: { type: 'boolean', default: false },
    set: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
}).values;
if (help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const changes = set.map((text): [string, string] => {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`--set ${text} is not NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
});
const sandbox = await startSandbox({
  dataDir: process.env['DATA_DIR'] ?? './data',
  log: createLogger('warn'),
  port: 8080,
  simulatorPort: 8090,
  notified,
  changes: Object.fromEntries(changes),
});

process.stdout.write(`The sandbox is up; Ctrl-C stops it.

  service     ${sandbox.url}
  API         ${sandbox.url}/docs
  API key     ${sandbox.apiKey}
  simulator   ${sandbox.simulatorUrl}/control/ledger
  process     ${process.pid}

`);

closeWithGrace({ delay: CLOSE_TIMEOUT_MS, logger: false }, () => sandbox.close());
