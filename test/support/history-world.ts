/**
 * Replicas that watch the history of a real database, without the rest of a service: for tests of
 * what is noticed when a part of it is lost.
 */

import { createLogger } from '../../src/log.ts';
import { createHistoryKeeper, type HistoryKeeper } from '../../src/service/database/history.ts';
import { createRowSigner } from '../../src/store/integrity/row-signer.ts';
import { createDatabase, type Database } from '../../src/store/database/pool.ts';
import { epochStepAt } from '../../src/store/history/epoch.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { waitFor } from './wait-for.ts';

export type Replica = { keeper: HistoryKeeper; db: Database; lines: readonly string[] };

type ReplicaOptions = { name?: string; judgesTimeline?: boolean; monotonic?: () => number };

type Row = Record<string, unknown>;

export type HistoryWorld = {
  database: TestDatabase;
  /** Drops this one, too, when the world is closed. */
  keep(made: Promise<TestDatabase>): Promise<TestDatabase>;
  replicaOf(at?: TestDatabase, options?: ReplicaOptions): Replica;
  start(at?: TestDatabase): Promise<Replica>;
  /** Another pool of the same process, all of whose connections are new. */
  reopen(replica: Replica): Database;
  installation(at?: TestDatabase): Promise<Row>;
  payout(id: string, at?: TestDatabase): Promise<Row>;
  /** By how much the open epoch of a database made its numbers jump. */
  stepOf(at?: TestDatabase): Promise<number>;
  /** Ends every connection of replicas, as a server does that crashes. */
  endConnections(): Promise<void>;
  /** The same, and waits until this replica has looked again. */
  loseConnections(replica: Replica): Promise<void>;
  /** Closes what is open, and keeps the databases. */
  closePools(): Promise<void>;
  close(): Promise<void>;
};

/** Waits until the replica has noticed a loss, and has looked at the database again. */
export async function lookAgain({ keeper, db }: Replica): Promise<void> {
  await waitFor('the loss to be noticed', () => keeper.appParts.history().repliesFrom === Infinity);
  await waitFor('another connection', () =>
    keeper.refresh(db).then(
      () => true,
      () => false,
    ),
  );
}

export async function createHistoryWorld(): Promise<HistoryWorld> {
  const databases: TestDatabase[] = [];
  const pools: Database[] = [];
  const keep: HistoryWorld['keep'] = async (made) => {
    const one = await made;
    databases.push(one);
    return one;
  };
  const database = await keep(createTestDatabase());

  const open = (at: TestDatabase, keeper: HistoryKeeper): Database => {
    const lookAt = keeper.watch(at.connectionString);
    const db = createDatabase(at.connectionString, () => {}, { lookAt });
    pools.push(db);
    return db;
  };
  const replicaOf: HistoryWorld['replicaOf'] = (at = database, options = {}) => {
    const { name = 'test', judgesTimeline = true, monotonic = () => 0 } = options;
    const lines: string[] = [];
    const log = createLogger('debug', { write: (line) => void lines.push(line) });
    const keeper = createHistoryKeeper({
      installationName: name,
      log,
      rows: createRowSigner([]),
      judgesTimeline,
      monotonic,
    });
    const db = open(at, keeper);
    db.onLost(keeper.onLost);
    return { keeper, db, lines };
  };
  const endConnections = async (): Promise<void> => {
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'payout-service/2'`,
    );
  };
  const closePools = async (): Promise<void> => {
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
  };

  const installation: HistoryWorld['installation'] = async (at = database) =>
    (await at.query('select * from installation'))[0] ?? {};

  return {
    database,
    keep,
    replicaOf,
    start: async (at) => {
      const replica = replicaOf(at);
      await replica.keeper.start(replica.db);
      return replica;
    },
    reopen: ({ keeper }) => open(database, keeper),
    installation,
    stepOf: async (at) => epochStepAt(Number((await installation(at))['epoch_opened_at'])),
    payout: async (id, at = database) =>
      (await at.query('select * from payouts where id = $1', [id]))[0] ?? {},
    endConnections,
    loseConnections: async (replica) => {
      await endConnections();
      await lookAgain(replica);
    },
    closePools,
    close: async () => {
      await closePools();
      await Promise.all(databases.map((one) => one.drop()));
    },
  };
}
