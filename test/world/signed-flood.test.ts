/**
 * A caller holds one correctly signed callback, as a receiver's browser does: sent thousands of
 * times, or with digits moved between the fields that its checksum joins, it makes the service
 * neither work nor store without limit, and blocks no payment.
 */

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { createServices, type Services } from './services.ts';

const FLOOD = 300;
const SIDE_BY_SIDE = 20;
/** Characters of free text, which the service takes but need not keep. */
const LONG = 1500;

let setup: Setup;
let services: Services;
let service: ServiceProcess;
beforeAll(async () => {
  setup = await createSetup({ payTwiceHappens: true, callbacks: 'off' });
  services = createServices(setup);
  service = await services.start();
});
afterAll(async () => {
  await services.kill();
  await setup.close();
});

type Triple = { status: string; orderid: string; client_orderid: string };

const controlOf = ({ status, orderid, client_orderid }: Triple): string =>
  createHash('sha1')
    .update(status + orderid + client_orderid + setup.secrets.controlKey)
    .digest('hex');

async function send(query: Record<string, string>): Promise<number> {
  const url = `${service.url}/callbacks/payneteasy/default?${new URLSearchParams(query).toString()}`;
  const answer = await fetch(url);
  await answer.arrayBuffer();
  return answer.status;
}

/** The receiver's browser comes back from the gateway's form. */
async function comeBack(id: string, triple: Record<string, string>): Promise<void> {
  const body = new URLSearchParams(triple);
  const url = `${service.url}/returns/payneteasy/${id}`;
  const answer = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  await answer.arrayBuffer();
}

async function count(sql: string, id: string): Promise<number> {
  const [row] = await setup.database.query<{ count: number }>(sql, [id]);
  return row?.count ?? 0;
}

async function stored(id: string): Promise<{ version: number; events: number; callbacks: number }> {
  const events = 'select count(*)::int as count from payout_events where payout_id = $1';
  const callbacks = 'select count(*)::int as count from callbacks where payout_id = $1';
  const { version } = await service.api.read(id);
  return { version, events: await count(events, id), callbacks: await count(callbacks, id) };
}

test('one signed triple, sent over and over with other free text, changes next to nothing', async () => {
  const { id } = await service.api.create({ release: 'on_authorization' });
  const { gateway } = await service.api.untilStatus(id, 'bank_confirmed');
  const triple = {
    status: 'processing',
    orderid: gateway.order_id ?? '',
    client_orderid: gateway.client_order_id,
  };
  const control = controlOf(triple);
  await send({ ...triple, control });
  const before = await stored(id);
  const requests = setup.simulator.control.requests().length;
  let next = 0;
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (; next < FLOOD; ) {
        next += 1;
        // What the checksum does not cover is the sender's to choose, and to make long.
        const type = `sale${next}${'x'.repeat(LONG)}`;
        await send({ ...triple, control, type, amount: `${next}.00`, error_message: type });
        if (next % 2 === 0) await comeBack(id, { ...triple, control });
      }
    }),
  );
  const after = await stored(id);
  expect(after.version - before.version).toBeLessThanOrEqual(5);
  expect(after.events - before.events).toBeLessThanOrEqual(10);
  expect(after.callbacks - before.callbacks).toBeLessThanOrEqual(5);
  expect(setup.simulator.control.requests().length - requests).toBeLessThanOrEqual(50);
  expect((await service.api.read(id)).attention?.severity ?? 'none').not.toBe('urgent');

  await service.api.send('POST', `/v1/payouts/${id}/authorize`);
  await service.api.untilStatus(id, 'approved');
}, 60_000);

test('digits moved between the joined fields name no second order and block no payment', async () => {
  const { id } = await service.api.create({ release: 'on_authorization' });
  const { gateway } = await service.api.untilStatus(id, 'bank_confirmed');
  const { order_id: orderid, client_order_id: client_orderid } = gateway;
  const joined = `processing${orderid}${client_orderid}`;
  const control = controlOf({ status: 'processing', orderid: orderid ?? '', client_orderid });
  const begin = 'processing'.length + (orderid?.length ?? 0);
  for (let cut = 'processing'.length + 1; cut < begin; cut += 1) {
    for (const start of [cut - 1, cut - 2, 'processing'.length]) {
      const shifted = {
        status: joined.slice(0, start),
        orderid: joined.slice(start, cut),
        client_orderid: joined.slice(cut),
      };
      await send({ ...shifted, control });
      await send({ ...shifted, client_orderid, control });
    }
  }
  for (const status of ['processing1', 'processin', 'approved']) {
    await send({ status, orderid: `${orderid}`.slice(1), client_orderid, control });
  }
  expect((await service.api.read(id)).attention).toBeNull();
  await service.api.send('POST', `/v1/payouts/${id}/authorize`);
  await service.api.untilStatus(id, 'approved');
}, 60_000);
