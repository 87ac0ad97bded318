/**
 * `npm run payout -- doctor`: a healthy installation is said to be one within five seconds, and of
 * each broken one the fault is named. It makes only harmless calls.
 */

import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPayoutCommand } from '../../src/cli/payout/run.ts';
import { loadConfig } from '../../src/config/config.ts';
import { platformEnvironment } from '../../src/dev/sandbox/sandbox.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { examineAll } from '../../src/service/doctor/doctor.ts';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type StartedService, startServiceOn } from '../support/running-service.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';

const HEALTHY_WITHIN_MS = 5000;
const cashier = { pin: '7', front_end_name: 'TEST EUR' };

let setup: Setup;
let service: StartedService;
let env: Record<string, string>;
let taken: Server;
const databases: TestDatabase[] = [];

beforeAll(async () => {
  setup = await createSetup();
  env = await setup.environment(platformEnvironment(setup.secrets, setup.simulatorUrl));
  service = await startServiceOn(setup, env);
  const { id } = await service.api.create({ cashier });
  await service.api.untilStatus(id, 'approved');
  // Its letters follow its end, and would look like calls of the doctor.
  await waitFor('its letters', async () => {
    const [{ open } = { open: 1 }] = await setup.database.query<{ open: number }>(
      `select count(*)::int as open from notifications where state <> 'delivered'`,
    );
    return open === 0;
  });
  taken = createServer((socket) => void socket.end('220 another program\r\n'));
  await new Promise<void>((listens) => void taken.listen(0, '127.0.0.1', listens));
});
afterAll(async () => {
  taken.close();
  await service.close();
  await setup.close();
  for (const database of databases) await database.drop();
});

type Ran = { code: number; out: string; err: string; tookMs: number };

async function doctor(changes: Record<string, string> = {}): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const startedAt = performance.now();
  const code = await runPayoutCommand(
    ['doctor'],
    { ...env, ...changes },
    {
      print: (line) => void out.push(line),
      complain: (line) => void err.push(line),
    },
  );
  const tookMs = performance.now() - startedAt;
  return { code, out: out.join('\n'), err: err.join('\n'), tookMs };
}

/** The lines that name a fault, without the first word. */
const faults = ({ out }: Ran): string[] =>
  out.split('\n').flatMap((line) => /^wrong +(.*)$/.exec(line)?.slice(1) ?? []);

async function migrated(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  databases.push(database);
  return database;
}

async function emptied(): Promise<TestDatabase> {
  const database = await migrated();
  await database.query('drop schema public cascade');
  await database.query('create schema public');
  return database;
}

describe('a healthy installation', () => {
  test('is said to be one within five seconds, by harmless calls alone', async () => {
    const { ledger: ordersBefore, letters: lettersBefore } = await seen();
    const ran = await doctor();
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(faults(ran)).toEqual([]);
    expect(ran.out).toMatch(/^ok +listening +the service runs here, and is ready$/m);
    expect(ran.out).toMatch(/^ok +database +PostgreSQL \d+/m);
    expect(ran.out).toMatch(/^ok +database +it belongs to the installation sandbox$/m);
    expect(ran.out).toMatch(/^ok +database +its tables take \d+\.\d MB, .*: \w+ \d+\.\d MB, /m);
    expect(ran.out).toMatch(/^ok +keys +DATA_KEYS: it opens the newest receivers$/m);
    expect(ran.out).toMatch(/^ok +keys +ROW_KEY: it signs and verifies every row$/m);
    expect(ran.out).toMatch(/^ok +gateway .* unknown order with "there is no such order"/m);
    expect(ran.out).toMatch(/^ok +platform +its address accepts connections/m);
    expect(ran.out).toMatch(/^warning +configuration +PRAXIS_ALLOW_UNAUTHENTICATED: /m);
    expect(ran.out).toMatch(/\nNothing is wrong; warnings: 2\.$/);
    expect(ran.tookMs).toBeLessThan(HEALTHY_WITHIN_MS);
    expect(await seen()).toEqual({ ledger: ordersBefore, letters: lettersBefore });
  });

  test('that does not run yet is said to be one, too', async () => {
    const database = await migrated();
    const ran = await doctor({
      DATABASE_URL: database.connectionString,
      PORT: (await setup.environment())['PORT'] ?? '',
    });
    expect(faults(ran)).toEqual([]);
    expect(ran.out).toMatch(/^ok +listening +HOST and PORT are free/m);
    expect(ran.out).toMatch(/^ok +keys +DATA_KEYS: there is no receiver yet$/m);
  });

  test('is told which settings its role and its database bring along', async () => {
    const database = await migrated();
    const name = new URL(database.connectionString).pathname.slice(1);
    await database.query(`alter database ${name} set statement_timeout = '1s'`);
    const ran = await doctor({ DATABASE_URL: database.connectionString });
    expect(ran.out).toMatch(/^ok +database +role or database set .*statement_timeout=1s/m);
  });
});

/** What gateway and platform have received. */
async function seen() {
  const read = async (path: string): Promise<unknown> =>
    (await fetch(`${setup.simulatorUrl}/control/${path}`)).json();
  return { ledger: await read('ledger'), letters: await read('letters') };
}

type Broken = readonly [
  what: string,
  changes: () => Record<string, string> | Promise<Record<string, string>>,
  fault: RegExp,
];

const at = (change: (url: URL) => void): string => {
  const url = new URL(setup.database.connectionString);
  change(url);
  return url.href;
};

const portOf = (server: Server): string => {
  const address = server.address();
  return address !== null && typeof address === 'object' ? String(address.port) : '';
};

const broken: readonly Broken[] = [
  ['a variable that is misread', () => ({ LOG_LEVEL: 'loud' }), /^configuration +LOG_LEVEL: /],
  [
    'trusted proxies that are everybody, with a production gateway',
    () => ({
      PAYNETEASY_BASE_URL: 'https://gate.example.com/paynet',
      INSTALLATION_NAME: 'main',
      REPEAT_QUIET_MS: '600000',
      CHECK_QUIET_MS: '60000',
      PRAXIS_ALLOW_UNAUTHENTICATED: 'false',
      TRUSTED_PROXIES: '0.0.0.0/0',
    }),
    /^configuration +TRUSTED_PROXIES: .* ALLOW_UNSAFE=any_proxy$/,
  ],
  [
    'HOST as a shell sets it',
    () => ({ HOST: 'x86_64-pc-linux-gnu' }),
    /^listening +HOST: is neither an address nor a name/,
  ],
  [
    'a port of another program',
    () => ({ PORT: portOf(taken) }),
    /^listening +PORT: another program of this machine listens on it/,
  ],
  [
    'a port for metrics that is in use',
    async () => ({
      PORT: (await setup.environment())['PORT'] ?? '',
      METRICS_PORT: portOf(taken),
    }),
    /^listening +METRICS_PORT: another program of this machine listens on it/,
  ],
  [
    'a database that is away',
    () => ({ DATABASE_URL: 'postgres://payout:canary-password@127.0.0.1:1/payout' }),
    /^database +DATABASE_URL: the server cannot be reached \(ECONNREFUSED\)/,
  ],
  [
    'a database that does not exist',
    () => ({
      DATABASE_URL: at((url) => {
        url.pathname = 'nowhere';
      }),
    }),
    /^database +DATABASE_URL: .*does not exist\); create the database, or correct its name$/,
  ],
  [
    'a wrong password of the database',
    () => ({
      DATABASE_URL: at((url) => {
        url.password = 'canary-password';
      }),
    }),
    /^database +DATABASE_URL: .*password authentication failed.*; compare user and password$/,
  ],
  [
    'a database without TLS where it is asked for',
    () => ({
      DATABASE_URL: at((url) => {
        url.searchParams.set('sslmode', 'verify-full');
      }),
    }),
    /^database +DATABASE_URL: the encrypted connection failed .*; switch ssl on at the server/,
  ],
  [
    'a database that was never migrated',
    async () => ({
      DATABASE_URL: (await emptied()).connectionString,
      MIGRATE_ON_START: 'false',
    }),
    /^database +the database has schema 0, .*: run npm run migrate$/,
  ],
  [
    'a database that is read-only',
    async () => {
      const { connectionString, query } = await migrated();
      const name = new URL(connectionString).pathname.slice(1);
      await query(`alter database ${name} set default_transaction_read_only = on`);
      return { DATABASE_URL: connectionString };
    },
    /^database +The database is read-only/,
  ],
  [
    'a role without a grant',
    async () => {
      const { connectionString, query } = await migrated();
      const url = new URL(connectionString);
      const role = `reader_of_${url.pathname.slice(6, 14)}`;
      await query(`create role ${role} login password 'reader-password'`);
      await query(`grant select on all tables in schema public to ${role}`);
      url.username = role;
      url.password = 'reader-password';
      return { DATABASE_URL: url.href };
    },
    /^database +the role reader_of_\w+ lacks rights on .*payouts \(insert, update\)/,
  ],
  [
    'a database of another encoding',
    async () => {
      const { connectionString } = await migrated();
      const url = new URL(connectionString);
      const name = `${url.pathname.slice(1)}_latin1`;
      await withConnection(connectionString, (client) =>
        client.query(
          `create database ${name} encoding 'LATIN1' template template0
            lc_collate 'C' lc_ctype 'C' locale_provider libc`,
        ),
      );
      url.pathname = name;
      return { DATABASE_URL: url.href };
    },
    /^database .*LATIN1/,
  ],
  [
    'the name of another installation',
    () => ({ INSTALLATION_NAME: 'another' }),
    /^database +The database belongs to the installation "sandbox"/,
  ],
  [
    'a data key with other bytes',
    () => ({ DATA_KEYS: `sandbox:${Buffer.alloc(32, 9).toString('base64')}` }),
    /^keys +DATA_KEYS: the key sandbox has other bytes/,
  ],
  [
    'a data key that is gone',
    () => ({ DATA_KEYS: `newer:${Buffer.alloc(32, 9).toString('base64')}` }),
    /^keys +DATA_KEYS: the key sandbox is missing/,
  ],
  [
    'a row key with other bytes',
    () => ({ ROW_KEY: `sandbox:${Buffer.alloc(32, 9).toString('base64')}` }),
    /^keys +The key sandbox of ROW_KEY has other bytes than before/,
  ],
  [
    'a row key that is gone',
    () => ({ ROW_KEY: `newer:${Buffer.alloc(32, 9).toString('base64')}` }),
    /^keys +ROW_KEY lacks the key sandbox/,
  ],
  [
    'no row key, where rows are signed',
    () => ({ ROW_KEY: '' }),
    /^keys +ROW_KEY is not set here, although the rows of this installation are signed/,
  ],
  [
    'a gateway that is away',
    () => ({ PAYNETEASY_BASE_URL: 'http://127.0.0.1:1/paynet' }),
    /^gateway .* PAYNETEASY_BASE_URL: no readable answer .*ECONNREFUSED/,
  ],
  [
    'a wrong context path of the gateway',
    () => ({ PAYNETEASY_BASE_URL: `${setup.simulatorUrl}/payn` }),
    /^gateway .* PAYNETEASY_BASE_URL with its context path: .*HTTP 404/,
  ],
  [
    'a wrong control key',
    () => ({ PAYNETEASY_CONTROL_KEY: 'canary-control-key' }),
    /^gateway .* PAYNETEASY_CONTROL_KEY: .*"control does not match"/,
  ],
  [
    'a wrong login',
    () => ({ PAYNETEASY_LOGIN: 'nobody' }),
    /^gateway .* PAYNETEASY_LOGIN: .*"login is unknown"/,
  ],
  [
    'a wrong endpoint',
    () => ({ PAYNETEASY_ENDPOINT_ID: '424242' }),
    /^gateway .* PAYNETEASY_ENDPOINT_ID or PAYNETEASY_ENDPOINT_GROUP_ID: /,
  ],
  [
    'a platform that is away',
    () => ({ PRAXIS_NOTIFY_URL: 'http://127.0.0.1:1/UpdatePayout' }),
    /^platform +PRAXIS_NOTIFY_URL: no connection to the platform \(ECONNREFUSED\)/,
  ],
  [
    'a platform whose TLS is none',
    () => ({ PRAXIS_NOTIFY_URL: `https://127.0.0.1:${portOf(taken)}/UpdatePayout` }),
    /^platform +PRAXIS_NOTIFY_URL: no connection to the platform \(E/,
  ],
  [
    'a replica that lacks the address of the platform',
    () => ({ PRAXIS_NOTIFY_URL: '' }),
    /^platform +PRAXIS_NOTIFY_URL: is not set, and the installation notifies/,
  ],
];

describe('of a broken installation', () => {
  test.each(broken)('%s is named', async (_what, changes, fault) => {
    const ran = await doctor(await changes());
    const named = faults(ran);
    expect(named.some((text) => fault.test(text)) ? [] : named).toEqual([]);
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/^payout: (?:1 thing is|\d+ things are) wrong\.$/);
    expect(`${ran.out}${ran.err}`).not.toMatch(/canary|-password|\bat .*:\d+:\d+/);
  });

  test('a clock that is wrong is named', async () => {
    const loaded = loadConfig(env, () => '');
    const ahead = { ...systemClock, now: () => systemClock.now() + 60_000 };
    expect(await examineAll(loaded, ahead)).toContainEqual({
      kind: 'wrong',
      part: 'database',
      says: expect.stringMatching(/^this machine's clock is (?:60|59)\.\d s ahead of/),
    });
  });

  test('open payouts of an endpoint that is not configured are named', async () => {
    const { id } = await service.api.create({ cashier, release: 'on_authorization' });
    await service.api.untilStatus(id, 'bank_confirmed');
    await setup.database.query(`update payouts set endpoint = 'former' where id = $1`, [id]);
    expect(faults(await doctor())).toEqual([
      expect.stringMatching(/^database +1 open payouts are of the endpoint former, which is not/),
    ]);
    await setup.database.query(`update payouts set endpoint = 'default' where id = $1`, [id]);
  });

  test('open payouts of another gateway are named, with what to do', async () => {
    const { id } = await service.api.create({ cashier, release: 'on_authorization' });
    await service.api.untilStatus(id, 'bank_confirmed');
    const [row] = await setup.database.query<{ gateway_identity: string }>(
      'select gateway_identity from payouts where id = $1',
      [id],
    );
    const ours = row?.gateway_identity ?? '';
    const old = "https://old.example.com/paynet endpoint/7 o'neill";
    const give = (identity: string | null) =>
      setup.database.query('update payouts set gateway_identity = $2 where id = $1', [
        id,
        identity,
      ]);
    await give(old);
    const [fault = '', ...others] = faults(await doctor());
    expect(others).toEqual([]);
    expect(fault).toMatch(/^database +1 open payouts belong to another gateway /);
    expect(fault).toContain(`than the configured one (${ours}), and nothing is sent for them`);
    expect(fault).toContain(
      String.raw`continue 'https://old.example.com/paynet endpoint/7 o'\''neill' '${ours}' --name`,
    );
    // Declared, they are ours.
    await setup.database.query(
      `insert into gateway_continuations values ($1, $2, 'Ann', now(), $3)`,
      [old, ours, id],
    );
    expect(faults(await doctor())).toEqual([]);
    await setup.database.query('delete from gateway_continuations');
    // Nothing is recorded of the gateway of payouts from before.
    await give(null);
    expect(faults(await doctor())).toEqual([
      expect.stringMatching(/another gateway \(of the first start\)(?!.*endpoint continue)/),
    ]);
    await give(ours);
    // Another login of ours makes the same payouts another gateway's.
    const named = faults(await doctor({ PAYNETEASY_LOGIN: 'former' }));
    expect(named).toContainEqual(
      expect.stringMatching(/^database +\d+ open payouts belong to another gateway .*restore its/),
    );
  });

  test('rows that were met and cannot be read are named', async () => {
    const { id } = await service.api.create({ cashier, release: 'on_authorization' });
    await service.api.untilStatus(id, 'bank_confirmed');
    const alter = (version: number) =>
      setup.database.query('update payouts set version = $2 where id = $1', [id, version]);
    await alter(0);
    await service.api.read(id);
    expect(faults(await doctor())).toEqual([
      expect.stringMatching(/^database +the rows of 1 payouts were met and could not be read/),
    ]);
    await alter(100);
    await service.api.send('POST', `/v1/payouts/${id}/cancel`);
    expect(faults(await doctor())).toEqual([]);
  });

  test('lost history is named', async () => {
    await setup.database.query(
      `update installation set epoch_opened_at = now(), epoch_reason = 'a restore'`,
    );
    expect(faults(await doctor())).toContainEqual(
      expect.stringMatching(/^database +history was lost \(a restore\).*after-restore$/),
    );
  });
});
