/**
 * Real processes: owners are started and killed as a service would be, and what the next start
 * finds is looked at with a client. Run as root this covers the server's own user; the last part
 * covers the ordinary user.
 */

import { readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { findCluster } from '../../src/dev/embedded-postgres/cluster.ts';
import {
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/dev/embedded-postgres/embedded-postgres.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { type Owner, startOwner } from '../support/owner-process.ts';
import { makeServerFolder, removeServerFolder } from '../support/server-folder.ts';
import { startSleeper } from '../support/sleeper.ts';

/** A start takes a second at most when nothing else runs. */
const DEADLINE_MS = 20_000;

let dataDir: string;
let lines: string[];

beforeEach(async () => {
  lines = [];
  dataDir = await makeServerFolder();
  return () => removeServerFolder(dataDir);
});

const start = () => startEmbeddedPostgres({ dataDir, log: (line) => lines.push(line) });

function runOwner(): Owner {
  const owner = startOwner(dataDir);
  onTestFinished(() => owner.kill());
  return owner;
}

const ask = (connectionString: string, sql: string) =>
  withConnection(connectionString, async (client) => (await client.query(sql)).rows);

const clusterFolder = async () => (await findCluster(dataDir))?.folder ?? 'no cluster';

const pidFile = async () => join(await clusterFolder(), 'data', 'postmaster.pid');

const postmasterPid = async () => Number((await readFile(await pidFile(), 'utf8')).split('\n')[0]);

const remember = (connectionString: string) =>
  ask(connectionString, 'create table kept as select 42 as it');

describe('a new server', () => {
  test('is durable, in UTC and UTF-8, and listens on the loopback address only', async () => {
    const server = await start();
    const settings = await ask(
      server.connectionString,
      `select name, setting from pg_settings where name = any (array['fsync', 'full_page_writes',
         'synchronous_commit', 'TimeZone', 'listen_addresses', 'max_connections', 'lc_messages',
         'server_encoding', 'unix_socket_directories', 'password_encryption'])`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      TimeZone: 'UTC',
      listen_addresses: '127.0.0.1',
      max_connections: '200',
      lc_messages: 'C',
      server_encoding: 'UTF8',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
    });
    expect(new URL(server.connectionString).pathname).toBe('/payouts');
  });

  test('lets no one in without the password, which only its owner can read', async () => {
    const server = await start();
    const wrong = new URL(server.connectionString);
    wrong.password = 'guessed';

    await expect(ask(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
    const { mode } = await stat(join(await clusterFolder(), 'password'));
    expect(mode & 0o777).toBe(0o600);
  });

  test('is found by a tool only while it runs', async () => {
    expect(await findEmbeddedPostgres(join(dataDir, 'missing'))).toBe(null);
    expect(await findEmbeddedPostgres(dataDir)).toBe(null);
    const server = await start();
    expect(await findEmbeddedPostgres(dataDir)).toBe(server.connectionString);
    await server.stop();
    await server.stop();
    expect(await findEmbeddedPostgres(dataDir)).toBe(null);
  });

  test('keeps its data over a stop, and starts with an empty log', async () => {
    const first = await start();
    await remember(first.connectionString);
    await first.stop();
    const log = join(await clusterFolder(), 'server.log');
    await truncate(log, 10_000_000);

    const second = await start();

    expect(await ask(second.connectionString, 'select it from kept')).toEqual([{ it: 42 }]);
    expect((await stat(log)).size).toBeLessThan(10_000);
  });

  test('keeps the rows of failing statements out of its log', async () => {
    const { connectionString } = await start();
    await ask(connectionString, 'create table t (a text unique, b text check (b is null))');
    await expect(ask(connectionString, `insert into t values ('x', 'canary')`)).rejects.toThrow(
      'violates check constraint',
    );

    const log = await readFile(join(await clusterFolder(), 'server.log'), 'utf8');

    expect(log).toContain('ready to accept connections');
    expect(log).not.toContain('canary');
  });

  test('is refused with a sentence where no server for the machine is installed', async () => {
    const { arch } = process;
    Object.defineProperty(process, 'arch', { value: 'mips' });
    onTestFinished(() => {
      Object.defineProperty(process, 'arch', { value: arch });
    });
    await expect(start()).rejects.toThrow(
      'embedded PostgreSQL is not installed here; set DATABASE_URL',
    );
  });

  test('that cannot start says why', async () => {
    const server = await start();
    await server.stop();
    await writeFile(join(await clusterFolder(), 'data', 'postgresql.conf'), 'nonsense = 1\n');
    await expect(start()).rejects.toThrow('unrecognized configuration parameter "nonsense"');
  });
});

describe('after a kill', () => {
  test('of the owner and its process group, the next start attaches to the same server', async () => {
    const owner = runOwner();
    const connectionString = await owner.ready;
    const pid = await postmasterPid();
    await remember(connectionString);
    await owner.kill();

    const server = await start();

    expect(server.connectionString).toBe(connectionString);
    expect(await postmasterPid()).toBe(pid);
    expect(await ask(connectionString, 'select it from kept')).toEqual([{ it: 42 }]);
    expect(lines.at(-1)).toMatch(/^attached to PostgreSQL \(process \d+\) on 127\.0\.0\.1:\d+$/);
    await server.stop();
    await expect(ask(connectionString, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  test('of owner and server, the next start recovers what was committed', async () => {
    const owner = runOwner();
    await remember(await owner.ready);
    await owner.kill();
    process.kill(await postmasterPid(), 'SIGKILL');

    const server = await start();

    expect(await ask(server.connectionString, 'select it from kept')).toEqual([{ it: 42 }]);
    const log = await readFile(join(await clusterFolder(), 'server.log'), 'utf8');
    expect(log).toContain('was not properly shut down; automatic recovery in progress');
  });

  test('of the server, its process number given to another program does not hinder', async () => {
    const first = await start();
    await remember(first.connectionString);
    process.kill(await postmasterPid(), 'SIGKILL');
    const cluster = await findCluster(dataDir);
    const sleeper = await startSleeper(cluster?.account ?? {});
    onTestFinished(() => sleeper.end());
    const stale = await readFile(await pidFile(), 'utf8');
    await writeFile(await pidFile(), stale.replace(/^\d+/, String(sleeper.pid)));

    const second = await start();

    expect(await ask(second.connectionString, 'select it from kept')).toEqual([{ it: 42 }]);
    expect(sleeper.isRunning()).toBe(true);
  });

  test('in the middle of initialising, the next start begins again and later ones sweep', async () => {
    const drafts = async () => (await readdir(dataDir)).filter((name) => name.includes('.draft-'));
    const owner = runOwner();
    const begun = async () => {
      const [draft] = await drafts();
      return draft && (await readdir(join(dataDir, draft, 'data'))).includes('PG_VERSION');
    };
    await expect.poll(begun, { timeout: DEADLINE_MS, interval: 5 }).toBe(true);
    await owner.kill();
    const [left] = await drafts();
    expect(left).toBeDefined();
    // Its age is what shows that no process works on it any more.
    await utimes(join(dataDir, left ?? ''), 1, 1);

    const server = await start();

    expect(await ask(server.connectionString, 'select 7 as it')).toEqual([{ it: 7 }]);
    expect(await drafts()).toEqual([]);
  });
});

describe('two starts at the same time', () => {
  test('on a new folder end with one server, whether in one process or in several', async () => {
    const owners = [runOwner(), runOwner()];
    const servers = await Promise.all([...owners.map(({ ready }) => ready), start(), start()]);

    const strings = servers.map((it) => (typeof it === 'string' ? it : it.connectionString));
    expect(new Set(strings).size).toBe(1);
    expect((await readdir(dataDir)).filter((name) => name.includes('draft'))).toEqual([]);
    for (const owner of owners) expect(await owner.end()).toBe(0);
    expect(await findEmbeddedPostgres(dataDir)).toBe(null);
  });

  test('on a folder with data end with one server', async () => {
    const first = await start();
    await remember(first.connectionString);
    await first.stop();

    const [one, other] = await Promise.all([start(), start()]);

    expect(one.connectionString).toBe(other.connectionString);
    expect(await ask(other.connectionString, 'select it from kept')).toEqual([{ it: 42 }]);
  });
});
