/**
 * Starts with a server that is there and refuses: the message names DATABASE_URL and what to do, at
 * once and without a password in it. And a server with TLS, in each sslmode.
 */

import { chown, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSecret } from '../../src/lib/secret.ts';
import { createLogger } from '../../src/log.ts';
import { DatabaseUnusable, openDatabase } from '../../src/service/database/open-database.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { selfSigned } from '../lib/self-signed.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';

const log = createLogger('fatal', { write: () => {} });

let postgres: OwnPostgres;
let authority: string;
const other = selfSigned();
const file = (name: string): string => join(postgres.folder, name);

beforeAll(async () => {
  postgres = await startOwnPostgres();
  const { cert, key } = selfSigned();
  await writeFile(file('server.crt'), cert);
  await writeFile(file('server.key'), key, { mode: 0o600 });
  await writeFile(file('other.crt'), other.cert);
  await writeFile(file('broken.crt'), '-----BEGIN CERTIFICATE-----\nbroken\n');
  // PostgreSQL takes a key only from its own user.
  const { uid, gid } = await stat(postgres.folder);
  await chown(file('server.key'), uid, gid);
  authority = file('server.crt');
}, 60_000);
afterAll(() => postgres.remove());

const switchTlsOn = async (): Promise<void> => {
  await postgres.stop('SIGINT');
  const files = { ssl_cert_file: authority, ssl_key_file: file('server.key') };
  await postgres.start({ ssl: 'on', ...files });
};

const addressWith = (query: string, host = '127.0.0.1'): string => {
  const url = new URL(postgres.connectionString);
  url.hostname = host;
  return `${url.href}?${query}`;
};

const start = async (address: string): Promise<string> => {
  const server = { kind: 'remote', url: createSecret(address) } as const;
  try {
    const opened = await openDatabase({ migrateOnStart: true, server }, log, {
      reachedWithinMs: 500,
    });
    await opened.close();
    return 'started';
  } catch (error) {
    expect(error).toBeInstanceOf(DatabaseUnusable);
    return error instanceof Error ? error.message : '';
  }
};

const isEncrypted = (address: string): Promise<unknown> =>
  withConnection(address, async (client) => {
    const text = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
    return (await client.query<{ ssl: boolean }>(text)).rows[0]?.ssl;
  });

test('a wrong password, user or database is named by the server, the variable by us', async () => {
  const url = new URL(postgres.connectionString);
  url.password = 'canary';
  expect(await start(url.href)).toMatch(/^DATABASE_URL: .*password authentication failed/);
  expect(await start(url.href)).not.toContain('canary');
  url.password = '';
  expect(await start(url.href)).toMatch(/^DATABASE_URL: the server requires a password/);
});

describe('a server without TLS', () => {
  test('is refused where the address asks for it', async () => {
    expect(await start(addressWith('sslmode=require'))).toBe(
      'DATABASE_URL: the encrypted connection failed (The server does not support SSL ' +
        'connections); switch ssl on at the server, or write sslmode=disable.',
    );
    expect(await start(addressWith('sslmode=disable'))).toBe('started');
  });
});

describe('a server with TLS', () => {
  beforeAll(switchTlsOn, 60_000);

  test('is used encrypted by each mode that its certificate satisfies', async () => {
    const named = `sslrootcert=${authority}`;
    expect(await isEncrypted(addressWith('sslmode=disable'))).toBe(false);
    expect(await isEncrypted(addressWith('sslmode=require'))).toBe(true);
    expect(await isEncrypted(addressWith(`sslmode=require&${named}`))).toBe(true);
    expect(await isEncrypted(addressWith(`sslmode=verify-ca&${named}`))).toBe(true);
    expect(await isEncrypted(addressWith(`sslmode=verify-full&${named}`, 'localhost'))).toBe(true);
    expect(await start(addressWith(`sslmode=verify-full&${named}`, 'localhost'))).toBe('started');
  });

  test.for([
    ['sslmode=verify-full', 'name the authority of its certificate in sslrootcert'],
    ['sslmode=verify-full&sslrootcert=SERVER', 'name the host as the certificate does'],
    ['sslmode=verify-ca&sslrootcert=OTHER', 'name the authority of its certificate in sslrootcert'],
    ['sslmode=require&sslrootcert=OTHER', 'name the authority of its certificate in sslrootcert'],
    ['sslmode=verify-full&sslrootcert=BROKEN', 'DATABASE_URL: the encrypted connection failed'],
    ['sslmode=verify-full&sslrootcert=/none', 'sslrootcert that cannot be read (ENOENT)'],
  ])('is refused with %s', async ([query = '', expected = '']) => {
    const named = query
      .replace('SERVER', authority)
      .replace('OTHER', file('other.crt'))
      .replace('BROKEN', file('broken.crt'));
    const problem = await start(addressWith(named));
    expect(problem).toContain('DATABASE_URL');
    expect(problem).toContain(expected);
  });
});
