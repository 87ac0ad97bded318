/**
 * The session of one command: the service's own database, policy and gateway client, but no runner.
 * It only connects to an embedded database; the service starts one, in
 * service/database/open-database.ts.
 */

import type { Config } from '../../config/config.ts';
import { findEmbeddedPostgres } from '../../dev/embedded-postgres/embedded-postgres.ts';
import type { AppContext } from '../../flow/context.ts';
import { observeNothing } from '../../flow/observe.ts';
import { systemChance, systemClock } from '../../lib/clock.ts';
import { createLogger } from '../../log.ts';
import { createAppContext } from '../../service/app-context.ts';
import { createHeartbeat } from '../../service/database/heartbeat.ts';
import { createHistoryKeeper, historyParts } from '../../service/database/history.ts';
import { configuredSigner } from '../../service/database/row-keys.ts';
import { createEndpoints } from '../../service/endpoints.ts';
import { configuredGateways } from '../../service/gateways.ts';
import { checkSchema, SchemaNewer, SchemaOlder } from '../../store/database/migrate.ts';
import { createDatabase } from '../../store/database/pool.ts';
import { withConnection } from '../../store/database/with-connection.ts';
import { CommandFailed } from './command.ts';

export type Session = {
  app: AppContext;
  /**
   * Waits until the living replicas have compared their history with this server. Where none comes
   * to judge a new timeline, it gives up: what ends a payout is then kept as a wish, or refused.
   */
  settle(): Promise<void>;
  close(): Promise<void>;
};

/** A replica that judges a new timeline does so in less, and the window of 10 s follows. */
const SETTLED_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 500;

async function addressOf({ server }: Config['database']): Promise<string> {
  if (server.kind === 'remote') return server.url.reveal();
  const found = await findEmbeddedPostgres(server.dataDir);
  if (found !== null) return found;
  throw new CommandFailed(
    `The embedded PostgreSQL in ${server.dataDir} is not running; ` +
      'start the service or the sandbox.',
  );
}

/** Refuses a database of another schema version, whose rows might be read wrongly. */
async function assertSchema(address: string): Promise<void> {
  try {
    await withConnection(address, (client) => checkSchema(client));
  } catch (error) {
    const isOfSchema = error instanceof SchemaOlder || error instanceof SchemaNewer;
    if (!isOfSchema) throw error;
    throw new CommandFailed(`The database has another schema: ${error.message}.`, { cause: error });
  }
}

/** Opens the session of a command; `complain` takes the lines of its log. */
export async function openSession(
  config: Config,
  complain: (line: string) => void,
): Promise<Session> {
  const address = await addressOf(config.database);
  await assertSchema(address);
  const log = createLogger('error', { write: (line) => complain(line.trimEnd()) });
  const { name: installationName } = config.installation;
  // A command has seen no earlier commit, so it cannot judge a new timeline.
  const rows = configuredSigner(config);
  const history = createHistoryKeeper({ installationName, log, rows, judgesTimeline: false });
  const lookAt = history.watch(address);
  const onBroken = (err: Error) => log.error({ err }, 'A database connection broke.');
  const db = createDatabase(address, onBroken, { lookAt, signs: rows.keyIds.length > 0 });
  db.onLost(history.onLost);
  // One heartbeat is enough: a command ends before the next one would be due.
  const heartbeat = createHeartbeat(db, systemClock, log);
  const gateways = configuredGateways(config);
  try {
    // The history comes first, since it tells which installation the database belongs to.
    await history.refresh(db);
    await gateways.refresh(db);
    if (!(await heartbeat.run()))
      throw new CommandFailed("The database's clock could not be read.");
  } catch (error) {
    await db.close();
    throw error;
  }
  const wall = () => systemClock.now();
  const endpoints = createEndpoints(config, {
    db,
    gateways,
    clock: heartbeat.clock,
    wall,
    chance: systemChance,
    log,
  });
  const app = createAppContext(config, {
    db,
    clock: heartbeat.clock,
    wall,
    isClockTrusted: heartbeat.isTrusted,
    chance: systemChance,
    endpoints: endpoints.byName,
    ...historyParts(history, heartbeat),
    rows,
    refreshHistory: () => history.refresh(db),
    log,
    observe: observeNothing,
    // The service's own scan finds due payouts within a second.
    onDue: () => undefined,
  });
  const settle = async (): Promise<void> => {
    const deadline = systemClock.monotonic() + SETTLED_WITHIN_MS;
    while (app.clock.now() < app.history().repliesFrom && systemClock.monotonic() < deadline) {
      await app.sleep(LOOK_EVERY_MS);
      await history.refresh(db);
    }
    // The clock was read before the wait, and counts only for a while.
    await heartbeat.run();
  };
  return {
    app,
    settle,
    close: async () => {
      await endpoints.outbound.close();
      await db.close();
    },
  };
}
