/**
 * A backup is copied into the tables of a service that runs. No connection ends, so that nothing
 * but the journal shows it, and the next heartbeat is up to two seconds away. Goal: what clients
 * repeat and operators authorize within that gap, here immediately, pays nothing.
 */

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withConnection } from '../../src/store/database/with-connection.ts';
import { payoutBody } from '../support/api-client.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';
import { waitFor } from '../support/wait-for.ts';

let service: RunningService;
beforeEach(async () => {
  service = await startRunningService({ environment: { CHECK_QUIET_MS: '1000' } });
});
afterEach(() => service.close());

const run = (text: string) =>
  withConnection(service.database.connectionString, (client) => client.query(text));

const tables = async (): Promise<string[]> => {
  const rows = await service.database.query(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  return rows.map(({ name }) => String(name));
};

const backUp = async () => {
  const copies = (await tables()).map((name) => `create table backup.${name} as table ${name};`);
  await run(`create schema backup; ${copies.join(' ')}`);
};

/** As a script does that deletes rows and copies them back: triggers and references are off. */
const restore = async () => {
  const names = await tables();
  const deletes = names.map((name) => `delete from ${name};`);
  const copies = names.map(
    (name) => `insert into ${name} overriding system value select * from backup.${name};`,
  );
  const all = [...deletes, ...copies].join(' ');
  await run(`begin; set local session_replication_role = replica; ${all} commit;`);
};

/** How many commands have reached the gateway for an order. */
const commandsOf = (clientOrderId: string | null) => {
  const all = service.simulator.control.requests();
  const own = all.filter((one) => one.clientOrderId === clientOrderId);
  const count = (name: string) => own.filter(({ command }) => command === name).length;
  return { checks: count('payout-check'), pays: count('payout-pay') };
};

test('nothing is paid in the gap before the next heartbeat', async () => {
  const { api } = service;
  const stopped = await api.create({ release: 'on_authorization' });
  const waiting = await api.untilStatus(stopped.id, 'bank_confirmed');
  await backUp();

  expect((await api.send('POST', `/v1/payouts/${stopped.id}/cancel`)).status).toBe(200);
  const body = payoutBody({ reference: randomUUID(), release: 'on_authorization' });
  const headers = { 'idempotency-key': randomUUID() };
  const lost = await api.send('POST', '/v1/payouts', { body, headers });
  await api.untilStatus(lost.body.id, 'bank_confirmed');
  await api.send('POST', `/v1/payouts/${lost.body.id}/authorize`);
  const { gateway } = await api.untilStatus(lost.body.id, 'approved');

  await restore();
  const again = await api.send('POST', '/v1/payouts', { body, headers });
  expect(again.status).toBe(201);
  expect(again.body.gateway.client_order_id).toBe(gateway.client_order_id);
  await api.send('POST', `/v1/payouts/${again.body.id}/authorize`);
  await api.send('POST', `/v1/payouts/${stopped.id}/authorize`);

  await waitFor('the loss to be noticed', async () => {
    const { body: pause } = await api.send<{ paused: boolean; by: string }>('GET', '/v1/pause');
    return pause.paused && pause.by === 'lost history';
  });
  await api.until(again.body.id, (seen) => seen.gateway.order_id !== null);
  expect({
    paid: commandsOf(gateway.client_order_id),
    canceled: commandsOf(waiting.gateway.client_order_id),
  }).toEqual({ paid: { checks: 1, pays: 1 }, canceled: { checks: 1, pays: 0 } });
}, 60_000);
