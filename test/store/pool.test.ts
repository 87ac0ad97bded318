/**
 * The pool when connections break: statements fail, the process goes on, and the next ones work.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type Database, isUnreachable } from '../../src/store/pool.ts';
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
      proxy.mend();
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
    proxy.mend();
    await expectItWorks();
  });

  test('while it is idle is told and replaced', async () => {
    await expectItWorks();
    const before = idleErrors.length;
    proxy.cut();
    await waitFor('the news', () => idleErrors.length > before);
    expect(idleErrors.at(-1)).toSatisfy(isUnreachable);
    proxy.mend();
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
