/**
 * `npm run payout -- after-restore` on a running service: an epoch pauses payments until a person
 * ends it, and what was unpaid before it needs a new authorization.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandLine, openCommandLine } from '../support/command-line.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';
import { waitFor } from '../support/wait-for.ts';

type Pause = { paused: boolean; by: string; reason: string | null };

let service: RunningService;
let commands: CommandLine;
beforeAll(async () => {
  // In an epoch a payout-check waits for lookups over this long.
  service = await startRunningService({ environment: { CHECK_QUIET_MS: '1000', ROW_KEY: '' } });
  commands = await openCommandLine(service);
});
afterAll(async () => {
  await service.close();
  await commands.close();
});

const run = (...words: string[]) => commands.run(words);

/** Another process opened the epoch: what is created before this is known is of the older one. */
const knows = (epoch: number) =>
  waitFor(`the service to know epoch ${epoch}`, () =>
    service.logLines.some(
      (line) => line.includes('in a new epoch') && line.includes(`"count":${epoch}`),
    ),
  );

const held = (id: string) => service.api.until(id, ({ attention }) => attention?.code === 'paused');

test('without a loss it says so', async () => {
  expect(await run('after-restore')).toEqual({
    code: 0,
    out: [
      'Epoch 1: no history was lost.',
      'Payouts of older epochs that wait for a new authorization: 0.',
    ].join('\n'),
    err: '',
  });
  expect(await run('after-restore', '--end', '--name', 'Ada')).toMatchObject({
    code: 1,
    err: 'payout: No epoch is open.',
  });
});

test.each([
  [['--begin'], '--reason is required'],
  [['--end'], '--name is required'],
  [['--begin', '--end'], 'exclude each other'],
  [['--begin', '--reason', ''], '--reason'],
])('%j is a wrong command line', async (options, about) => {
  const refused = await run('after-restore', ...options);
  expect(refused.code).toBe(2);
  expect(refused.err).toContain(about);
});

/** send_before and the total timeout of what may be lost come first, 35 s; five times as long. */
const SETTLED_WITHIN_MS = 175_000;

const paid = (id: string) =>
  waitFor(
    `${id} to be paid`,
    async () => (await service.api.read(id)).status === 'approved',
    SETTLED_WITHIN_MS,
  );

describe('an epoch', () => {
  test('pauses, outlasts a resume, lists what waits, and lets only new payouts go on', async () => {
    const { api } = service;
    const before = await api.create({ release: 'on_authorization' });
    await api.untilStatus(before.id, 'bank_confirmed');
    const paidBefore = await api.create();
    await api.untilStatus(paidBefore.id, 'approved');

    const begun = await run('after-restore', '--begin', '--reason', 'a snapshot', '--name', 'Ada');
    expect(begun).toMatchObject({ code: 0, err: '' });
    expect(begun.out).toMatch(/^Epoch 2 is open, and payments are paused/);
    await knows(2);

    const resumed = await api.send<Pause>('POST', '/v1/resume');
    expect(resumed).toMatchObject({
      status: 200,
      body: {
        paused: true,
        by: 'lost history',
        reason: 'a snapshot (Ada): npm run payout -- after-restore',
      },
    });
    const during = await api.create();
    await held(during.id);
    await api.send('POST', `/v1/payouts/${before.id}/authorize`);

    const waits = await api.create({ release: 'on_authorization' });
    await service.database.query('update payouts set epoch = 1 where id = $1', [waits.id]);
    const listed = await run('after-restore');
    expect(listed.out).toMatch(/^Epoch 2 is open since \S+, and payments are paused: a snapshot/);
    expect(listed.out).toContain('Payouts of older epochs that wait for a new authorization: 1.');
    expect(listed.out).toContain(waits.id);
    expect(listed.out).not.toContain(before.id);
    expect(listed.out).not.toContain(during.id);
    expect(listed.out).not.toContain(paidBefore.id);

    const ended = await run('after-restore', '--end', '--name', 'Grace');
    expect(ended.out).toMatch(/^Grace ended the epoch; payments are resumed\./);
    await paid(during.id);
    await paid(before.id);
    await api.until(waits.id, ({ status }) => status === 'bank_confirmed');
    expect((await run('after-restore')).out).toMatch(
      /^Epoch 2 \(a snapshot \(Ada\)\) was ended by Grace at /,
    );
    expect((await api.send<Pause>('GET', '/v1/pause')).body).toMatchObject({ paused: false });
  }, 240_000);

  test('holds an automatic payout of before until it is authorized', async () => {
    const { api } = service;
    await run('pause', '--name', 'Ada');
    const before = await api.create();
    await held(before.id);
    await run('after-restore', '--begin', '--reason', 'a dump', '--name', 'Ada');
    await run('resume', '--name', 'Ada');
    await run('after-restore', '--end', '--name', 'Ada');
    const asked = await api.until(
      before.id,
      ({ attention }) => attention?.code === 'needs_new_authorization',
    );
    expect(asked.status).toBe('bank_confirmed');
    expect((await run('after-restore')).out).toContain(before.id);
    await api.send('POST', `/v1/payouts/${before.id}/authorize`);
    await paid(before.id);
    expect((await run('after-restore')).out).not.toContain(before.id);
  }, 240_000);
});
