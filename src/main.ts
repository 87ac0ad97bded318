/**
 * The process: it loads the configuration, starts the service, and ends it in order on SIGTERM or
 * SIGINT. What runs inside the process is decided in service/service.ts.
 */

import { setTimeout as wait } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { listenAddresses, loadProcessConfig } from './config/config.ts';
import { createLogger } from './log.ts';
import { tryListening } from './lib/listen-address.ts';
import { type Service, startService } from './service/service.ts';

/** Gateway calls in flight end within 30 s; the rest is for closing sockets and the database. */
const CLOSE_TIMEOUT_MS = 40_000;

const loaded = loadProcessConfig();
// Before anything else is done: the schema must not be migrated by a process that cannot listen.
const listening = await Promise.all(listenAddresses(loaded).map(tryListening));
const unusable = listening.flatMap((each) => (each.kind === 'free' ? [] : [each.problem]));
// A wrong HOST is one problem, however many ports there are.
const problems = [...(loaded.kind === 'problems' ? loaded.problems : []), ...new Set(unusable)];
if (loaded.kind === 'problems' || problems.length > 0) {
  const list = problems.map((problem) => `  ${problem}\n`).join('');
  process.stderr.write(`The configuration has problems:\n${list}`);
  process.exit(1);
}

const { config, warnings } = loaded;
const log = createLogger(config.log.level);
for (const warning of warnings) log.warn({}, warning);

const { shutdownDelayMs } = config.http;
let service: Service | null = null;
// Registered before the start: without a handler, a signal would not end the first process of a
// container.
closeWithGrace(
  { delay: CLOSE_TIMEOUT_MS + shutdownDelayMs, logger: false },
  async ({ signal, err }) => {
    if (err === undefined) log.info({ signal: signal ?? null }, 'Closing.');
    else log.fatal({ err }, 'Closing after an unexpected error.');
    // A supervisor sends SIGTERM. An operator who presses Ctrl-C does not want to wait.
    if (signal === 'SIGTERM' && service !== null) {
      service.leave();
      await wait(shutdownDelayMs);
    }
    await service?.close();
    log.info({}, 'Closed.');
  },
);

try {
  service = await startService(config, log);
  log.info({ address: service.url }, 'The service listens.');
  if (service.metricsUrl !== null) {
    log.info({ address: service.metricsUrl }, 'Metrics and documentation have their own port.');
  }
} catch (err) {
  log.fatal({ err }, 'The service could not start.');
  process.exit(1);
}
