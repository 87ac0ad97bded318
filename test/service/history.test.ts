/**
 * Lost history is noticed, whatever lost it, and starts one new epoch; what lost nothing starts
 * none. What is noticed by missing commits is in lost-commits.test.ts.
 */

import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HistoryKeeper } from '../../src/service/database/history.ts';
import { derivedClientOrderId } from '../../src/store/history/client-order-id.ts';
import { epochStepAt, feedFloorAt } from '../../src/store/history/epoch.ts';
import { readPause } from '../../src/store/pause.ts';
import { copyDatabase, type TestDatabase } from '../support/database.ts';
import { createHistoryWorld, type HistoryWorld } from '../support/history-world.ts';
import { putRawPayout } from '../support/raw-payouts.ts';
import { waitFor } from '../support/wait-for.ts';

let world: HistoryWorld;
let database: TestDatabase;
beforeEach(async () => {
  world = await createHistoryWorld();
  ({ database } = world);
});
afterEach(() => world.close());

describe('a start', () => {
  test('on a database without payouts records its fingerprint and begins no epoch', async () => {
    const { keeper, db } = await world.start();
    expect(keeper.appParts.history()).toMatchObject({ epoch: 1, isOpen: false });
    const row = await world.installation();
    expect(row).toMatchObject({ epoch: 1, name: 'test', epoch_opened_at: null });
    expect(row['system_identifier']).toMatch(/^\d{10,}$/);
    expect(row['database_oid']).toMatch(/^\d+$/);
    expect(row['payouts_oid']).toMatch(/^\d+$/);
    expect(row['timeline']).toMatch(/^[0-9A-F]{8}$/);
    expect(await readPause(db)).toMatchObject({ paused: false });
  });

  test('on a database with payouts from before fingerprints records the first one', async () => {
    await putRawPayout(database);
    const { keeper } = await world.start();
    expect(keeper.appParts.history()).toMatchObject({ epoch: 1, isOpen: false });
  });

  test('again on the same database begins no epoch', async () => {
    await world.start();
    await putRawPayout(database);
    const { keeper } = await world.start();
    expect(keeper.appParts.history()).toMatchObject({ epoch: 1, isOpen: false });
  });

  test('on an empty copy records its own fingerprint', async () => {
    await world.start();
    const copy = await world.keep(copyDatabase(database));
    const { keeper } = await world.start(copy);
    expect(keeper.appParts.history()).toMatchObject({ epoch: 1, isOpen: false });
    expect((await world.installation(copy))['database_oid']).not.toBe(
      (await world.installation())['database_oid'],
    );
  });
});

test('two restores of one backup a minute apart jump to other numbers', () => {
  const at = Date.UTC(2026, 10, 28);
  expect(epochStepAt(at + 60_000)).toBe(epochStepAt(at) + 1);
  expect(feedFloorAt(at + 60_000)).toBe(feedFloorAt(at) + 60_000);
  // A version is a 32-bit integer.
  expect(epochStepAt(Date.UTC(2036, 0, 1)) * 100).toBeLessThan(2 ** 31);
});

describe('a copy of the database', () => {
  test('begins an epoch that pauses, jumps feed and versions, and makes open payouts due', async () => {
    await world.start();
    const open = await putRawPayout(database, { revision: 3, version: 2 });
    const ended = await putRawPayout(database, { status: 'approved', dueAt: null, revision: 9 });
    await database.query('update feed_head set seq = 41');
    const copy = await world.keep(copyDatabase(database));

    const { keeper, db, lines } = await world.start(copy);

    expect(keeper.appParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    const row = await world.installation(copy);
    expect(row['epoch']).toBe(2);
    expect(row['epoch_reason']).toMatch(/^the database is another one/);
    const opened = row['epoch_opened_at'];
    const step = epochStepAt(Number(opened));
    expect(step).toBeGreaterThan(1_000_000);
    expect(await copy.query('select seq from feed_head')).toEqual([
      { seq: String(feedFloorAt(Number(opened))) },
    ]);
    expect(await world.payout(open, copy)).toMatchObject({
      revision: 3 + step,
      version: 2 + step,
      epoch: 1,
    });
    expect(Number((await world.payout(open, copy))['due_at'])).toBeLessThanOrEqual(
      Number(opened) + 1000,
    );
    expect(await world.payout(ended, copy)).toMatchObject({ revision: 9 + step, due_at: null });
    expect(await readPause(db)).toEqual({
      paused: true,
      by: 'lost history',
      key: null,
      since: Number(opened),
      reason: expect.stringMatching(/another one.*npm run payout -- after-restore/),
    });
    expect(lines.join('')).toContain('The database has lost history');
  });

  test('begins one epoch, however many replicas start at the same time', async () => {
    await world.start();
    const id = await putRawPayout(database);
    const copy = await world.keep(copyDatabase(database));
    const replicas = await Promise.all([1, 2, 3, 4, 5].map(() => world.start(copy)));
    for (const { keeper } of replicas) {
      expect(keeper.appParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    }
    expect(await world.installation(copy)).toMatchObject({ epoch: 2 });
    expect(await world.payout(id, copy)).toMatchObject({ version: 1 + (await world.stepOf(copy)) });
  });

  test('is noticed by a command line, too', async () => {
    await world.start();
    await putRawPayout(database);
    const copy = await world.keep(copyDatabase(database));
    const { keeper, db } = world.replicaOf(copy, { judgesTimeline: false });
    await keeper.refresh(db);
    expect(keeper.appParts.history()).toMatchObject({ epoch: 2, isOpen: true });
  });

  test('keeps no writer out for longer than the epoch takes to begin', async () => {
    await world.start();
    const id = await putRawPayout(database);
    const copy = await world.keep(copyDatabase(database));
    const writer = new Client({ connectionString: copy.connectionString });
    await writer.connect();
    await writer.query('begin');
    await writer.query('select from payouts where id = $1 for no key update', [id]);
    const starting = world.start(copy);
    await waitFor('the epoch to wait for the writer', async () => {
      const waiting = await copy.query(`select from pg_locks where not granted`);
      return waiting.length > 0;
    });
    await writer.query('update payouts set revision = revision + 1 where id = $1', [id]);
    await writer.query('commit');
    await writer.end();
    expect((await starting).keeper.appParts.history()).toMatchObject({ epoch: 2 });
    expect(await world.payout(id, copy)).toMatchObject({
      revision: 2 + (await world.stepOf(copy)),
    });
  });
});

describe('another part of the fingerprint', () => {
  test.each([
    ['system_identifier', '1', 'the database server is another one'],
    ['payouts_oid', '1', 'the table of payouts is another one'],
  ])('%s begins an epoch', async (column, value, reason) => {
    await world.start();
    await putRawPayout(database);
    await database.query(`update installation set ${column} = $1`, [value]);
    const { keeper } = await world.start();
    expect(keeper.appParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    expect((await world.installation())['epoch_reason']).toContain(reason);
  });

  test('that cannot be read is not compared, and is recorded once it can be', async () => {
    await world.start();
    await putRawPayout(database);
    await database.query('update installation set timeline = null, system_identifier = null');
    const { keeper } = await world.start();
    expect(keeper.appParts.history()).toMatchObject({ epoch: 1, isOpen: false });
    expect((await world.installation())['timeline']).toMatch(/^[0-9A-F]{8}$/);
  });

  test('that a plain role may not read leaves the others compared', async () => {
    await world.start();
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
    expect((await world.start(plain)).keeper.appParts.history()).toMatchObject({
      epoch: 1,
      isOpen: false,
    });
    await database.query(`update installation set payouts_oid = '1'`);
    expect((await world.start(plain)).keeper.appParts.history()).toMatchObject({
      epoch: 2,
      isOpen: true,
    });
    await world.closePools();
    await database.query(`drop owned by ${role}`);
    await database.query(`drop role ${role}`);
  });
});

describe('what claims and other processes report', () => {
  test('a newer epoch is learned from a claim, an older one is not', async () => {
    const { keeper } = await world.start();
    keeper.learn({ epoch: 3, startedAt: 1, isOpen: true });
    expect(keeper.appParts.history()).toMatchObject({ epoch: 3, isOpen: true });
    keeper.learn({ epoch: 2, startedAt: 1, isOpen: false });
    expect(keeper.appParts.history()).toMatchObject({ epoch: 3, isOpen: true });
  });

  test('the end of an epoch by another process is seen at the next heartbeat', async () => {
    await database.query('update installation set epoch = 2, epoch_opened_at = now()');
    const { keeper, db } = await world.start();
    expect(keeper.appParts.history()).toMatchObject({ epoch: 2, isOpen: true });
    await database.query('update installation set epoch_opened_at = null');
    await keeper.heartbeat(db);
    expect(keeper.appParts.history()).toMatchObject({ epoch: 2, isOpen: false });
  });
});

describe('the name of the installation', () => {
  test('of the first start stays, and another one is refused with both names', async () => {
    await world.start();
    const { keeper, db } = world.replicaOf(undefined, { name: 'other' });
    await expect(keeper.start(db)).rejects.toThrow(
      'The database belongs to the installation "test", and INSTALLATION_NAME is "other"',
    );
    expect(await world.installation()).toMatchObject({ name: 'test' });
  });

  test('that is another one begins no epoch in a copy', async () => {
    await world.start();
    await putRawPayout(database);
    const copy = await world.keep(copyDatabase(database));
    const { keeper, db } = world.replicaOf(copy, { name: 'staging' });
    await expect(keeper.start(db)).rejects.toThrow('"staging"');
    expect(await world.installation(copy)).toMatchObject({ epoch: 1, name: 'test' });
  });

  test('of two first starts at the same time is one of theirs', async () => {
    const starts = ['one', 'two'].map((name) => {
      const { keeper, db } = world.replicaOf(undefined, { name });
      return keeper.start(db);
    });
    const outcomes = await Promise.allSettled(starts);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('ids of orders', () => {
  const DERIVED = derivedClientOrderId('test', 'reference 1');
  const idOf = ({ appParts }: HistoryKeeper) => appParts.clientOrderIdOf('po_1', 'reference 1');

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
    const { keeper, db } = await world.start();
    await keeper.heartbeat(db);
    expect(idOf(keeper)).toBe('po_1');
    await first.end();
    await waitFor('the older replica to be gone', async () => {
      await keeper.heartbeat(db);
      return idOf(keeper) !== 'po_1';
    });
    const second = await older();
    await keeper.heartbeat(db);
    expect(idOf(keeper)).toBe(DERIVED);
    expect(idOf((await world.start()).keeper)).toBe(DERIVED);
    await second.end();
  });
});
