/**
 * The pool when connections break: statements fail, the process goes on, and the next ones work.
 */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  createDatabase,
  type Database,
  isUnavailable,
  isUnreachable,
} from '../../src/store/database/pool.ts';
import { type CuttableProxy, startCuttableProxy } from '../support/cuttable-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

let database: TestDatabase;
let proxy: CuttableProxy;
let db: Database;
const idleErrors: Error[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.connectionString);
  proxy = await startCuttableProxy({ host: url.hostname, port: Number(url.port) });
  url.host = `127.0.0.1:${proxy.port}`;
  db = createDatabase(url.href, (error) => void idleErrors.push(error));
});
afterAll(async () => {
  await db.close();
  await proxy.close();
  await database.drop();
});

const one = () => db.query<{ one: number }>({ text: 'select 1 as one' });
const expectItWorks = async () => expect((await one()).rows).toEqual([{ one: 1 }]);

describe('a connection that breaks', () => {
  test('between two statements of a transaction fails the transaction and nothing else', async () => {
    const work = db.transaction(async (client) => {
      await client.query({ text: 'select 1' });
      proxy.cut();
      // The break is noticed while no statement of this connection is under way.
      await waitFor('the other end to be gone', () => proxy.connections() === 0);
      await new Promise((resolve) => setImmediate(resolve));
      proxy.restore();
      await client.query({ text: 'select 1' });
    });
    await expect(work).rejects.toSatisfy(isUnreachable);
    await expectItWorks();
  });

  test('during a statement fails it as unreachable', async () => {
    const slow = db.query({ text: 'select pg_sleep(10)' });
    const failed = slow.catch((error: unknown) => error);
    await waitFor('the statement', async () => {
      const [row] = await database.query<{ count: string }>(
        `select count(*) from pg_stat_activity where query = 'select pg_sleep(10)' and state = 'active'`,
      );
      return row?.count === '1';
    });
    proxy.cut();
    expect(await failed).toSatisfy(isUnreachable);
    proxy.restore();
    await expectItWorks();
  });

  test('while it is idle is reported and replaced', async () => {
    await expectItWorks();
    const before = idleErrors.length;
    proxy.cut();
    await waitFor('the news', () => idleErrors.length > before);
    expect(idleErrors.at(-1)).toSatisfy(isUnreachable);
    proxy.restore();
    await expectItWorks();
  });
});

test('a connection is given out only when its plans are made by index and compiled never', async () => {
  const setting = (name: string) => `current_setting('${name}') as ${name}`;
  const names = ['enable_seqscan', 'enable_hashjoin', 'plan_cache_mode', 'jit'];
  const text = `select ${names.map(setting).join(', ')}`;
  const many = await Promise.all(names.map(() => db.query({ text })));
  const expected = {
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    plan_cache_mode: 'force_generic_plan',
    jit: 'off',
  };
  expect(many.flatMap(({ rows }) => rows)).toEqual(names.map(() => expected));
});

describe('a lost connection is counted and reported', () => {
  const told = (): { count: number } => {
    const heard = { count: 0 };
    db.onLost(() => {
      heard.count += 1;
    });
    return heard;
  };

  test('once, where it broke while it was idle, and at each try that finds no server', async () => {
    await expectItWorks();
    const heard = told();
    const before = db.losses();
    proxy.cut();
    await waitFor('the loss', () => db.losses() > before);
    expect(heard.count).toBe(db.losses() - before);
    const after = db.losses();
    await expect(one()).rejects.toSatisfy(isUnreachable);
    expect(db.losses()).toBe(after + 1);
    proxy.restore();
    await expectItWorks();
    expect(db.losses()).toBe(after + 1);
  });

  test('once, where it broke in use', async () => {
    await expectItWorks();
    const heard = told();
    const before = db.losses();
    const work = db.transaction(async (client) => {
      const slow = client.query({ text: 'select pg_sleep(10) as in_transaction' });
      const failed = slow.catch((error: unknown) => error);
      await waitFor('the statement', async () => {
        const [row] = await database.query<{ count: string }>(
          `select count(*) from pg_stat_activity
          where query = 'select pg_sleep(10) as in_transaction' and state = 'active'`,
        );
        return row?.count === '1';
      });
      proxy.cut();
      throw await failed;
    });
    await expect(work).rejects.toSatisfy(isUnreachable);
    proxy.restore();
    expect(db.losses()).toBe(before + 1);
    expect(heard.count).toBe(1);
  });

  test('where the server ended the session under a statement', async () => {
    const before = db.losses();
    const slow = db.query({ text: 'select pg_sleep(10) as to_be_ended' });
    const failed = slow.catch((error: unknown) => error);
    await waitFor('the end', async () => {
      const ended = await database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where query = 'select pg_sleep(10) as to_be_ended' and state = 'active'`,
      );
      return ended.length === 1;
    });
    expect(await failed).toSatisfy(isUnreachable);
    expect(db.losses()).toBe(before + 1);
  });

  test('where the server ended a session that was idle for too long (25P03)', async () => {
    const before = db.losses();
    const work = db.transaction(async (client) => {
      await client.query({ text: 'set idle_in_transaction_session_timeout = 1' });
      await waitFor('the end', () => db.losses() > before);
      await client.query({ text: 'select 1' });
    });
    await expect(work).rejects.toSatisfy(isUnavailable);
    expect(db.losses()).toBe(before + 1);
    await expectItWorks();
  });

  test('and one that has reached its maximum age is none, although another takes its place', async () => {
    const process = async (client: Pick<Database, 'query'>) =>
      (await client.query<{ pid: number }>({ text: 'select pg_backend_pid() as pid' })).rows[0];
    const before = db.losses();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      // Fresh, so that its age is measured by the faked timers.
      const aged = createDatabase(database.connectionString, () => {});
      const [old, kept] = await aged.transaction(async (client) => {
        const first = await process(client);
        vi.advanceTimersByTime(299_000);
        const second = await process(client);
        vi.advanceTimersByTime(2000);
        return [first, second];
      });
      expect(kept).toEqual(old);
      expect(await process(aged)).not.toEqual(old);
      expect(aged.losses()).toBe(0);
      expect(await aged.transaction(process)).not.toEqual(old);
      await aged.close();
    } finally {
      vi.useRealTimers();
    }
    expect(db.losses()).toBe(before);
  });

  test('and a statement that the server refuses is none', async () => {
    const before = db.losses();
    await expect(db.query({ text: 'select 1 / 0' })).rejects.toThrow('division by zero');
    await expect(
      db.transaction((client) => client.query({ text: 'select no_such_column' })),
    ).rejects.toThrow('no_such_column');
    expect(db.losses()).toBe(before);
  });
});

test('a plan that a newer schema made stale is made anew, also in transactions', async () => {
  await database.query('create table stale_test (a int)');
  const read = { name: 'read-stale', text: 'select * from stale_test' };
  const readInTransaction = () => db.transaction((client) => client.query(read));
  await readInTransaction();
  await database.query('alter table stale_test add column b int');
  await expect(readInTransaction()).rejects.toThrow('cached plan');
  await readInTransaction();
});

describe('a transaction', () => {
  const names = () => database.query<{ name: string }>('select name from pool_test order by name');

  test('is there as a whole, or not at all', async () => {
    await database.query('create table pool_test (name text)');
    await db.transaction((client) => client.query({ text: `insert into pool_test values ('a')` }));
    const failing = db.transaction(async (client) => {
      await client.query({ text: `insert into pool_test values ('b')` });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await names()).toEqual([{ name: 'a' }]);
    // The connection of the one that failed is as good as new.
    expect(db.counts().waiting).toBe(0);
    await expectItWorks();
  });
});
