/**
 * The gateway that the configuration describes: its name, its identity and its client. No other
 * file of the service knows an implementation of the gateway port (src/payneteasy).
 */

import { createHmac } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { Gateway } from '../flow/gateway/gateway.ts';
import type { Chance } from '../lib/clock.ts';
import type { OutboundClient } from '../lib/outbound/outbound.ts';
import type { GatewayName } from '../lib/public-paths.ts';
import { createGatewayClient } from '../payneteasy/client.ts';
import { createPayneteasy, gatewayIdentity } from '../payneteasy/gateway.ts';

export type ConfiguredGateway = {
  /** As in the paths of this service that it calls. */
  name: GatewayName;
  /** Configurations that agree in it work on the same orders. */
  identity: string;
  settingsHash: string;
  /** `wall` is this machine's clock: the gateway compares the time in signatures with its own. */
  connect(parts: { outbound: OutboundClient; wall: () => number; chance: Chance }): Gateway;
};

/**
 * The settings of a gateway that its hash covers: what is counted under some settings may not be
 * carried over to others. The hash is stored, and therefore keyed with the private key: without
 * that key, the control key cannot be guessed from it.
 */
type Settings = Pick<
  Config['gateway'],
  'baseUrl' | 'endpoint' | 'login' | 'controlKey' | 'privateKey'
>;

/** Covers every setting that may cause the refusal of all payout-checks. */
export function settingsHash(settings: Settings): string {
  const { baseUrl, endpoint, login, controlKey, privateKey } = settings;
  const key = privateKey.export({ type: 'pkcs8', format: 'der' });
  const parts = [baseUrl, endpoint.kind, endpoint.id, login, controlKey.reveal()];
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
}

export function configuredGateway({ gateway }: Config): ConfiguredGateway {
  const controlKey = gateway.controlKey.reveal();
  return {
    name: 'payneteasy',
    identity: gatewayIdentity(gateway),
    settingsHash: settingsHash(gateway),
    connect: ({ outbound, wall, chance }) =>
      createPayneteasy(
        createGatewayClient({
          ...gateway,
          controlKey,
          outbound,
          clock: { now: wall },
          randomHex: (count) => Buffer.from(chance.bytes(count)).toString('hex'),
        }),
        controlKey,
      ),
  };
}
