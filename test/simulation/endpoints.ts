/**
 * The endpoints of one life of a replica: a client, a budget and a breaker for each account that it
 * is configured with.
 */

import type { KeyObject } from 'node:crypto';
import type { Chance } from '../../src/lib/clock.ts';
import type { Log } from '../../src/log.ts';
import { createPayneteasy } from '../../src/payneteasy/gateway.ts';
import { createLimiter } from '../../src/runner/limiter.ts';
import { createRefusalBreaker } from '../../src/runner/refusal-breaker.ts';
import type { ServedEndpoint } from '../../src/service/endpoints.ts';
import { createCheckBreakers } from '../../src/store/check-breakers.ts';
import { type Account, identityOf } from './account.ts';
import { createClient, createSigning } from './client.ts';
import type { Machine } from './machine.ts';
import type { Network } from './network.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

const IN_FLIGHT_MAX = 8;

type EndpointParts = {
  world: World;
  network: Network;
  settings: { perSecondMax: number; privateKey: KeyObject; log: Log };
  process: Process;
  machine: Machine;
  accounts: readonly Account[];
  chance: Chance;
};

/** Each account as an endpoint of this life; its budget is its own. */
export function createEndpoints(parts: EndpointParts): ServedEndpoint[] {
  const { world, network, settings, process, machine, accounts, chance } = parts;
  const signing = createSigning(world);
  const { clock } = machine.clock;
  return accounts.map((account) => ({
    name: account.endpoint,
    client: createPayneteasy(
      createClient({
        network,
        process,
        account,
        privateKey: settings.privateKey,
        signing,
        randomBytes: chance.bytes,
      }),
      account.controlKey,
    ),
    limiter: createLimiter(
      { inFlightMax: IN_FLIGHT_MAX, perSecondMax: settings.perSecondMax },
      process.clock,
      chance.random,
    ),
    checks: createRefusalBreaker({
      clock,
      random: chance.random,
      store: createCheckBreakers(machine.db, {
        endpoint: account.endpoint,
        settingsHash: `${identityOf(account)} ${account.controlKey.at(-1)}`,
      }),
      onError: (err) => settings.log.warn({ err }, 'A refusal could not be counted.'),
    }),
    gateway: () => machine.gateways.of(account.endpoint),
    callbackUrl: `https://payouts.test/callbacks/payneteasy/${account.endpoint}`,
    returnBaseUrl: 'https://payouts.test/returns/payneteasy',
  }));
}
