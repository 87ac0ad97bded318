/**
 * The database of a service at its start, and what is watched about it for as long as it runs: the
 * history it holds, the installation it belongs to, and the gateways that payouts were sent to.
 */

import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import { createHistoryKeeper, type HistoryKeeper } from './database/history.ts';
import { type OpenedDatabase, openDatabase } from './database/open-database.ts';
import type { Gateways } from './gateways.ts';

export type WatchedDatabase = OpenedDatabase & { history: HistoryKeeper };

/** As often as leases are extended: what another process opened or ended is known within this. */
const HEARTBEAT_MS = 2000;

/** Beats one after the other; one that is asked for while another is under way is left out. */
function heartbeatEvery(ms: number, beat: () => Promise<void>, onError: (err: unknown) => void) {
  let underWay: Promise<void> | null = null;
  const once = (): void => {
    underWay ??= beat()
      .catch(onError)
      .finally(() => {
        underWay = null;
      });
  };
  const timer = setInterval(once, ms);
  return {
    once,
    stop: async () => {
      clearInterval(timer);
      await underWay;
    },
  };
}

/**
 * Opens the database, refuses one of another installation, and notices a history that was lost.
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
  const beats = heartbeatEvery(
    HEARTBEAT_MS,
    async () => {
      await history.beat(db);
      await gateways.refresh(db);
    },
    (err) => log.warn({ err }, 'The history of the database could not be compared.'),
  );
  db.onLost(() => {
    history.onLost();
    beats.once();
  });
  return {
    db,
    history,
    close: async () => {
      await beats.stop();
      await opened.close();
    },
  };
}
