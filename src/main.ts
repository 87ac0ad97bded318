/**
 * The process: configuration, service, and an orderly end on SIGTERM or SIGINT.
 */

import closeWithGrace from 'close-with-grace';
import { loadProcessConfig } from './config.ts';
import { createLogger } from './log.ts';
import { startService } from './service.ts';

/** In-flight gateway calls end within 30 s; the rest is closing sockets and the database. */
const CLOSE_TIMEOUT_MS = 40_000;

const loaded = loadProcessConfig();
if (loaded.kind === 'problems') {
  process.stderr.write(
    `The configuration has problems:\n${loaded.problems.map((problem) => `  ${problem}\n`).join('')}`,
  );
  process.exit(1);
}

const log = createLogger(loaded.config.log.level);
for (const warning of loaded.warnings) log.warn({}, warning);

try {
  const service = await startService(loaded.config, log);
  log.info({ address: service.url }, 'The service listens.');
  closeWithGrace({ delay: CLOSE_TIMEOUT_MS, logger: false }, async ({ signal, err }) => {
    if (err === undefined) log.info({ signal: signal ?? null }, 'Closing.');
    else log.fatal({ err }, 'Closing after a fault.');
    await service.close();
    log.info({}, 'Closed.');
  });
} catch (err) {
  log.fatal({ err }, 'The service could not start.');
  process.exitCode = 1;
}
