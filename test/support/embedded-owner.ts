/**
 * A process that owns an embedded server, for tests that kill it: `node embedded-owner.ts <data
 * folder>` prints the connection string once the server answers, and stops it on SIGTERM.
 */

import { startEmbeddedPostgres } from '../../src/dev/embedded-postgres/embedded-postgres.ts';

const [dataDir] = process.argv.slice(2);
if (!dataDir) throw new Error('the data folder is missing');

const server = await startEmbeddedPostgres({
  dataDir,
  log: (line) => process.stderr.write(`${line}\n`),
});
const alive = setInterval(() => {}, 60_000);
process.once('SIGTERM', () => {
  clearInterval(alive);
  void server.stop();
});
// Last, since a test that has read it may send the signal immediately.
process.stdout.write(`${server.connectionString}\n`);
