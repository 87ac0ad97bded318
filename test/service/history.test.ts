/**
 * Lost history is noticed, whatever lost it, and starts one new epoch; what lost nothing starts
 * none.
 */

import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { createHistoryKeeper, type HistoryKeeper } from '../../src/service/history.ts';
import { derivedClientOrderId } from '../../src/store/client-order-id.ts';
import { epochStepAt, feedFloorAt } from '../../src/store/epoch.ts';
import { readPause } from '../../src/store/pause.ts';
import { createDatabase, type Database } from '../../src/store/pool.ts';
import { copyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { putRawPayout } from '../support/raw-payouts.ts';
import { waitFor } from '../support/wait-for.ts';

type Replica = { keeper: HistoryKeeper; db: Database; lines: readonly string[] };

let databases: TestDatabase[];
let pools: Database[];
let database: TestDatabase;

async function keep(made: Promise<TestDatabase>): Promise<TestDatabase> {
  const one = await made;
  databases.push(one);
  return one;
}

beforeEach(async () => {
  databases = [];
  pools = [];
  database = await keep(createTestDatabase());
});
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await Promise.all(databases.map((one) => one.drop()));
});

function replicaOf(at: TestDatabase, { name = 'test', judgesTimeline = true } = {}): Replica {
  const lines: string[] = [];
  const log = createLogger('debug', { write: (line) => void lines.push(line) });
  const keeper = createHistoryKeeper({ installationName: name, log, judgesTimeline });
  const lookAt = keeper.watch(at.connectionString);
  const db = createDatabase(at.connectionString, () => {}, { lookAt });
  db.onLost(keeper.onLost);
  pools.push(db);
  return { keeper, db, lines };
}

async function start(at: TestDatabase = database): Promise<Replica> {
  const replica = replicaOf(at);
  await replica.keeper.start(replica.db);
  return replica;
}

type Row = Record<string, unknown>;

const installation = async (at: TestDatabase = database): Promise<Row> =>
  (await at.query('select * from installation'))[0] ?? {};

const payout = async (id: string, at: TestDatabase = database): Promise<Row> =>
  (await at.query('select * from payouts where id = $1', [id]))[0] ?? {};

/** Ends every connection of the replica, as a server does that crashes, and looks again. */
async function loseConnections({ keeper, db }: Replica, at: TestDatabase = database) {
  await at.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'payout-service/2'`,
  );
  await waitFor(
    'the loss to be noticed',
    () => keeper.flowParts.history().repliesFrom === Infinity,
  );
  await waitFor('another connection', () =>
    keeper.refresh(db).then(
      () => true,
      () => false,
    ),
  );
}

describe('a start', () => {
  test('on a database without payouts records its fingerprint and begins no epoch', async () => {
    const { keeper, db } = await start();
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 1, isOpen: false });
    const row = await installation();
    expect(row).toMatchObject({ epoch: 1, name: 'test', epoch_opened_at: null });
    expect(row['system_identifier']).toMatch(/^\d{10,}$/);
    expect(row['database_oid']).toMatch(/^\d+$/);
    expect(row['payouts_oid']).toMatch(/^\d+$/);
    expect(row['timeline']).toMatch(/^[0-9A-F]{8}$/);
    expect(await readPause(db)).toMatchObject({ paused: false });
  });

  test('on a database with payouts from before fingerprints records the first one', async () => {
    await putRawPayout(database);
    const { keeper } = await start();
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 1, isOpen: false });
  });

  test('again on the same database begins no epoch', async () => {
    await start();
    await putRawPayout(database);
    const { keeper } = await start();
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 1, isOpen: false });
  });

  test('on an empty copy records its own fingerprint', async () => {
    await start();
    const copy = await keep(copyDatabase(database));
    const { keeper } = await start(copy);
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 1, isOpen: false });
    expect((await installation(copy))['database_oid']).not.toBe(
      (await installation())['database_oid'],
    );
  });
});

/** By how much the open epoch of a database made its numbers jump. */
const stepOf = async (db: TestDatabase): Promise<number> =>
  epochStepAt(Number((await installation(db))['epoch_opened_at']));

test('two restores of one backup a minute apart jump to other numbers', () => {
  const at = Date.UTC(2026, 10, 28);
  expect(epochStepAt(at + 60_000)).toBe(epochStepAt(at) + 1);
  expect(feedFloorAt(at + 60_000)).toBe(feedFloorAt(at) + 60_000);
  // A version is a 32-bit integer.
  expect(epochStepAt(Date.UTC(2036, 0, 1)) * 100).toBeLessThan(2 ** 31);
});

describe('a copy of the database', () => {
  test('begins an epoch that pauses, jumps feed and versions, and makes open payouts due', async () => {
    await start();
    const open = await putRawPayout(database, { revision: 3, version: 2 });
    const ended = await putRawPayout(database, { status: 'approved', dueAt: null, revision: 9 });
    await database.query('update feed_head set seq = 41');
    const copy = await keep(copyDatabase(database));

    const { keeper, db, lines } = await start(copy);

    expect(keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    const row = await installation(copy);
    expect(row['epoch']).toBe(2);
    expect(row['epoch_reason']).toMatch(/^the database is another one/);
    const opened = row['epoch_opened_at'];
    const step = epochStepAt(Number(opened));
    expect(step).toBeGreaterThan(1_000_000);
    expect(await copy.query('select seq from feed_head')).toEqual([
      { seq: String(feedFloorAt(Number(opened))) },
    ]);
    expect(await payout(open, copy)).toMatchObject({
      revision: 3 + step,
      version: 2 + step,
      epoch: 1,
    });
    expect(Number((await payout(open, copy))['due_at'])).toBeLessThanOrEqual(Number(opened) + 1000);
    expect(await payout(ended, copy)).toMatchObject({ revision: 9 + step, due_at: null });
    expect(await readPause(db)).toEqual({
      paused: true,
      by: 'lost history',
      since: Number(opened),
      reason: expect.stringMatching(/another one.*npm run payout -- after-restore/),
    });
    expect(lines.join('')).toContain('The database has lost history');
  });

  test('begins one epoch, however many replicas start at once', async () => {
    await start();
    const id = await putRawPayout(database);
    const copy = await keep(copyDatabase(database));
    const replicas = await Promise.all([1, 2, 3, 4, 5].map(() => start(copy)));
    for (const { keeper } of replicas) {
      expect(keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    }
    expect(await installation(copy)).toMatchObject({ epoch: 2 });
    expect(await payout(id, copy)).toMatchObject({ version: 1 + (await stepOf(copy)) });
  });

  test('is noticed by a command line, too', async () => {
    await start();
    await putRawPayout(database);
    const copy = await keep(copyDatabase(database));
    const { keeper, db } = replicaOf(copy, { judgesTimeline: false });
    await keeper.refresh(db);
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: true });
  });

  test('keeps no writer out for longer than the epoch takes to begin', async () => {
    await start();
    const id = await putRawPayout(database);
    const copy = await keep(copyDatabase(database));
    const writer = new Client({ connectionString: copy.connectionString });
    await writer.connect();
    await writer.query('begin');
    await writer.query('select from payouts where id = $1 for no key update', [id]);
    const starting = start(copy);
    await waitFor('the epoch to wait for the writer', async () => {
      const waiting = await copy.query(`select from pg_locks where not granted`);
      return waiting.length > 0;
    });
    await writer.query('update payouts set revision = revision + 1 where id = $1', [id]);
    await writer.query('commit');
    await writer.end();
    expect((await starting).keeper.flowParts.history()).toMatchObject({ epoch: 2 });
    expect(await payout(id, copy)).toMatchObject({ revision: 2 + (await stepOf(copy)) });
  });
});

describe('another part of the fingerprint', () => {
  test.each([
    ['system_identifier', '1', 'the database server is another one'],
    ['payouts_oid', '1', 'the table of payouts is another one'],
  ])('%s begins an epoch', async (column, value, reason) => {
    await start();
    await putRawPayout(database);
    await database.query(`update installation set ${column} = $1`, [value]);
    const { keeper } = await start();
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    expect((await installation())['epoch_reason']).toContain(reason);
  });

  test('that cannot be read is not compared, and is recorded once it can be', async () => {
    await start();
    await putRawPayout(database);
    await database.query('update installation set timeline = null, system_identifier = null');
    const { keeper } = await start();
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 1, isOpen: false });
    expect((await installation())['timeline']).toMatch(/^[0-9A-F]{8}$/);
  });

  test('that a plain role may not read leaves the others compared', async () => {
    await start();
    await putRawPayout(database);
    const role = `plain_${new URL(database.connectionString).pathname.slice(6)}`;
    await database.query(`create role ${role} login password 'x'`);
    await database.query(`grant all on all tables in schema public to ${role}`);
    await database.query('revoke execute on function pg_control_system() from public');
    await database.query('revoke execute on function pg_walfile_name(pg_lsn) from public');
    const url = new URL(database.connectionString);
    url.username = role;
    url.password = 'x';
    const plain = { ...database, connectionString: url.href };
    expect((await start(plain)).keeper.flowParts.history()).toMatchObject({
      epoch: 1,
      isOpen: false,
    });
    await database.query(`update installation set payouts_oid = '1'`);
    expect((await start(plain)).keeper.flowParts.history()).toMatchObject({
      epoch: 2,
      isOpen: true,
    });
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
    await database.query(`drop owned by ${role}`);
    await database.query(`drop role ${role}`);
  });
});

describe('a new timeline', () => {
  const becomeNew = () => database.query(`update installation set timeline = 'FFFFFFFF'`);

  test('begins an epoch where nobody remembers anything', async () => {
    await start();
    await putRawPayout(database);
    await becomeNew();
    const { keeper } = await start();
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: true });
  });

  test('is recorded by a replica that finds all it remembers', async () => {
    const replica = await start();
    const id = await putRawPayout(database, { revision: 4 });
    replica.keeper.flowParts.onCommitted(id, 4);
    await becomeNew();
    await loseConnections(replica);
    expect(replica.keeper.flowParts.history()).toMatchObject({ epoch: 1, isOpen: false });
    expect((await installation())['timeline']).toMatch(/^0[0-9A-F]{7}$/);
  });

  test('is left to the service by a command line', async () => {
    await start();
    await putRawPayout(database);
    await becomeNew();
    const { keeper, db } = replicaOf(database, { judgesTimeline: false });
    await keeper.refresh(db);
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 1, isOpen: false });
    expect(await installation()).toMatchObject({ timeline: 'FFFFFFFF' });
  });
});

describe('after a lost connection', () => {
  test('nothing begins where nothing is missing, and replies count from then on', async () => {
    const replica = await start();
    const id = await putRawPayout(database, { revision: 4 });
    replica.keeper.flowParts.onCommitted(id, 3);
    replica.keeper.flowParts.onCommitted(id, 4);
    const { repliesFrom: before } = replica.keeper.flowParts.history();
    await loseConnections(replica);
    const { repliesFrom, ...history } = replica.keeper.flowParts.history();
    expect(history).toEqual({ epoch: 1, startedAt: 0, isOpen: false });
    expect(repliesFrom).toBeGreaterThan(before);
    expect(repliesFrom).toBeLessThan(Date.now() + 60_000);
  });

  test('a lower revision than was committed begins an epoch', async () => {
    const replica = await start();
    const id = await putRawPayout(database, { revision: 4 });
    replica.keeper.flowParts.onCommitted(id, 5);
    await loseConnections(replica);
    expect(replica.keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    expect((await installation())['epoch_reason']).toBe(
      `${id} has revision 4, although 5 was committed`,
    );
  });

  test('a row that is gone begins an epoch, also where the database is empty now', async () => {
    const replica = await start();
    replica.keeper.flowParts.onCommitted('po_gone', 1);
    await loseConnections(replica);
    expect(replica.keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    expect((await installation())['epoch_reason']).toContain('the row of po_gone is gone');
  });

  test('several replicas that miss commits begin one epoch', async () => {
    const replicas = await Promise.all([start(), start(), start()]);
    const id = await putRawPayout(database, { revision: 4 });
    for (const { keeper } of replicas) keeper.flowParts.onCommitted(id, 5);
    replicas[0]?.keeper.flowParts.onCommitted('po_gone', 1);
    await Promise.all(replicas.map((replica) => loseConnections(replica)));
    for (const { keeper, db } of replicas) {
      await keeper.refresh(db);
      expect(keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    }
    expect(await payout(id)).toMatchObject({ revision: 4 + (await stepOf(database)) });
  });

  test('an epoch that was lost itself is followed by one with a new number', async () => {
    await start();
    const id = await putRawPayout(database);
    await database.query('update installation set epoch = 2');
    const replica = await start();
    await database.query('update installation set epoch = 1');
    await loseConnections(replica);
    expect(replica.keeper.flowParts.history()).toMatchObject({ epoch: 3, isOpen: true });
    expect(await payout(id)).toMatchObject({ version: 1 + (await stepOf(database)) });
  });

  test('commits are compared only within the epoch that they were made in', async () => {
    const replica = await start();
    replica.keeper.flowParts.onCommitted('po_gone', 1);
    await database.query('update installation set epoch = 2');
    await loseConnections(replica);
    expect(replica.keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: false });
    await loseConnections(replica);
    expect(await installation()).toMatchObject({ epoch: 2 });
  });
});

test('a server that lost commits while no connection was open is noticed, too', async () => {
  const replica = await start();
  const id = await putRawPayout(database, { revision: 4 });
  replica.keeper.flowParts.onCommitted(id, 5);
  const lookAt = replica.keeper.watch(database.connectionString);
  const again = createDatabase(database.connectionString, () => {}, { lookAt });
  pools.push(again);
  await again.query({ text: 'select 1' });
  expect(replica.keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: true });
});

describe('what claims and other processes tell', () => {
  test('a newer epoch is learned from a claim, an older one is not', async () => {
    const { keeper } = await start();
    keeper.learn({ epoch: 3, startedAt: 1, isOpen: true });
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 3, isOpen: true });
    keeper.learn({ epoch: 2, startedAt: 1, isOpen: false });
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 3, isOpen: true });
  });

  test('the end of an epoch by another process is seen at the next heartbeat', async () => {
    await database.query('update installation set epoch = 2, epoch_opened_at = now()');
    const { keeper, db } = await start();
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    await database.query('update installation set epoch_opened_at = null');
    await keeper.beat(db);
    expect(keeper.flowParts.history()).toMatchObject({ epoch: 2, isOpen: false });
  });
});

describe('the name of the installation', () => {
  test('of the first start stays, and another one is refused with both names', async () => {
    await start();
    const { keeper, db } = replicaOf(database, { name: 'other' });
    await expect(keeper.start(db)).rejects.toThrow(
      'The database belongs to the installation "test", and INSTALLATION_NAME is "other"',
    );
    expect(await installation()).toMatchObject({ name: 'test' });
  });

  test('that is another one begins no epoch in a copy', async () => {
    await start();
    await putRawPayout(database);
    const copy = await keep(copyDatabase(database));
    const { keeper, db } = replicaOf(copy, { name: 'staging' });
    await expect(keeper.start(db)).rejects.toThrow('"staging"');
    expect(await installation(copy)).toMatchObject({ epoch: 1, name: 'test' });
  });

  test('of two first starts at once is one of theirs', async () => {
    const starts = ['one', 'two'].map((name) => {
      const { keeper, db } = replicaOf(database, { name });
      return keeper.start(db);
    });
    const outcomes = await Promise.allSettled(starts);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('ids of orders', () => {
  const DERIVED = derivedClientOrderId('test', 'reference 1');
  const idOf = ({ flowParts }: HistoryKeeper) => flowParts.clientOrderIdOf('po_1', 'reference 1');

  const older = async (): Promise<Client> => {
    const client = new Client({
      connectionString: database.connectionString,
      application_name: 'payout-service',
    });
    await client.connect();
    return client;
  };

  test('are derived once no older replica is connected, and then for good', async () => {
    const first = await older();
    const { keeper, db } = await start();
    await keeper.beat(db);
    expect(idOf(keeper)).toBe('po_1');
    await first.end();
    await waitFor('the older replica to be gone', async () => {
      await keeper.beat(db);
      return idOf(keeper) !== 'po_1';
    });
    const second = await older();
    await keeper.beat(db);
    expect(idOf(keeper)).toBe(DERIVED);
    expect(idOf((await start()).keeper)).toBe(DERIVED);
    await second.end();
  });
});
