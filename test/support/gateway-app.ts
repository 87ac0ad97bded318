/**
 * The HTTP application with one endpoint, whose gateway is never called, and what that gateway
 * signs about its orders.
 */

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxSecrets } from '../../src/dev/sandbox/secrets.ts';
import { type Observe, observeNothing } from '../../src/flow/observe.ts';
import { type CashierApp, createCashierApp, LOCAL } from './cashier-app.ts';
import { createDrivenEndpoint, ENDPOINT } from './driven-endpoint.ts';
import { createManualClock } from './manual-clock.ts';
import { storyIn } from './payouts.ts';

export type Signed = { status: string; orderid: string; client_orderid: string; control: string };

export type GatewayApp = Awaited<ReturnType<typeof createGatewayApp>>;

export async function createGatewayApp(observe: Partial<Observe> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'payout-gateway-app-'));
  const secrets = sandboxSecrets(folder);
  await rm(folder, { recursive: true });
  const simulatorUrl = 'http://127.0.0.1:9';
  const clock = createManualClock();
  const driven = createDrivenEndpoint({ secrets, simulatorUrl, clock, callTimeoutMs: 1000 });
  const service: CashierApp = await createCashierApp(LOCAL, {
    app: {
      endpoints: new Map([[ENDPOINT, driven.endpoint]]),
      observe: { ...observeNothing, ...observe },
    },
  });

  const sign = (status: string, orderid: string, client_orderid: string): Signed => {
    const text = `${status}${orderid}${client_orderid}${secrets.controlKey}`;
    const control = createHash('sha1').update(text).digest('hex');
    return { status, orderid, client_orderid, control };
  };

  return {
    service,
    sign,
    /** A payout that the gateway is working on, and the only text that it signs about it. */
    createSigned: async (status = 'approved') => {
      const { id } = await service.put(storyIn.processing().payout);
      const { clientOrderId, gateway } = await service.payout(id);
      return { id, signed: sign(status, gateway.orderId ?? '', clientOrderId) };
    },
    close: async () => {
      await service.close();
      await driven.close();
    },
  };
}
