/**
 * Opens the database of a service and watches it for as long as the service runs: the history it
 * holds (`database/history.ts`), the installation it belongs to, the gateways that payouts were
 * sent to (`gateways.ts`), and the keys that sign its rows (`database/row-keys.ts`).
 */

import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import { createHistoryKeeper, type HistoryKeeper } from './database/history.ts';
import { type OpenedDatabase, openDatabase } from './database/open-database.ts';
import { configuredSigner, startRowKeys } from './database/row-keys.ts';
import type { RowSigner } from '../store/integrity/row-signer.ts';
import type { Gateways } from './gateways.ts';

export type WatchedDatabase = OpenedDatabase & { history: HistoryKeeper; rows: RowSigner };

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
  const rows = configuredSigner(config);
  const history = createHistoryKeeper({ installationName, log, rows, judgesTimeline: true });
  const opened = await openDatabase(config.database, log, {
    watch: history.watch,
    signs: rows.keyIds.length > 0,
  });
  const { db } = opened;
  try {
    await history.start(db);
    await gateways.start(db, log);
    await startRowKeys({ db, rows, log });
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
    rows,
    close: async () => {
      await heartbeat.stop();
      await opened.close();
    },
  };
}
