/**
 * Where the service is to listen: an address that is not this machine's, a shell's machine triplet
 * or a port in use is a problem of the configuration, found before anything is done.
 */

import { execFile } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tryListening } from '../../src/lib/listen-address.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { spawnService } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';

let setup: Setup;
let empty: TestDatabase;
let taken: Server;
let takenPort: number;
beforeAll(async () => {
  setup = await createSetup();
  empty = await createTestDatabase();
  await empty.query('drop schema public cascade');
  await empty.query('create schema public');
  taken = createServer();
  await new Promise<void>((listens) => void taken.listen(0, '127.0.0.1', listens));
  const address = taken.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  takenPort = address.port;
});
afterAll(async () => {
  taken.close();
  await empty.drop();
  await setup.close();
});

async function start(changes: Record<string, string>) {
  const environment = await setup.environment({
    DATABASE_URL: empty.connectionString,
    ...changes,
  });
  const { ended, output } = spawnService({ environment });
  return { code: await ended, output: output() };
}

/** Whether anything was migrated. */
const tables = () => empty.query('select 1 from pg_tables where schemaname = current_schema()');

describe('the start', () => {
  test.each([
    ['x86_64-pc-linux-gnu', /^ {2}HOST: is neither an address nor a name .*\(E[A-Z_]+\)/m],
    ['203.0.113.9', /^ {2}HOST: is no address of this machine \(EADDRNOTAVAIL\)/m],
    ['2001:db8::9', /^ {2}HOST: is no address of this machine \(E[A-Z]+\)/m],
  ])(
    'names HOST=%s before it migrates',
    async (HOST, message) => {
      const { code, output } = await start({ HOST });
      expect(code).toBe(1);
      expect(output).toMatch(/^The configuration has problems:\n/);
      expect(output).toMatch(message);
      expect(output).not.toMatch(/\bat .*:\d+:\d+/);
      expect(await tables()).toEqual([]);
    },
    60_000,
  );

  test('names a port in use, with every other problem', async () => {
    const { code, output } = await start({ PORT: String(takenPort), LOG_LEVEL: 'loud' });
    expect(code).toBe(1);
    expect(output).toMatch(/^ {2}LOG_LEVEL: must be one of/m);
    expect(output).toMatch(/^ {2}PORT: another program of this machine listens on it/m);
    expect(await tables()).toEqual([]);
  }, 60_000);
});

test('names METRICS_PORT where that is in use, and not twice a HOST that is wrong', async () => {
  const metrics = await start({ METRICS_PORT: String(takenPort) });
  expect([metrics.code, metrics.output]).toEqual([
    1,
    expect.stringMatching(/^ {2}METRICS_PORT: another program of this machine listens on it/m),
  ]);
  const host = await start({ METRICS_PORT: '9', HOST: '203.0.113.9' });
  expect(host.output.match(/HOST: /g)).toHaveLength(1);
  expect(await tables()).toEqual([]);
}, 60_000);

test('an address that is free is free again right after it was tried', async () => {
  const address = { host: '127.0.0.1', port: takenPort, variable: 'PORT' } as const;
  expect(await tryListening(address)).toMatchObject({ kind: 'in_use' });
  await new Promise((closed) => taken.close(closed));
  expect(await tryListening(address)).toEqual({ kind: 'free' });
  expect(await tryListening(address)).toEqual({ kind: 'free' });
});

test.each([
  ['127.0.0.2', '127.0.0.2'],
  ['0.0.0.0', '127.0.0.1'],
])('with HOST=%s the health check of the image asks %s', async (HOST, asked) => {
  const server = createHttpServer((_request, response) => response.end('it is ready'));
  await new Promise<void>((listens) => void server.listen(0, asked, listens));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const program = fileURLToPath(new URL('../../src/cli/healthcheck.ts', import.meta.url));
  const answer = await new Promise<string>((done) => {
    const env = { HOST, PORT: String(address.port) };
    execFile(process.execPath, [program], { env }, (_error, out) => done(out));
  });
  server.close();
  expect(answer).toBe('200 it is ready\n');
});
