/**
 * The start of the process: a configuration that is wrong, and a database that is not there.
 */

import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../src/dev/sandbox/sandbox.ts';
import { createSecret } from '../../src/lib/secret.ts';
import { createLogger } from '../../src/log.ts';
import { openDatabase } from '../../src/service/database/open-database.ts';
import { spawnService, startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';

let setup: Setup;
beforeAll(async () => {
  setup = await createSetup();
});
afterAll(() => setup.close());

describe('a configuration that cannot be used', () => {
  test('that is missing ends the process with 1 and names every variable', async () => {
    const { ended, output } = spawnService({ environment: {} });
    expect(await ended).toBe(1);
    for (const name of [
      'PUBLIC_BASE_URL',
      'PAYNETEASY_BASE_URL',
      'PAYNETEASY_ENDPOINT_ID',
      'PAYNETEASY_LOGIN',
      'PAYNETEASY_CONTROL_KEY',
      'PAYNETEASY_PRIVATE_KEY',
      'API_KEYS',
      'DATA_KEYS',
    ]) {
      expect(output()).toContain(name);
    }
  });

  test('that is wrong ends the process with 1, names every problem and shows no secret', async () => {
    const environment = await setup.environment({
      PORT: '99999',
      LOG_LEVEL: 'loud',
      PAYNETEASY_POLL_MIN_MS: '5000',
      PAYNETEASY_POLL_MAX_MS: '1000',
      PAYNETEASY_CONTROL_KEY: 'canary of a key',
      DATA_KEYS: 'k1:canaryOfADataKey',
      DATABASE_URL: 'mysql://user:canaryPassword@127.0.0.1/db',
    });
    const { ended, output } = spawnService({ environment });
    expect(await ended).toBe(1);
    for (const name of [
      'PORT',
      'LOG_LEVEL',
      'PAYNETEASY_POLL_MIN_MS',
      'PAYNETEASY_CONTROL_KEY',
      'DATA_KEYS',
      'DATABASE_URL',
    ]) {
      expect(output()).toContain(`  ${name}`);
    }
    expect(output()).not.toContain('canary');
  });

  test('that asks for a port which is taken ends the process with 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const environment = await setup.environment({ PORT: String(port) });
    const { ended, output } = spawnService({ environment });
    expect(await ended).toBe(1);
    expect(output()).toContain('EADDRINUSE');
    taken.close();
  });
});

describe('a database that cannot be reached', () => {
  // The discard service's port, where nothing listens any more.
  const UNREACHABLE = 'postgres://user:canaryPassword@127.0.0.1:9/payouts';

  test('is waited for with a clear line, by a process that can still be stopped', async () => {
    const service = await startServiceProcess(setup, {
      environment: { DATABASE_URL: UNREACHABLE },
    });
    await waitFor('the line', () => service.linesWith('Waiting for the database.').length > 1);
    expect(service.output()).not.toContain('canaryPassword');
    service.signal('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  test('is given up after the time it was given, with a sentence that says why', async () => {
    const lines: string[] = [];
    const log = createLogger('info', { write: (line) => void lines.push(line) });
    const url = createSecret(UNREACHABLE);
    const opening = openDatabase({ migrateOnStart: true, server: { kind: 'remote', url } }, log, {
      reachedWithinMs: 700,
    });
    await expect(opening).rejects.toThrow(/could not be reached within 1 s: .*ECONNREFUSED/);
    expect(
      lines.filter((line) => line.includes('Waiting for the database.')).length,
    ).toBeGreaterThan(1);
  });

  test('because it refuses us is not waited for', async () => {
    const wrong = new URL(setup.database.connectionString);
    wrong.pathname = '/no_such_database';
    const lines: string[] = [];
    const log = createLogger('info', { write: (line) => void lines.push(line) });
    const url = createSecret(wrong.href);
    const opening = openDatabase({ migrateOnStart: true, server: { kind: 'remote', url } }, log);
    await expect(opening).rejects.toMatchObject({
      message:
        'DATABASE_URL: the server refuses the connection (database "no_such_database" does not ' +
        'exist); create the database, or correct its name.',
      cause: { code: '3D000' },
    });
    expect(lines).toEqual([]);
  });

  test('that comes while it is waited for is used', async () => {
    const { hostname, port: realPort } = new URL(setup.database.connectionString);
    const port = await freePort(0);
    const through = new URL(setup.database.connectionString);
    through.port = String(port);
    const url = createSecret(through.href);
    const log = createLogger('fatal', { write: () => {} });
    const opening = openDatabase({ migrateOnStart: true, server: { kind: 'remote', url } }, log, {
      reachedWithinMs: 20_000,
    });
    const proxy = createServer((socket) => {
      const upstream = connect(Number(realPort), hostname);
      socket.pipe(upstream).pipe(socket);
      for (const end of [socket, upstream]) end.on('error', () => end.destroy());
    });
    proxy.listen(port, '127.0.0.1');
    const opened = await opening;
    const { rows } = await opened.db.query({ text: 'select count(*) from payouts' });
    expect(rows).toHaveLength(1);
    await opened.close();
    proxy.close();
  });
});
