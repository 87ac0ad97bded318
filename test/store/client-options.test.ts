/**
 * Nothing but the address decides how the service connects to its database: neither the variables
 * that PostgreSQL's own programs read, nor ~/.pgpass.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startEmbeddedPostgres } from '../../src/dev/embedded-postgres/embedded-postgres.ts';
import { clientOptions } from '../../src/store/database/client-options.ts';
import { createDatabase } from '../../src/store/database/pool.ts';
import { DatabaseUnfit } from '../../src/store/database/session.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeServerFolder, removeServerFolder } from '../support/server-folder.ts';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await makeServerFolder();
});
afterAll(async () => {
  await database.drop();
  await removeServerFolder(folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

type Seen = { name: string; role: string; application: string; limit: string };
const SEEN = `select current_database() as name, current_user as role,
  current_setting('application_name') as application,
  current_setting('from_collapse_limit') as limit`;

const bothWays = async (address: string): Promise<(Seen | undefined)[]> => {
  const alone = await withConnection(address, (client) => client.query<Seen>(SEEN));
  const db = createDatabase(address, () => {});
  try {
    return [alone.rows[0], (await db.query<Seen>({ text: SEEN })).rows[0]];
  } finally {
    await db.close();
  }
};

describe('the environment', () => {
  test.for([
    ['PGSSLMODE', 'require'],
    ['PGSSLNEGOTIATION', 'direct'],
    ['PGSSLNEGOTIATION', 'bogus'],
    ['PGOPTIONS', '-c from_collapse_limit=3'],
    ['PGREPLICATION', 'database'],
    ['PGAPPNAME', 'payout-service'],
    ['PGHOST', '192.0.2.1'],
    ['PGPORT', '1'],
    ['PGUSER', 'someone'],
    ['PGDATABASE', 'elsewhere'],
    ['PGPASSWORD', 'other'],
    ['PGCLIENT_ENCODING', 'latin1'],
    ['PGCONNECT_TIMEOUT', '1'],
    ['PGDATESTYLE', 'German'],
  ])('does not change the connection by %s=%s', async ([name = '', value = '']) => {
    vi.stubEnv(name, value);
    const url = new URL(database.connectionString);
    const expected = {
      name: url.pathname.slice(1),
      role: url.username,
      application: 'payout-service/2',
      limit: '8',
    };
    expect(await bothWays(url.href)).toEqual([expected, expected]);
  });

  test.for(['PGPASSWORD', 'PGPASSFILE'])('gives no password by %s', async (name) => {
    const url = new URL(database.connectionString);
    const file = join(folder, 'pgpass');
    await writeFile(file, `*:*:*:*:${url.password}\n`, { mode: 0o600 });
    vi.stubEnv(name, name === 'PGPASSFILE' ? file : url.password);
    url.password = '';
    await expect(bothWays(url.href)).rejects.toThrow(/password must be a non-empty string/);
  });

  test('does not keep the embedded server from its start by PGSSLMODE=require', async () => {
    vi.stubEnv('PGSSLMODE', 'require');
    const dataDir = join(folder, 'embedded');
    const server = await startEmbeddedPostgres({ dataDir, log: () => {} });
    const seen = await bothWays(server.connectionString);
    await server.stop();
    expect(seen).toMatchObject([{ name: 'payouts' }, { name: 'payouts' }]);
  }, 60_000);

  test('gives no user and no port that the address leaves out', () => {
    vi.stubEnv('PGPORT', '1');
    vi.stubEnv('PGUSER', 'someone');
    vi.stubEnv('USER', 'someone');
    expect(clientOptions('postgres://me@db')).toMatchObject({
      user: 'me',
      port: 5432,
      database: 'me',
    });
    expect(() => clientOptions('postgres://db')).toThrow(DatabaseUnfit);
  });
});

describe('TLS', () => {
  const sslOf = (query: string) => clientOptions(`postgres://me@db/payouts?${query}`).ssl;

  test('is verified whatever Node is told by its environment', () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    expect(sslOf('sslmode=verify-full')).toEqual({ rejectUnauthorized: true });
    expect(sslOf('sslmode=require')).toEqual({ rejectUnauthorized: false });
    expect(sslOf('sslmode=disable')).toBe(false);
    expect(sslOf('')).toBe(false);
  });

  test('reads the files that the address names', async () => {
    const file = join(folder, 'some.pem');
    await writeFile(file, 'PEM');
    const files = `sslrootcert=${file}&sslcert=${file}&sslkey=${file}`;
    expect(sslOf(`sslmode=verify-full&${files}`)).toEqual({
      rejectUnauthorized: true,
      ca: 'PEM',
      cert: 'PEM',
      key: 'PEM',
    });
    expect(sslOf(`sslmode=verify-ca&sslrootcert=${file}`)).toMatchObject({
      rejectUnauthorized: true,
      checkServerIdentity: expect.any(Function),
    });
  });

  test.for(['sslrootcert', 'sslcert', 'sslkey'])('names %s where its file is not there', (name) => {
    const other = name === 'sslcert' ? 'sslkey' : 'sslcert';
    const files = name === 'sslrootcert' ? `${name}=/none` : `${name}=/none&${other}=/dev/null`;
    expect(() => sslOf(`sslmode=verify-full&${files}`)).toThrow(
      new DatabaseUnfit(`DATABASE_URL names a file in ${name} that cannot be read (ENOENT).`),
    );
  });
});
