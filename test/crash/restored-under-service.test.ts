/**
 * A backup is restored under a service that lives, while callers go on: the loss is noticed,
 * nothing is paid twice, and what was lost with it cannot be created anew and paid again.
 */

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { payoutBody } from '../support/api-client.ts';
import { copyDatabase } from '../support/database.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';
import { waitFor } from '../support/wait-for.ts';

let service: RunningService;
beforeEach(async () => {
  service = await startRunningService({ environment: { CHECK_QUIET_MS: '1000' } });
});
afterEach(() => service.close());

const nameOf = (connectionString: string): string => new URL(connectionString).pathname.slice(1);

/** Puts a copy in the place of the service's database, as a restore does. */
async function restore(copy: string): Promise<void> {
  const current = nameOf(service.database.connectionString);
  await withConnection(inject('testServer').connectionString, async (client) => {
    await client.query(`alter database ${current} with allow_connections false`);
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [current],
    );
    await waitFor('all connections to be closed', async () => {
      const { rows } = await client.query('select from pg_stat_activity where datname = $1', [
        current,
      ]);
      return rows.length === 0;
    });
    await client.query(`alter database ${current} rename to ${current}_lost`);
    await client.query(`alter database ${copy} rename to ${current}`);
  });
}

const dropLost = () =>
  withConnection(inject('testServer').connectionString, (client) =>
    client.query(
      `drop database if exists ${nameOf(service.database.connectionString)}_lost with (force)`,
    ),
  );

const paused = async () =>
  (await service.api.send<{ paused: boolean; by: string }>('GET', '/v1/pause')).body;

const paymentsOf = (clientOrderId: string | null): number =>
  service.simulator.control
    .requests()
    .filter((one) => one.clientOrderId === clientOrderId && one.command === 'payout-pay').length;

test('a restore is noticed, and neither old nor lost payouts are paid a second time', async () => {
  const { api } = service;
  const first = await api.create({ release: 'on_authorization' });
  await api.untilStatus(first.id, 'bank_confirmed');
  const backup = nameOf((await copyDatabase(service.database)).connectionString);

  // After the backup: the first one is paid, and another one is created and paid.
  await waitFor('the service to be connected again', async () => {
    const { status } = await api.send('POST', `/v1/payouts/${first.id}/authorize`);
    return status === 200;
  });
  const paid = await api.untilStatus(first.id, 'approved');
  const body = payoutBody({ reference: randomUUID() });
  const headers = { 'idempotency-key': randomUUID() };
  const lost = await api.send('POST', '/v1/payouts', { body, headers });
  const lostPaid = await api.untilStatus(lost.body.id, 'approved');
  const { body: feed } = await api.send<{ next_after: number }>('GET', '/v1/events?limit=200');

  await restore(backup);
  await waitFor('the loss to be noticed', async () => {
    const seen = await paused().catch(() => null);
    return seen?.paused === true && seen.by === 'lost history';
  });

  // The restored row is polled: it was paid by an intent that is lost, as a person confirms.
  const asked = await api.until(
    first.id,
    ({ attention }) => attention?.code === 'approved_before_pay',
  );
  expect(asked).toMatchObject({ status: 'processing', money_moved: 'unknown' });
  // The caller repeats its create: the payout is new, and meets its own order.
  const again = await api.send('POST', '/v1/payouts', { body, headers });
  expect(again.status).toBe(201);
  expect(again.body.id).not.toBe(lost.body.id);
  expect(again.body.gateway.client_order_id).toBe(lostPaid.gateway.client_order_id);
  await api.until(again.body.id, ({ gateway }) => gateway.order_id !== null);
  expect(paymentsOf(paid.gateway.client_order_id)).toBe(1);
  expect(paymentsOf(lostPaid.gateway.client_order_id)).toBe(1);
  // Positions of before are below ours, so that no reader skips an event.
  const rest = await api.send<{ data: { seq: number }[] }>(
    'GET',
    `/v1/events?after=${feed.next_after}`,
  );
  expect(rest.status).toBe(200);
  for (const { seq } of rest.body.data) expect(seq).toBeGreaterThan(1_000_000);
  await dropLost();
}, 60_000);
