/**
 * Who runs the embedded server, and where its data goes: as root another user, as an ordinary user
 * no other user. Each test holds for any user who runs it; run as root, the ordinary user is a
 * child process with a copy of the repository below a folder that only it can enter.
 */

import { chmod, chown, cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { isRoot } from '../../src/dev/embedded-postgres/account.ts';
import { findCluster } from '../../src/dev/embedded-postgres/cluster.ts';
import { startEmbeddedPostgres } from '../../src/dev/embedded-postgres/embedded-postgres.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { type Owner, startOwner } from '../support/owner-process.ts';
import { removeServerFolder } from '../support/server-folder.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

const UNPRIVILEGED = { uid: 65534, gid: 65534 };

/** What the owner script imports, and where Node looks for it. */
const COPIED = [
  'package.json',
  'src/lib',
  'src/store',
  'src/dev/embedded-postgres',
  'test/support/embedded-owner.ts',
];
const PACKAGES = /^(@embedded-postgres|pg|pg-.*|pgpass|postgres-.*|split2|xtend|zod)$/;

let folder: string;

beforeEach(async () => {
  // Made with mode 700 and owned by us.
  folder = await mkdtemp(join(tmpdir(), 'payout-service-test-'));
  return () => rm(folder, { recursive: true, force: true });
});

test('root hands the server to another user, elsewhere when that user cannot enter', async () => {
  const dataDir = join(folder, 'data');
  const lines: string[] = [];
  const server = await startEmbeddedPostgres({ dataDir, log: (line) => lines.push(line) });
  const place = (await findCluster(dataDir))?.folder ?? '';
  const owner = (await stat(join(place, 'data'))).uid;

  expect({
    isOwnedByUs: owner === process.getuid?.(),
    isElsewhere: dirname(dirname(place)) === '/var/lib/payout-service',
    said: lines.filter((line) => line.includes(`the database of ${dataDir} is in ${place}`)).length,
  }).toEqual(
    isRoot()
      ? { isOwnedByUs: false, isElsewhere: true, said: 1 }
      : { isOwnedByUs: true, isElsewhere: false, said: 0 },
  );
  await server.stop();
  await removeServerFolder(dataDir);
});

test('root goes on with the database it has elsewhere, and refuses one it cannot reach', async () => {
  const dataDir = join(folder, 'data');
  const first = await startEmbeddedPostgres({ dataDir, log: () => {} });
  const place = (await findCluster(dataDir))?.folder;
  await first.stop();
  await chmod(folder, 0o755);
  expect((await findCluster(dataDir))?.folder).toBe(place);
  await removeServerFolder(dataDir);

  const second = await startEmbeddedPostgres({ dataDir, log: () => {} });
  await second.stop();
  const own = join(dataDir, 'postgres');
  expect((await findCluster(dataDir))?.folder).toBe(own);
  await chmod(folder, 0o700);
  const again = await findCluster(dataDir).then(
    (cluster) => cluster?.folder,
    (error: unknown) => String(error),
  );
  expect(again).toMatch(isRoot() ? /can no longer enter it$/ : own);
});

test('an ordinary user runs it below a folder that only this user can enter', async () => {
  const dataDir = join(folder, 'data');
  // Not root: this process is the ordinary user, and `folder` is closed to others already.
  const owner = isRoot() ? await ownerInClosedCopy(dataDir) : startOwner(dataDir);
  onTestFinished(() => owner.kill());
  const connectionString = await owner.ready;

  const rows = await withConnection(connectionString, async (client) => {
    return (await client.query('select current_setting($1) as it', ['data_directory'])).rows;
  });
  expect(rows).toEqual([{ it: join(dataDir, 'postgres', 'data') }]);
  const user = isRoot() ? UNPRIVILEGED.uid : process.getuid?.();
  expect((await stat(join(dataDir, 'postgres', 'data'))).uid).toBe(user);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(folder)).uid).toBe(user);
  expect(await owner.end()).toBe(0);
});

/**
 * Copies what the owner needs, with Node itself, to `folder`, gives that to `nobody` and runs it
 * so.
 */
async function ownerInClosedCopy(dataDir: string): Promise<Owner> {
  for (const path of COPIED) {
    await cp(join(REPOSITORY, path), join(folder, path), { recursive: true });
  }
  await cp(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: isNeeded,
  });
  await cp(process.execPath, join(folder, 'node'));
  await mkdir(dataDir);
  for (const path of [dataDir, folder]) await chown(path, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  return startOwner(dataDir, {
    ...UNPRIVILEGED,
    node: join(folder, 'node'),
    script: join(folder, 'test/support/embedded-owner.ts'),
  });
}

function isNeeded(source: string): boolean {
  const [first] = source.slice(join(REPOSITORY, 'node_modules').length + 1).split('/');
  return !first || PACKAGES.test(first);
}
