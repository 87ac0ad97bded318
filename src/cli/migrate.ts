/**
 * `npm run migrate`: migrates the database to this program's schema, and does nothing else. The
 * migrations are in store/migrations, their order is decided in store/database/migrate.ts.
 */

import { loadProcessConfig } from '../config/config.ts';
import { createLogger } from '../log.ts';
import { openDatabase } from '../service/database/open-database.ts';

const loaded = loadProcessConfig();
if (loaded.kind === 'problems') {
  const list = loaded.problems.map((problem) => `  ${problem}\n`).join('');
  process.stderr.write(`The configuration has problems:\n${list}`);
  process.exit(1);
}
const log = createLogger(loaded.config.log.level);
try {
  const database = { ...loaded.config.database, migrateOnStart: true };
  const opened = await openDatabase(database, log);
  await opened.close();
  log.info({}, 'The database has the schema of this program.');
} catch (err) {
  log.fatal({ err }, 'The database could not be migrated.');
  process.exitCode = 1;
}
