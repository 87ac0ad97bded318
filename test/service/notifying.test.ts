/**
 * Services that differ in PRAXIS_NOTIFY_URL over one database: whichever of them changes a payout,
 * no letter is lost, and only what an operator has said switches notifications off.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { platformEnvironment } from '../../src/dev/sandbox/sandbox.ts';
import { runCommand } from '../support/command-line.ts';
import { payoutBody } from '../support/api-client.ts';
import { type StartedService, startServiceOn } from '../support/running-service.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';

const cashier = { pin: '7', front_end_name: 'TEST EUR' };
const OFF = { PRAXIS_NOTIFY_URL: 'none' };

let setup: Setup;
let withAddress: Record<string, string>;
const running = new Set<StartedService>();

beforeAll(async () => {
  setup = await createSetup();
  withAddress = platformEnvironment(setup.secrets, setup.simulatorUrl);
});
afterAll(() => setup.close());

beforeEach(() => setup.database.query('update installation set notifies = null'));
afterEach(async () => {
  await Promise.all([...running].map(stop));
});

async function start(environment: Record<string, string> = {}): Promise<StartedService> {
  const service = await startServiceOn(setup, environment);
  running.add(service);
  return service;
}

async function stop(service: StartedService): Promise<void> {
  running.delete(service);
  await service.close();
}

const notifies = async (): Promise<unknown> =>
  (await setup.database.query<{ notifies: unknown }>('select notifies from installation'))[0]
    ?.notifies;

const states = async (id: string): Promise<string> => {
  const rows = await setup.database.query<{ letter: string; state: string }>(
    'select letter, state from notifications where payout_id = $1 order by position',
    [id],
  );
  return rows.map(({ letter, state }) => `${letter} ${state}`).join(', ');
};

const untilStates = (id: string, expected: string) =>
  waitFor(`letters to be ${expected}`, async () => (await states(id)) === expected);

const heard = (reference: string): string =>
  setup.simulator.control
    .letters()
    .filter((letter) => letter.reference === reference)
    .map(({ letter }) => letter)
    .join('');

const readiness = async ({ url }: StartedService) => {
  const response = await fetch(`${url}/health/ready`);
  const { problems }: { problems: string[] } = JSON.parse(await response.text());
  return { status: response.status, problems };
};

const create = ({ api }: StartedService, body = payoutBody({ cashier })) =>
  api.send<{ id: string; code: string }>('POST', '/v1/payouts', {
    body,
    headers: { 'idempotency-key': randomUUID() },
  });

const redeliver = ({ api }: StartedService, id: string) =>
  api.send<{ letters: string[] }>('POST', `/v1/payouts/${id}/notifications/redeliver`);

const errorsOf = ({ logLines }: StartedService): string[] =>
  logLines.filter((line) => line.includes('"level":"error"') || line.includes('"level":50'));

describe('a start without the variable, where the installation notifies', () => {
  it('loses no letter: what it writes is delivered by the next good one', async () => {
    const first = await start(withAddress);
    const release = 'on_authorization';
    const { id, reference } = await first.api.create({ cashier, release });
    await first.api.untilStatus(id, 'bank_confirmed');
    await stop(first);

    const bad = await start();
    await bad.api.send('POST', `/v1/payouts/${id}/authorize`);
    await bad.api.untilStatus(id, 'approved');
    expect(await states(id)).toBe('A pending, P pending, Y pending');
    await stop(bad);
    expect(await states(id)).toBe('A pending, P pending, Y pending');
    expect(heard(reference)).toBe('');

    const good = await start(withAddress);
    await untilStates(id, 'A delivered, P delivered, Y delivered');
    expect(heard(reference)).toBe('APY');
    expect((await redeliver(good, id)).body).toEqual({ letters: [] });
  });

  it.each([
    ['absent', {}, 'PRAXIS_NOTIFY_URL is not set here'],
    ['empty', { PRAXIS_NOTIFY_URL: '' }, 'PRAXIS_NOTIFY_URL is not set here'],
  ])('is not ready, says why, and creates nothing (%s)', async (_name, environment, sentence) => {
    await stop(await start(withAddress));
    const bad = await start(environment);
    const { status, problems } = await readiness(bad);
    expect(status).toBe(503);
    expect(problems).toEqual([expect.stringContaining(sentence)]);
    expect(errorsOf(bad)).toEqual([expect.stringContaining(sentence)]);
    const before = await setup.database.query('select count(*) from payouts');
    const refused = await create(bad);
    expect([refused.status, refused.body.code]).toEqual([503, 'NOTIFY_URL_MISSING']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await setup.database.query('select count(*) from payouts')).toEqual(before);
    expect(await notifies()).toBe(true);
  });
});

describe('replicas that differ', () => {
  it('lose no letter of a payout that the one without the address drives', async () => {
    const unaware = await start();
    expect((await readiness(unaware)).status).toBe(200);
    // No platform is notified yet, so that no cashier is needed.
    expect((await create(unaware, payoutBody())).status).toBe(201);

    const good = await start(withAddress);
    await waitFor('it to notice', async () => (await readiness(unaware)).status === 503);
    expect((await create(unaware)).body.code).toBe('NOTIFY_URL_MISSING');
    expect(errorsOf(unaware)).toHaveLength(1);
    const payouts = await Promise.all(
      Array.from({ length: 10 }, () => good.api.create({ cashier })),
    );
    for (const { id, reference } of payouts) {
      await good.api.untilStatus(id, 'approved');
      await untilStates(id, 'A delivered, P delivered, Y delivered');
      expect(heard(reference)).toBe('APY');
    }
    expect((await create(good, payoutBody())).body.code).toBe('VALIDATION_FAILED');
  });

  it('of which one was switched off before another was switched on: that one stands back', async () => {
    const off = await start(OFF);
    expect((await readiness(off)).status).toBe(200);
    await start(withAddress);
    await waitFor('it to notice', async () => (await readiness(off)).status === 503);
    const { problems } = await readiness(off);
    expect(problems).toEqual([expect.stringContaining('PRAXIS_NOTIFY_URL is none here')]);
    expect((await create(off)).body.code).toBe('NOTIFY_URL_MISSING');
  });
});

describe('the command line', () => {
  it('writes the letter of a resolve without the variables of the service', async () => {
    const service = await start(withAddress);
    const { id, reference } = await service.api.create({ cashier, amount: '10.04' });
    await service.api.until(id, (seen) => seen.attention?.code === 'gateway_error');
    await untilStates(id, 'A delivered, P delivered');
    const resolved = await runCommand(
      ['resolve', id, '--finding', 'paid', '--evidence', 'ticket 1', '--name', 'Grace'],
      await setup.environment(OFF),
    );
    const out = `${id} is approved; money moved: yes.`;
    expect(resolved).toEqual({ code: 0, out, err: '' });
    await untilStates(id, 'A delivered, P delivered, Y delivered');
    expect(heard(reference)).toBe('APY');
    // Only a start of the service switches anything.
    expect(await notifies()).toBe(true);
  });
});

describe('PRAXIS_NOTIFY_URL=none', () => {
  it('switches notifications off: letters are skipped, and a later address sends no old ones', async () => {
    await stop(await start(withAddress));
    const off = await start(OFF);
    expect(await notifies()).toBe(false);
    expect((await readiness(off)).status).toBe(200);
    expect((await create(off, payoutBody())).status).toBe(201);
    const { id, reference } = await off.api.create({ cashier });
    await off.api.untilStatus(id, 'approved');
    await untilStates(id, 'A skipped, P skipped, Y skipped');
    const metrics = await (await fetch(`${off.url}/metrics`)).text();
    expect(metrics).toContain('notifications_total{letter="Y",outcome="skipped"} 1');
    expect(await redeliver(off, id)).toMatchObject({
      status: 409,
      body: { code: 'NOT_NOTIFYING' },
    });
    await stop(off);

    const on = await start(withAddress);
    const next = await on.api.create({ cashier });
    await untilStates(next.id, 'A delivered, P delivered, Y delivered');
    expect(await states(id)).toBe('A skipped, P skipped, Y skipped');
    expect(heard(reference)).toBe('');
    expect((await redeliver(on, id)).body).toEqual({ letters: ['A', 'P', 'Y'] });
    await untilStates(id, 'A delivered, P delivered, Y delivered');
    expect(heard(reference)).toBe('APY');
  });
});

describe('an installation for which no start has said that it notifies', () => {
  it('skips letters when they are due, and asks for no cashier', async () => {
    const service = await start();
    const { id } = await service.api.create({ cashier });
    await untilStates(id, 'A skipped, P skipped, Y skipped');
    expect((await service.api.read(id)).attention).toBeNull();
    expect(await notifies()).toBeNull();
  });
});

describe('PRAXIS_NOTIFY_STATUSES', () => {
  it('keeps the order between letters that are subscribed and those that are not', async () => {
    const service = await start({ ...withAddress, PRAXIS_NOTIFY_STATUSES: 'A,Y,J,C' });
    const { id, reference } = await service.api.create({ cashier });
    await untilStates(id, 'A delivered, P skipped, Y delivered');
    expect(heard(reference)).toBe('AY');
    const records = await setup.database.query<{ letter: string }>(
      'select letter from notification_attempts where payout_id = $1 order by id',
      [id],
    );
    expect(records.map(({ letter }) => letter)).toEqual(['A', 'P', 'Y']);
  });
});

describe('a restore to before notifications were switched on', () => {
  it('under a service with the address loses no letter, and leaves them switched on', async () => {
    const service = await start(withAddress);
    const { id, reference } = await service.api.create({ cashier });
    await service.api.untilStatus(id, 'approved');
    await untilStates(id, 'A delivered, P delivered, Y delivered');
    await setup.database.query(
      `with restored as (update installation set notifies = null)
       update notifications set state = 'pending', finished_at = null, due_at = now()
       where payout_id = $1 and letter = 'Y'`,
      [id],
    );
    await waitFor('Y to be notified again', async () => !(await states(id)).endsWith('pending'));
    expect(await states(id)).toBe('A delivered, P delivered, Y delivered');
    expect(heard(reference)).toBe('APYY');
    expect((await create(service, payoutBody())).body.code).toBe('VALIDATION_FAILED');
    await waitFor('it to be said again', async () => (await readiness(service)).status === 200);
    expect(await notifies()).toBe(true);
  });
});
