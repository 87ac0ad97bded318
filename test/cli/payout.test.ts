/**
 * `npm run payout`: what each command does and prints, and with which exit code it ends.
 */

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SANDBOX_ENV_FILE, writeEnvFile } from '../../src/dev/sandbox/env-file.ts';
import { callsOf } from '../support/bank-orders.ts';
import { type CommandLine, openCommandLine, type Ran } from '../support/command-line.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';
import { waitFor } from '../support/wait-for.ts';

const RESULT_UNKNOWN = { amount: '10.04' };
const PROGRAM = fileURLToPath(new URL('../../src/cli/payout.ts', import.meta.url));
const SANDBOX = fileURLToPath(new URL('../../src/dev/sandbox.ts', import.meta.url));

let service: RunningService;
let commands: CommandLine;
let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  service = await startRunningService();
  commands = await openCommandLine(service);
  ({ env, folder } = commands);
});
afterAll(async () => {
  await service.close();
  await commands.close();
});

const run = (args: readonly string[], variables?: Record<string, string>): Promise<Ran> =>
  commands.run(args, variables);

async function inGatewayError(): Promise<{ id: string; reference: string }> {
  const { id } = await service.api.create(RESULT_UNKNOWN);
  const { reference } = await service.api.until(id, (it) => it.attention?.code === 'gateway_error');
  return { id, reference };
}

describe('show', () => {
  test('prints what an operator needs to know, by id and by reference, with the receiver masked', async () => {
    const { id, reference } = await inGatewayError();
    const shown = await run(['show', id]);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect((await run(['show', reference])).out.split('\n')[0]).toBe(`${id}  ${reference}`);
    for (const text of [
      'processing',
      'unknown',
      '10.04 EUR',
      '! gateway_error (urgent',
      'pay_intended',
    ]) {
      expect(shown.out).toContain(text);
    }
    expect(shown.out).not.toContain('DE00123456780001');
    expect(shown.out).not.toContain('Lovelace');
  });

  test('prints what the API answers with --json', async () => {
    const { id } = await inGatewayError();
    const { out } = await run(['show', id, '--json']);
    expect(JSON.parse(out)).toMatchObject({ id, status: 'processing' });
  });

  test('prints equal entries in a row as one line with their number', async () => {
    const { id } = await inGatewayError();
    await service.database.query(
      `insert into payout_events (payout_id, at, kind, version, status, says, data)
       select $1, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 second', 'status_failed', 1,
         'processing', 'A poll failed.', '{}' from generate_series(1, 40) as n`,
      [id],
    );
    const { out } = await run(['show', id]);
    const lines = out.split('\n').filter((line) => line.includes('A poll failed.'));
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}2026-01-01T00:00:01.* \(40 times, until 2026-01-01T00:00:40/),
    ]);
    expect(out).toContain('pay_intended');
  });

  test('fails for what is not there', async () => {
    expect(await run(['show', 'nowhere'])).toMatchObject({
      code: 1,
      err: 'payout: There is no payout nowhere.',
    });
  });
});

describe('list', () => {
  test('shows payouts, by status and by attention', async () => {
    const { id } = await inGatewayError();
    const paid = await service.api.create();
    await service.api.untilStatus(paid.id, 'approved');
    const all = await run(['list']);
    expect(all.out).toContain(id);
    expect(all.out).toContain(paid.id);
    const open = await run(['list', '--attention']);
    expect(open.out).toMatch(new RegExp(`${id}.*gateway_error`));
    expect(open.out).not.toContain(paid.id);
    const approved = await run(['list', '--status', 'approved,declined', '--limit', '5']);
    expect(approved.out).toContain(paid.id);
    expect(approved.out).not.toContain(id);
  });

  test('counts and shows callbacks that belong to no payout', async () => {
    const before = await run(['list', '--callbacks']);
    expect(before.out).toBe('Verified callbacks for unknown orders: 0.');
    await service.database.query(
      `insert into callbacks (endpoint, received_at, dedupe_key, status, order_id, client_order_id)
       values ('default', now(), 'k', 'approved', '77', 'somebody-else')`,
    );
    const after = await run(['list', '--callbacks']);
    expect(after.out).toMatch(
      /^Verified callbacks for unknown orders: 1\.\n.* order 77 {2}somebody-else {2}approved$/,
    );
  });

  test.each([
    ['--limit', '0'],
    ['--limit', '1001'],
    ['--status', 'paid'],
  ])('refuses %s %s', async (...args) => {
    expect(await run(['list', ...args])).toMatchObject({ code: 2, out: '' });
  });
});

describe('what an operator decides', () => {
  test('resolve polls the gateway and ends the payout', async () => {
    const { id } = await inGatewayError();
    const given = ['--finding', 'not_paid', '--evidence', 'ticket 1', '--name', 'Grace'];
    expect(await run(['resolve', id, ...given])).toEqual({
      code: 0,
      out: `${id} is declined; money moved: no.`,
      err: '',
    });
    expect(await service.api.read(id)).toMatchObject({
      status: 'declined',
      reason: { message: 'ticket 1' },
    });
  });

  test('resolve prints why it is refused', async () => {
    const paid = await service.api.create();
    await service.api.untilStatus(paid.id, 'approved');
    const given = ['--finding', 'not_paid', '--evidence', 'ticket 1', '--name', 'Grace'];
    expect(await run(['resolve', paid.id, ...given])).toMatchObject({
      code: 1,
      err: 'payout: NOT_RESOLVABLE: The gateway reports approved.',
    });
  });

  test.each([
    { args: ['--finding', 'paid', '--evidence', 'e'], about: '--name is required' },
    { args: ['--finding', 'so', '--evidence', 'e', '--name', 'n'], about: '--finding must be' },
  ])('resolve refuses $args', async ({ args, about }) => {
    const refused = await run(['resolve', 'any', ...args]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(about);
  });

  test.each([
    ['due', ''],
    ['due', ' '],
    ['due', 'Grace\nHopper'],
    ['due', 'x'.repeat(101)],
    ['redeliver', ''],
    ['release-check', ''],
    ['deauthorize', ''],
    ['acknowledge', ''],
  ])('%s is not done in a name like %j', async (command, name) => {
    const { id } = await inGatewayError();
    const refused = await run([command, id, '--name', name]);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('--name must ') });
  });

  test('an option that is given twice is refused, as one of both would be ignored', async () => {
    const { id } = await inGatewayError();
    const given = ['--finding', 'paid', '--evidence', 'ticket 1', '--name', 'Grace'];
    const refused = await run(['resolve', id, ...given, '--finding', 'not_paid']);
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining('--finding is given twice'),
    });
  });

  test('acknowledge takes the name, or else the user of the machine', async () => {
    const { id } = await inGatewayError();
    expect((await run(['acknowledge', id])).out).toBe(`gateway_error: ${userInfo().username}`);
    const other = await inGatewayError();
    const given = ['--code', 'gateway_error', '--name', 'Grace'];
    expect((await run(['acknowledge', other.reference, ...given])).out).toBe(
      'gateway_error: Grace',
    );
  });

  test('pause and resume switch payments for the running service', async () => {
    const on = await run(['pause', '--reason', 'wrong rates', '--name', 'Grace']);
    expect(on.out).toMatch(
      /^Payments are paused since .*, switched by Grace \(command line; wrong rates\)\.$/,
    );
    const again = await run(['pause', '--reason', 'other', '--name', 'Ada']);
    expect(again.out).toContain(
      'switched by Grace (command line; wrong rates).\nThey were paused before',
    );
    const { id } = await service.api.create();
    await service.api.until(id, (it) => it.attention?.code === 'paused');
    expect((await run(['resume'])).out).toMatch(/^Payments are running since /);
    await service.api.untilStatus(id, 'approved');
  });

  test('pause and resume switch a part of the payments', async () => {
    const on = await run(['pause', '--currency', 'EUR', '--reason', 'rates', '--name', 'Grace']);
    expect(on.out).toMatch(
      /^Payments of currency EUR are paused since .*, switched by Grace \(command line; rates\)\.$/,
    );
    const again = await run(['pause', '--currency', 'EUR', '--name', 'Ada']);
    expect(again.out).toContain('by Grace (command line; rates).\nThey were paused before');
    const { id } = await service.api.create();
    await service.api.until(id, (it) => it.attention?.code === 'paused');
    expect((await run(['resume'])).out).toContain('\nPayments of currency EUR are paused since ');
    expect((await run(['resume', '--currency', 'EUR'])).out).toBe(
      'Payments of currency EUR are not paused.',
    );
    await service.api.untilStatus(id, 'approved');
  });

  test('pause names the option that is wrong', async () => {
    expect(await run(['pause', '--endpoint', 'defualt', '--name', 'Grace'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--endpoint must be an endpoint that is configured'),
    });
  });

  test('deauthorize takes an authorization back, and says so in the timeline', async () => {
    const { id } = await service.api.create({ release: 'on_authorization' });
    await service.api.untilStatus(id, 'bank_confirmed');
    await run(['pause', '--name', 'Grace']);
    await service.api.send('POST', `/v1/payouts/${id}/authorize`);
    expect(await run(['deauthorize', id, '--name', 'Grace'])).toEqual({
      code: 0,
      out: `${id} is bank_confirmed; it is not paid without a new authorization.`,
      err: '',
    });
    await run(['resume', '--name', 'Grace']);
    expect((await run(['show', id])).out).toContain('Grace took the authorization back.');
    expect(await service.api.read(id)).toMatchObject({ authorization: { authorized_at: null } });
  });

  test('due only polls, and is kept in the journal', async () => {
    const { id } = await service.api.create({ release: 'on_authorization' });
    await service.api.untilStatus(id, 'bank_confirmed');
    const asked = () => callsOf(service.simulator, id).filter((call) => call === 'status').length;
    const before = asked();
    const told = await run(['due', id, '--name', 'Grace']);
    expect(told.out).toContain(`${id} is bank_confirmed; next due time: `);
    await expect.poll(asked, { timeout: 10_000 }).toBe(before + 1);
    expect(await service.api.read(id)).toMatchObject({ status: 'bank_confirmed' });
    expect((await run(['show', id])).out).toContain('Grace requested an immediate status request.');
  });

  test('redeliver prints that there is nothing to redeliver', async () => {
    const { id } = await service.api.create();
    expect((await run(['redeliver', id])).out).toBe(
      `The platform has every subscribed notification of ${id}.`,
    );
  });

  test('redeliver prints that the installation does not notify', async () => {
    const { id } = await service.api.create({ cashier: { pin: '7', front_end_name: 'TEST' } });
    await service.api.untilStatus(id, 'approved');
    await waitFor('the letters to be skipped', async () => {
      const rows = await service.database.query(
        `select 1 from notifications where payout_id = $1 and state = 'skipped'`,
        [id],
      );
      return rows.length === 3;
    });
    expect(await run(['redeliver', id])).toMatchObject({
      code: 1,
      err: 'payout: NOT_NOTIFYING: This installation does not notify its platform.',
    });
  });
});

describe('the command line', () => {
  test.each([['--help'], ['show', '--help'], ['pause', '--help'], ['help'], ['help', 'show']])(
    '%s %s prints the usage',
    async (...args) => {
      const told = await run(args, {});
      expect(told).toMatchObject({ code: 0, err: '' });
      expect(told.out).toContain('npm run payout --');
    },
  );

  test.each([
    { args: [], about: 'a command is missing' },
    { args: ['pay'], about: 'pay is not a command' },
    { args: ['toString'], about: 'toString is not a command' },
    { args: ['show'], about: 'show takes <payout>' },
    { args: ['show', 'a', 'b'], about: 'show takes <payout>' },
    { args: ['pause', 'now'], about: 'pause takes no operand' },
    { args: ['show', 'a', '--force'], about: '--force' },
    { args: ['list', '--status'], about: '--status' },
  ])('$args is refused with $about', async ({ args, about }) => {
    const refused = await run(args);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(about);
  });

  test('the program itself ends with these codes', async () => {
    const node = promisify(execFile);
    const { stdout } = await node(process.execPath, [PROGRAM, '--help']);
    expect(stdout).toContain('npm run payout -- <command>');
    await expect(node(process.execPath, [PROGRAM, 'nonsense'])).rejects.toMatchObject({ code: 2 });
  });

  test('the sandbox prints its usage and starts nothing', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [SANDBOX, '--help']);
    expect(stdout).toContain('npm run sandbox -- [options]');
    expect(stdout).not.toContain('The sandbox is up');
  });
});

test('a reader that reads no further ends the program quietly', async () => {
  const program = spawn(process.execPath, [PROGRAM, 'list', '--limit', '5'], { env });
  program.stdout.destroy();
  let complaints = '';
  program.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const code = await new Promise((resolve) => program.once('close', resolve));
  expect([code, complaints]).toEqual([0, '']);
});

describe('the environment', () => {
  test('is a named file and nothing else where --env-file is given', async () => {
    const path = join(folder, 'named.env');
    const { DATABASE_URL = '' } = env;
    writeFileSync(path, `DATABASE_URL='${DATABASE_URL}'\n`);
    const refused = await run(['list', '--env-file', path]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('PAYNETEASY_LOGIN: is required');
    const missing = await run(['list', '--env-file', join(folder, 'none.env')]);
    expect(missing.err).toContain('cannot be read (ENOENT)');
  });

  test('is what a sandbox left in its data folder where there is no other', async () => {
    writeEnvFile(folder, env);
    expect(statSync(join(folder, SANDBOX_ENV_FILE)).mode & 0o777).toBe(0o600);
    const { id } = await service.api.create();
    const shown = await run(['show', id], { DATA_DIR: folder });
    expect(shown).toMatchObject({ code: 0, err: '' });
  });

  test('without any says what is missing', async () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    const refused = await run(['list'], { DATA_DIR: empty });
    rmSync(empty, { recursive: true });
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('PAYNETEASY_BASE_URL: is required');
  });

  test('of an embedded database that does not run is refused with its reason', async () => {
    const { DATABASE_URL: _remote, ...embedded } = env;
    const refused = await run(['list'], embedded);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('is not running; start the service or the sandbox.');
  });

  test('of a database that refuses the password names the variable, without a stack', async () => {
    const url = new URL(service.database.connectionString);
    url.password = 'canary';
    const { code, err } = await run(['list'], { ...env, DATABASE_URL: url.href });
    expect(code).toBe(1);
    expect(err).toMatch(
      /^payout: DATABASE_URL: the server refuses .*; compare user and password\.$/,
    );
    expect(err).not.toContain('canary');
  });

  test('of a database that cannot be reached is refused with its reason', async () => {
    const away = { ...env, DATABASE_URL: 'postgres://nobody:x@127.0.0.1:1/none' };
    expect(await run(['list'], away)).toMatchObject({
      code: 1,
      err: 'payout: the database cannot be reached.',
    });
  });
});
