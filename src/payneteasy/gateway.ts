/**
 * Payneteasy as the flow's gateway port (src/flow/gateway/gateway.ts): the three commands of
 * client.ts, and the messages of the gateway that callback.ts verifies with the same control key.
 * Also the identity of a gateway, by which a payout belongs to it.
 */

import type { Gateway } from '../flow/gateway/gateway.ts';
import { verifyCallback, verifyReturn } from './callback.ts';
import type { GatewayClient } from './client.ts';
import { amountText } from './payout-check-fields.ts';

/**
 * One endpoint: `client` sends, and `controlKey` verifies callbacks and returns. It is the control
 * key of the endpoint that the client calls.
 */
export function createPayneteasy(client: GatewayClient, controlKey: string): Gateway {
  return {
    preparePayoutCheck: ({ money, ...order }) =>
      client.preparePayoutCheck({
        ...order,
        amount: amountText(money),
        currency: money.currency,
      }),
    preparePayoutPay: (ids) => client.preparePayoutPay(ids),
    status: (ids) => client.status(ids),
    readCallback: (received) => verifyCallback(received, controlKey),
    readReturn: (received) => verifyReturn(received, controlKey),
  };
}

/** What identifies a gateway: configurations that agree in it work on the same orders. */
export type GatewayAddress = {
  /** With the context path. */
  baseUrl: string;
  endpoint: { kind: 'endpoint' | 'group'; id: string };
  login: string;
};

/**
 * `https://host/path endpoint/123 login`, or `group/123`; the host in lower case, without its
 * scheme's default port and without a slash at the end of the path.
 */
export function gatewayIdentity({ baseUrl, endpoint, login }: GatewayAddress): string {
  // URL writes scheme and host in lower case and leaves a default port out.
  const { protocol, host, pathname } = new URL(baseUrl);
  const path = pathname.replace(/\/+$/, '');
  return `${protocol}//${host}${path} ${endpoint.kind}/${endpoint.id} ${login}`;
}
