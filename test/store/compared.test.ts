/**
 * A process that has just started waits for the living replicas, unless a connection of theirs
 * shows that they have had the time to compare their history with this server.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Client } from 'pg';
import { isCompared } from '../../src/store/history/installation.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { putRawPayout } from '../support/raw-payouts.ts';
import { waitFor } from '../support/wait-for.ts';

let database: TestDatabase;
let client: Client;
const others: Client[] = [];

const connect = async (name: string): Promise<Client> => {
  const made = new Client({ connectionString: database.connectionString, application_name: name });
  await made.connect();
  return made;
};

beforeEach(async () => {
  database = await createTestDatabase();
  client = await connect('test');
});
afterEach(async () => {
  await Promise.all([client, ...others.splice(0)].map((one) => one.end()));
  await database.drop();
});

const compared = (withinMs: number) =>
  isCompared({ query: (statement) => client.query(statement) }, withinMs);

test('nobody can have lost anything of a database without payouts', async () => {
  expect(await compared(10_000)).toBe(true);
});

test('without another connection it is unknown', async () => {
  await putRawPayout(database);
  expect(await compared(0)).toBe(false);
});

test('a connection of the service counts once it is old enough, one of others never', async () => {
  await putRawPayout(database);
  others.push(await connect('psql'));
  expect(await compared(0)).toBe(false);
  others.push(await connect('payout-service/2'));
  expect(await compared(600_000)).toBe(false);
  await waitFor('the connection to be 100 ms old', () => compared(100));
});
