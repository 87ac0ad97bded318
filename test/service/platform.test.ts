/**
 * The whole service with a platform that does not answer and a gateway that is gone: neither holds
 * up what has nothing to do with it.
 */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningService, startRunningService } from '../support/running-service.ts';
import { waitFor } from '../support/wait-for.ts';

const PAYOUTS = 30;
const cashier = { pin: '7', front_end_name: 'TEST EUR' };

let platform: Server;
let unanswered: number;
let service: RunningService;

beforeAll(async () => {
  unanswered = 0;
  platform = createServer(() => {
    unanswered += 1;
  });
  platform.listen(0, '127.0.0.1');
  await once(platform, 'listening');
  const address = platform.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  service = await startRunningService({
    environment: {
      PRAXIS_NOTIFY_URL: `http://127.0.0.1:${address.port}/UpdatePayout`,
      PRAXIS_ALLOW_UNAUTHENTICATED: 'true',
    },
  });
});
afterAll(async () => {
  platform.closeAllConnections();
  platform.close();
  await service.close();
});

it('pays every payout while the platform answers none', async () => {
  const created = await Promise.all(
    Array.from({ length: PAYOUTS }, () => service.api.create({ cashier })),
  );
  await Promise.all(created.map(({ id }) => service.api.untilStatus(id, 'approved')));
  expect(unanswered).toBeGreaterThan(0);
  const delivered = await service.database.query(
    `select 1 from notifications where state = 'delivered'`,
  );
  expect(delivered).toEqual([]);
});

it('answers the cashier within 2 s while the gateway is down', async () => {
  const reference = randomUUID();
  const release = 'on_authorization';
  const { id } = await service.api.create({ reference, cashier, release });
  await service.simulator.close();
  const before = performance.now();
  const response = await fetch(`${service.url}/UpdatePayout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      PIN: '7',
      FrontEndName: 'TEST EUR',
      ExtPayoutID: reference,
      Status: 'J',
    }),
  });
  expect(performance.now() - before).toBeLessThan(2000);
  expect(await response.json()).toEqual({
    Status: 0,
    Description: 'Update payout request success',
  });
  await waitFor('the rejection', async () => (await service.api.read(id)).status === 'rejected');
});
