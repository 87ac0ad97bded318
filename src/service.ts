/**
 * The only wiring: builds every part from the configuration, in order, and closes them in reverse.
 */

import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Flow } from './flow/flow.ts';
import { createApp } from './http/app.ts';
import { systemChance, systemClock } from './lib/clock.ts';
import { createEndpoints } from './service/endpoints.ts';
import { openDatabase } from './service/open-database.ts';
import { createPayoutRunners, type PayoutRunners } from './service/payout-runners.ts';
import { createReceiverSeal } from './store/receiver-seal.ts';

export type Service = {
  /** Where it listens, such as http://127.0.0.1:8080. */
  url: string;
  /** Stops taking requests and work, finishes what is in flight, and closes everything. */
  close(): Promise<void>;
};

const HOUR_MS = 3_600_000;

/** A runner that has not seen to its leases for this long does not work (it does every 2 s). */
const RUNNER_STUCK_MS = 15_000;

function readinessOf(flow: Flow, runners: PayoutRunners): () => Promise<string[]> {
  return async () => {
    const problems: string[] = [];
    try {
      await flow.db.query({ name: 'ready', text: 'select 1' });
    } catch {
      // The reason is in the log; the answer may be read by anybody.
      problems.push('The database cannot be reached.');
    }
    if (runners.lastBeatMs() > RUNNER_STUCK_MS) problems.push('The runner is stuck.');
    return problems;
  };
}

/** Starts the service; throws when its database cannot be used or its address is taken. */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const opened = await openDatabase(config.database, log);
  const clock = systemClock;
  const chance = systemChance;
  const endpoints = createEndpoints(config, clock, chance);
  const { gateway, http } = config;
  const flow: Flow = {
    db: opened.db,
    clock,
    chance,
    policy: {
      payRepeat: gateway.payRepeat,
      repeatQuietMs: gateway.repeatQuietMs,
      orderNotFoundCodes: gateway.orderNotFoundCodes,
      errorMeansDeclined: gateway.errorMeansDeclined,
      pollMinMs: gateway.pollMinMs,
      pollMaxMs: gateway.pollMaxMs,
    },
    authorizationExpiryMs: config.limits.authorizationExpiryHours * HOUR_MS,
    endpoints: endpoints.byName,
    seal: createReceiverSeal(
      config.dataKeys.map(({ id, key }) => ({ id, key: key.reveal() })),
      (count) => chance.bytes(count),
    ),
    log,
    returnBaseUrl: `${http.publicBaseUrl}/returns/payneteasy`,
    leaseNow: () => null,
    pause: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
    onDue: (endpoint, delayMs) => runners.wake(endpoint, delayMs),
  };
  const runners = createPayoutRunners(flow, endpoints.byName);
  const app = await createApp({
    flow,
    log,
    apiKeys: config.apiKeys,
    trustedProxies: http.trustedProxies,
    rules: { notified: config.notify !== null, endpoints: [...endpoints.byName.keys()] },
    readiness: readinessOf(flow, runners),
  });

  const closeParts = async (): Promise<void> => {
    await app.close();
    await runners.drain();
    await endpoints.outbound.close();
    await opened.close();
  };
  try {
    runners.start();
    const url = await app.listen({ host: http.host, port: http.port });
    return { url, close: closeParts };
  } catch (error) {
    await closeParts();
    throw error;
  }
}
