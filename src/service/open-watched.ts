/**
 * Opens the database of a service and watches it for as long as the service runs: the history it
 * holds (`database/history.ts`), the installation it belongs to, and the gateways that payouts were
 * sent to (`gateways.ts`).
 */

import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import { createHistoryKeeper, type HistoryKeeper } from './database/history.ts';
import { type OpenedDatabase, openDatabase } from './database/open-database.ts';
import type { Gateways } from './gateways.ts';

export type WatchedDatabase = OpenedDatabase & { history: HistoryKeeper };

/**
 * As often as leases are extended: an epoch that another process began or ended is seen by then.
 */
const HEARTBEAT_MS = 2000;

/** Runs one `act` at a time; a heartbeat that is due while another one is in flight is left out. */
function heartbeatEvery(ms: number, act: () => Promise<void>, onError: (err: unknown) => void) {
  let inFlight: Promise<void> | null = null;
  const once = (): void => {
    inFlight ??= act()
      .catch(onError)
      .finally(() => {
        inFlight = null;
      });
  };
  const timer = setInterval(once, ms);
  return {
    once,
    stop: async () => {
      clearInterval(timer);
      await inFlight;
    },
  };
}

/**
 * Opens the database, rejects one of another installation, and detects a history that was lost.
 * Throws what {@link openDatabase} throws, and InstallationMismatch.
 */
export async function openWatched(
  config: Config,
  gateways: Gateways,
  log: Log,
): Promise<WatchedDatabase> {
  const { name: installationName } = config.installation;
  const history = createHistoryKeeper({ installationName, log, judgesTimeline: true });
  const opened = await openDatabase(config.database, log, undefined, history.watch);
  const { db } = opened;
  try {
    await history.start(db);
    await gateways.start(db, log);
  } catch (error) {
    await opened.close();
    throw error;
  }
  const heartbeat = heartbeatEvery(
    HEARTBEAT_MS,
    async () => {
      await history.heartbeat(db);
      await gateways.refresh(db);
    },
    (err) => log.warn({ err }, 'The history of the database could not be compared.'),
  );
  db.onLost(() => {
    history.onLost();
    heartbeat.once();
  });
  return {
    ...opened,
    history,
    close: async () => {
      await heartbeat.stop();
      await opened.close();
    },
  };
}
