/**
 * The document as others use it: linted without a warning, and turned into clients by two
 * generators that are not ours. Each client is made anew, compiled, and drives a payout to
 * its end against a sandbox. The generators have a package.json and a TypeScript of their own,
 * because they do not take the repository's yet.
 */

import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/dev/sandbox/sandbox.ts';
import { createLogger } from '../../src/log.ts';
import { makeServerFolder, removeServerFolder } from '../support/server-folder.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const document = join(root, 'openapi/openapi.yaml');

/** An install without a cache takes half a minute on a slow line. */
const INSTALL_TIMEOUT_MS = 240_000;
const STEP_TIMEOUT_MS = 120_000;

const run = promisify(execFile);

const mtimeOf = async (path: string): Promise<number> =>
  (await stat(join(here, path)).catch(() => null))?.mtimeMs ?? 0;

/** Installs what the lock file says, unless that is there already. */
async function install(): Promise<void> {
  const [wanted, installed] = [
    await mtimeOf('package-lock.json'),
    await mtimeOf('node_modules/.package-lock.json'),
  ];
  if (installed >= wanted) return;
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['ci', ...options], { cwd: here, timeout: INSTALL_TIMEOUT_MS });
}

/** Runs a program of this folder's packages with the Node that runs the tests. */
async function node(cwd: string, program: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', NO_COLOR: '1' };
  const options = { cwd, env, timeout: STEP_TIMEOUT_MS };
  try {
    const { stdout, stderr } = await run(process.execPath, [program, ...args], options);
    return `${stdout}${stderr}`;
  } catch (error) {
    // Compilers and linters say what is wrong on their output, not in their exit code.
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

const bin = (path: string): string => join(here, 'node_modules', path);

let folder: string;
let dataDir: string;
let sandbox: Sandbox;

beforeAll(async () => {
  await install();
  folder = await mkdtemp(join(tmpdir(), 'payout-clients-'));
  await symlink(join(here, 'node_modules'), join(folder, 'node_modules'));
  await cp(join(root, 'docs/clients'), folder, { recursive: true });
  await cp(join(here, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await node(folder, bin('@hey-api/openapi-ts/bin/run.js'), '-i', document, '-o', 'hey-api', '-s');
  await node(folder, bin('openapi-typescript/bin/cli.js'), document, '-o', 'schema.d.ts');
  dataDir = await makeServerFolder();
  const log = createLogger('fatal');
  sandbox = await startSandbox({ dataDir, log, port: 0, simulatorPort: 0, notified: true });
}, INSTALL_TIMEOUT_MS + STEP_TIMEOUT_MS);

afterAll(async () => {
  await sandbox?.close();
  if (dataDir !== undefined) await removeServerFolder(dataDir);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

it(
  'the document passes the linter without a warning',
  async () => {
    const said = await node(here, bin('@redocly/cli/bin/cli.js'), 'lint', document);
    expect(said).toContain('Your API description is valid');
    expect(said).not.toMatch(/warning/i);
  },
  STEP_TIMEOUT_MS,
);

describe('generated clients', () => {
  it(
    'compile together with the programs that the documentation shows',
    async () => {
      expect(await node(folder, bin('typescript/bin/tsc'), '-p', '.')).toBe('');
    },
    STEP_TIMEOUT_MS,
  );

  it.each(['with-hey-api', 'with-openapi-fetch'])(
    'a platform that is written %s has a payout paid',
    async (program) => {
      const { url, apiKey } = sandbox;
      const printed = await node(folder, join(folder, 'build', `${program}.js`), url, apiKey);
      const { version, events, ...end } = JSON.parse(printed);
      expect(end).toEqual({
        status: 'approved',
        money_moved: 'yes',
        problem: 'NOT_CANCELABLE',
        listed: 1,
      });
      expect(events).toEqual([
        'payout.created',
        ...Array.from({ length: version - 1 }, () => 'payout.updated'),
      ]);
    },
    STEP_TIMEOUT_MS,
  );
});
