/**
 * The demo with made-up receivers at a gateway that repeats them, and then a search for them in
 * everything that was written: every table, the log at its most talkative, and every byte of the
 * data folder, the write-ahead log and PostgreSQL's own log included.
 */

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCluster } from '../../src/dev/embedded-postgres/cluster.ts';
import { startEmbeddedPostgres } from '../../src/dev/embedded-postgres/embedded-postgres.ts';
import { runDemo } from '../../src/dev/sandbox/demo/demo.ts';
import { startSandbox } from '../../src/dev/sandbox/sandbox.ts';
import { createLogger } from '../../src/log.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { canaryReceiver, createSearch, searchBelow } from '../support/canaries.ts';
import { makeServerFolder, removeServerFolder } from '../support/server-folder.ts';

/** More than the demo has payouts. */
const RECEIVERS_MAX = 40;
const values = Array.from(
  { length: RECEIVERS_MAX },
  (_, index) => canaryReceiver(index).values,
).flat();

const search = createSearch(values);

let dataDir: string;
let logFolder: string;
let clusterFolder: string;
let tables: Map<string, string>;
let faults: string[];
let printed: string;
let shownBySimulator: string;
let receiversUsed: number;

/** Every row of every table as text, by the table's name. */
async function dumpTables(connectionString: string): Promise<Map<string, string>> {
  return withConnection(connectionString, async (client) => {
    const names = await client.query<{ name: string }>(
      `select quote_ident(table_name) as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    const dumped = new Map<string, string>();
    for (const { name } of names.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      dumped.set(name, rows.map(({ row }) => row).join('\n'));
    }
    await client.query('checkpoint');
    return dumped;
  });
}

beforeAll(async () => {
  dataDir = await makeServerFolder();
  logFolder = mkdtempSync(join(tmpdir(), 'payout-canary-'));
  const destination = pino.destination({ dest: join(logFolder, 'service.log'), sync: true });
  const sandbox = await startSandbox({
    dataDir,
    log: createLogger('trace', destination),
    port: 0,
    simulatorPort: 0,
    notified: true,
  });
  // What the gateway repeats in its error messages is searched for like everything else.
  sandbox.simulator.control.setBehaviour({ echo: true });
  const lines: string[] = [];
  receiversUsed = 0;
  faults = await runDemo(sandbox, {
    print: (line) => void lines.push(line),
    receiver: (index) => {
      receiversUsed += 1;
      return canaryReceiver(index).body;
    },
  });
  // One that is refused: what was wrong about it must not be kept either.
  const refused = {
    reference: 'refused',
    amount: '1',
    currency: 'EUR',
    receiver: { ...canaryReceiver(0).body, iban: values[0] },
  };
  const answer = await fetch(`${sandbox.url}/v1/payouts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${sandbox.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': 'canary',
    },
    body: JSON.stringify(refused),
  });
  printed = `${lines.join('\n')}\n${await answer.text()}`;
  const { control } = sandbox.simulator;
  shownBySimulator = JSON.stringify([control.orders(), control.requests(), control.callbacks()]);
  // Attaches to the server of the sandbox, which stops it.
  const { connectionString } = await startEmbeddedPostgres({ dataDir, log: () => {} });
  tables = await dumpTables(connectionString);
  clusterFolder = (await findCluster(dataDir))?.folder ?? '';
  await sandbox.close();
}, 120_000);

afterAll(async () => {
  await removeServerFolder(dataDir);
  rmSync(logFolder, { recursive: true, force: true });
});

test('the demo with these receivers ends as it must', () => {
  expect(faults).toEqual([]);
  expect(receiversUsed).toBeGreaterThan(10);
  expect(receiversUsed).toBeLessThan(RECEIVERS_MAX);
});

test('the search finds what there is to find', async () => {
  const [first = '', second = ''] = values;
  const planted = mkdtempSync(join(tmpdir(), 'payout-planted-'));
  const hidden = Buffer.from(`some text {"name":"${first}"} more`).toString('base64');
  writeFileSync(join(planted, 'one'), Buffer.concat([Buffer.from([0, 255]), Buffer.from(hidden)]));
  writeFileSync(join(planted, 'two'), encodeURIComponent(`name=${second}&`));
  const found = await searchBelow(planted, createSearch([first, second, 'not there at all']));
  expect(found.some((line) => line.includes(first))).toBe(true);
  expect(found.some((line) => line.includes(second))).toBe(true);
  expect(found.some((line) => line.includes('not there'))).toBe(false);
  rmSync(planted, { recursive: true });
});

describe('no receiver is found', () => {
  test('in any row of any table', () => {
    expect([...tables.keys()]).toEqual(
      expect.arrayContaining(['payouts', 'payout_events', 'callbacks']),
    );
    expect(tables.get('payouts')?.split('\n').length).toBeGreaterThanOrEqual(receiversUsed);
    expect(tables.get('payouts')).toContain('[receiver]');
    const found = [...tables].flatMap(([name, text]) =>
      search(Buffer.from(text)).map((what) => `${name}: ${what}`),
    );
    expect(found).toEqual([]);
  });

  test('in the log at trace level', async () => {
    const log = readFileSync(join(logFolder, 'service.log'), 'utf8');
    expect(log.split('\n').length).toBeGreaterThan(50);
    expect(await searchBelow(logFolder, search)).toEqual([]);
  });

  test('in what the demo printed, what a refusal says, and what the simulator shows', () => {
    expect(printed).toContain('VALIDATION_FAILED');
    expect(search(Buffer.from(printed))).toEqual([]);
    expect(search(Buffer.from(shownBySimulator))).toEqual([]);
  });

  test('in any byte of the data folder', async () => {
    expect(statSync(join(clusterFolder, 'data', 'pg_wal')).isDirectory()).toBe(true);
    // What is stored in clear is found there, so what is not found is not in clear.
    const [reference = ''] = /demo-\w+-\d+/.exec(tables.get('payouts') ?? '') ?? [];
    expect(await searchBelow(clusterFolder, createSearch([reference]))).not.toEqual([]);
    // The database lies elsewhere where its server may not enter the data folder.
    const folders = clusterFolder.startsWith(dataDir) ? [dataDir] : [dataDir, clusterFolder];
    for (const folder of folders) expect(await searchBelow(folder, search)).toEqual([]);
  }, 60_000);
});
