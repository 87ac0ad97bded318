/**
 * ROW_KEY over the life of an installation: from the first start on, added later next to replicas
 * without it, rotated, lost. The services are real, and so is the database that is changed by hand.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { payoutBody } from '../support/api-client.ts';
import { runCommand } from '../support/command-line.ts';
import { type StartedService, startServiceOn } from '../support/running-service.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { paymentsOf } from '../support/bank-orders.ts';
import { waitFor } from '../support/wait-for.ts';

const keyOf = (id: string, fill: number): string =>
  `${id}:${Buffer.alloc(32, fill).toString('base64')}`;
const WITHOUT = { ROW_KEY: '' };

let setup: Setup;
const services: StartedService[] = [];
beforeEach(async () => {
  setup = await createSetup();
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
  await setup.close();
});

async function start(environment: Record<string, string> = {}): Promise<StartedService> {
  const service = await startServiceOn(setup, environment);
  services.push(service);
  return service;
}

async function stop(service: StartedService): Promise<void> {
  services.splice(services.indexOf(service), 1);
  await service.close();
}

const about = ({ logLines }: StartedService, text: string): string[] =>
  logLines.filter((line) => line.includes(text));

const installation = async () => {
  const [row] = await setup.database.query(
    `select rows_signed_at is not null as signed, rows_signed_by as by, oldest_reader as oldest
       from installation`,
  );
  return row;
};

const backfill = async (environment: Record<string, string> = {}) =>
  runCommand(['row-key', 'backfill', '--name', 'Ada'], await setup.environment(environment));

const isReady = async ({ url }: StartedService): Promise<unknown[]> => {
  const response = await fetch(`${url}/health/ready`);
  const body: unknown = await response.json();
  return [response.status, JSON.stringify(body)];
};

/** A payout that the bank has confirmed, and that waits for its authorization. */
async function confirmed({ api }: StartedService): Promise<string> {
  const { id } = await api.create({ release: 'on_authorization' });
  await api.untilStatus(id, 'bank_confirmed');
  return id;
}

const alteredOf = ({ api }: StartedService, id: string) =>
  api.until(id, ({ attention }) => attention?.code === 'row_altered');

const dueNow = (id: string) =>
  setup.database.query('update payouts set due_at = now() where id = $1', [id]);

const paysOnce = async (service: StartedService, id: string): Promise<void> => {
  expect((await service.api.send('POST', `/v1/payouts/${id}/authorize`)).status).toBe(200);
  const { gateway } = await service.api.untilStatus(id, 'approved');
  expect(paymentsOf(setup.simulator, gateway.client_order_id)).toBe(1);
};

describe('an installation with ROW_KEY from its first start on', () => {
  test('refuses what was changed or inserted by hand, and says so', async () => {
    const service = await start();
    expect(await installation()).toEqual({ signed: true, by: 'the first start', oldest: 10 });
    const id = await confirmed(service);
    await setup.database.query(
      `update payouts set amount_minor = 99900, row_mac = null, due_at = now() where id = $1`,
      [id],
    );
    const shown = await alteredOf(service, id);
    expect(shown.attention).toMatchObject({ severity: 'urgent' });
    await service.api.send('POST', `/v1/payouts/${id}/authorize`);
    const { id: good } = await service.api.create();
    await service.api.untilStatus(good, 'approved');
    expect(await service.api.read(id)).toMatchObject({ status: 'bank_confirmed' });
    expect(paymentsOf(setup.simulator, shown.gateway.client_order_id)).toBe(0);
    expect((await service.api.send('POST', `/v1/payouts/${id}/cancel`)).status).toBe(200);
  });

  test('keeps refusing when the flag is taken back by hand, until its processes end', async () => {
    const service = await start();
    const id = await confirmed(service);
    await setup.database.query('update installation set rows_signed_at = null');
    await setup.database.query(
      `update payouts set authorized_at = now(), authorized_by = 'nobody', row_mac = null,
         authorization_mac = null, order_mac = null, due_at = now() where id = $1`,
      [id],
    );
    expect(await alteredOf(service, id)).toMatchObject({ status: 'bank_confirmed' });
  });

  test('has no use for a replica without the key: it is not ready and changes nothing', async () => {
    const keyed = await start();
    const id = await confirmed(keyed);
    const lacking = await start(WITHOUT);
    const says = 'ROW_KEY is not set here, although the rows of this installation are signed';
    expect(about(lacking, `${says}: this replica does nothing.`)).toHaveLength(1);
    expect(await isReady(lacking)).toEqual([503, expect.stringContaining(says)]);
    const created = await lacking.api.send('POST', '/v1/payouts', {
      headers: { 'idempotency-key': 'k' },
      body: payoutBody(),
    });
    expect(created).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(created.headers.get('retry-after')).toBe('2');
    const refused = await lacking.api.send('POST', `/v1/payouts/${id}/authorize`);
    expect(refused.status).toBe(503);
    expect((await lacking.api.read(id)).status).toBe('bank_confirmed');
    await stop(keyed);
    const other = await start();
    await paysOnce(other, id);
    expect(about(lacking, '"level":"error"')).toHaveLength(1);
    expect(about(other, 'row_altered')).toEqual([]);
  });
});

describe('an installation that gets ROW_KEY later', () => {
  test('pays payouts from before, next to replicas without it, until all are signed', async () => {
    const older = await start(WITHOUT);
    const [first, second, third] = [
      await confirmed(older),
      await confirmed(older),
      await confirmed(older),
    ];
    const newer = await start();
    expect(await installation()).toMatchObject({ signed: false });
    expect(about(newer, 'payout -- row-key backfill')).toHaveLength(1);
    await paysOnce(newer, first);
    const mine = await confirmed(newer);

    const early = await backfill();
    expect(early.code).toBe(1);
    // Either replica may have found that the bank confirmed the last one.
    expect(early.out).toMatch(/^[23] open payouts were signed\./);
    expect(early.err).toContain('a process is connected that signs nothing');
    expect(await installation()).toMatchObject({ signed: false });

    // The replica without the key authorizes what was signed meanwhile: honest, and not altered.
    await older.api.send('POST', `/v1/payouts/${second}/authorize`);
    await newer.api.untilStatus(second, 'approved');
    await older.api.send('POST', `/v1/payouts/${mine}/authorize`);
    await newer.api.untilStatus(mine, 'approved');
    await stop(older);

    const late = await waitFor('the sessions of the older replica to end', async () => {
      const ran = await backfill();
      return ran.code === 0 ? ran : null;
    });
    expect(late.out).toContain('Payouts without MACs are refused from now on.');
    expect(await installation()).toEqual({ signed: true, by: 'Ada', oldest: 10 });
    expect(await backfill()).toMatchObject({ code: 0 });
    await paysOnce(newer, third);
    expect(about(newer, 'row_altered')).toEqual([]);
  });

  test('is told which payouts were changed by hand, and pays none of them', async () => {
    const service = await start(WITHOUT);
    await confirmed(service);
    await stop(service);
    const keyed = await start();
    const id = await confirmed(keyed);
    await setup.database.query(`update payouts set currency = 'USD' where id = $1`, [id]);
    const ran = await waitFor('the sessions of the first service to end', async () => {
      const tried = await backfill();
      return tried.code === 0 ? tried : null;
    });
    expect(ran.out).toContain('1 open payouts were changed by hand, and are not paid:');
    expect(ran.out).toContain(id);
    await dueNow(id);
    await alteredOf(keyed, id);
  });

  test('is told by a command without the key that nothing can be signed', async () => {
    await start(WITHOUT);
    expect(await backfill(WITHOUT)).toMatchObject({
      code: 1,
      err: 'payout: ROW_KEY is not set here, so nothing can be signed.',
    });
  });
});

describe('a key', () => {
  test('is rotated: the new one signs, and the old one verifies', async () => {
    const before = await start({ ROW_KEY: keyOf('a', 1) });
    const id = await confirmed(before);
    await stop(before);
    const after = await start({ ROW_KEY: `${keyOf('b', 2)} ${keyOf('a', 1)}` });
    await paysOnce(after, id);
    expect(about(after, 'row_altered')).toEqual([]);
    const rows = await setup.database.query<{ id: string }>('select id from row_keys order by id');
    expect(rows.map((row) => row.id)).toEqual(['a', 'b']);
  });

  test.each([
    ['gone', keyOf('b', 2), 'ROW_KEY lacks the key a'],
    ['another one under its id', keyOf('a', 3), 'The key a of ROW_KEY has other bytes than before'],
  ])('that is %s is named, and what it has signed is not paid', async (_what, key, says) => {
    const before = await start({ ROW_KEY: keyOf('a', 1) });
    const id = await confirmed(before);
    await stop(before);
    const after = await start({ ROW_KEY: key });
    expect(about(after, says)).toHaveLength(1);
    await dueNow(id);
    await alteredOf(after, id);
    await stop(after);
    const restored = await start({ ROW_KEY: `${keyOf('c', 4)} ${keyOf('a', 1)}` });
    await dueNow(id);
    await restored.api.until(id, ({ attention }) => attention === null);
    await paysOnce(restored, id);
  });
});
