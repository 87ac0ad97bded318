/**
 * The only wiring: builds every part from the configuration, in order, and closes them in reverse.
 */

import type { Config } from './config.ts';
import { createChangeWatch } from './flow/change-watch.ts';
import type { Flow } from './flow/flow.ts';
import { createApp } from './http/app.ts';
import type { CreateRules } from './http/schema/create-rules.ts';
import { systemChance, systemClock } from './lib/clock.ts';
import type { Logger } from './log.ts';
import { createFlow } from './service/create-flow.ts';
import { createEndpoints, type ServedEndpoint } from './service/endpoints.ts';
import { createMetrics } from './service/metrics/metrics.ts';
import type { StateSources } from './service/metrics/state-metrics.ts';
import type { OpenedDatabase } from './service/open-database.ts';
import { openWatched } from './service/open-watched.ts';
import { createPayoutRunners, type PayoutRunners } from './service/payout-runners.ts';
import { createPlatform } from './service/platform.ts';
import { type Notifying, startNotifying } from './service/notifying.ts';
import { createReadiness } from './service/readiness.ts';
import { findChanged } from './store/changes.ts';
import { survey } from './store/survey.ts';

export type Service = {
  /** Where it listens, such as http://127.0.0.1:8080. */
  url: string;
  /** Announces that it is about to close, and goes on serving. */
  leave(): void;
  /** Stops taking requests and work, finishes what is in flight, and closes everything. */
  close(): Promise<void>;
};

/** Statements are shared, so that too much work waits for its statement rather than at the pool. */
function connectionsOf({ db, batches }: Flow) {
  const counts = db.counts();
  return { ...counts, waiting: counts.waiting + batches.waitingLong() };
}

/** What a scrape tells of the state, of all payouts and of this process. */
function stateSources(
  flow: Flow,
  served: readonly ServedEndpoint[],
  runners: PayoutRunners,
): StateSources {
  const names = served.map(({ name }) => name);
  return {
    survey: () => survey(flow.db, flow.clock.now(), names),
    onSurveyFailed: (err) =>
      flow.log.warn({ err }, 'The figures of all payouts could not be read.'),
    circuits: () => served.map(({ name, gate }) => ({ endpoint: name, state: gate.state() })),
    leasesLost: () => runners.leasesLost(),
    connections: () => connectionsOf(flow),
  };
}

/** Records what this start says of notifications; closes the database where that fails. */
async function notifyingOf(
  { db, close }: OpenedDatabase,
  { notify }: Config,
  log: Logger,
): Promise<Notifying> {
  try {
    return await startNotifying({ db, platform: notify.platform.kind, clock: systemClock, log });
  } catch (error) {
    await close();
    throw error;
  }
}

const rulesOf = (notifying: Notifying, endpoints: readonly string[]): CreateRules => ({
  get notified() {
    return notifying.isOn();
  },
  endpoints,
});

/** Starts the service; throws when its database cannot be used or its address is taken. */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const clock = systemClock;
  const chance = systemChance;
  const endpoints = createEndpoints(config, clock, chance);
  const opened = await openWatched(config, endpoints.gateways, log);
  const { history } = opened;
  const notifying = await notifyingOf(opened, config, log);
  const { http } = config;
  const metrics = createMetrics([...endpoints.byName.keys()]);
  const changes = createChangeWatch({
    find: (awaited) => findChanged(opened.db, awaited),
    onError: (err) => log.warn({ err }, 'Changes of other replicas could not be looked for.'),
  });
  const flow = createFlow(config, {
    db: opened.db,
    clock,
    chance,
    endpoints: endpoints.byName,
    ...history.flowParts,
    log,
    observe: metrics.observe,
    onDue: (endpoint, delayMs) => runners.wake(endpoint, delayMs),
    onChange: (payoutId, version) => changes.changed(payoutId, version),
    onLetters: (delayMs) => platform.wake(delayMs),
  });
  const platform = createPlatform(flow, config.notify.platform);
  const runners = createPayoutRunners(flow, endpoints.byName, history.learn);
  const served = [...endpoints.byName.values()];
  const page = metrics.pageOf(stateSources(flow, served, runners), () => clock.monotonic());
  const readiness = createReadiness(flow.db, runners, notifying);
  const app = await createApp({
    flow,
    changes,
    log,
    apiKeys: config.apiKeys,
    trustedProxies: http.trustedProxies,
    rules: rulesOf(notifying, [...endpoints.byName.keys()]),
    createRefusal: notifying.createRefusal,
    cashier: {
      ...config.cashier,
      basicAuth: config.cashier.basicAuth?.reveal() ?? null,
    },
    readiness: readiness.problems,
    isLeaving: readiness.isLeaving,
    metrics: { page, onAnswered: metrics.onAnswered },
  });

  const closeParts = async (): Promise<void> => {
    // Side by side: while a slow request is waited for, nothing new is taken up.
    await Promise.all([app.close(), runners.drain(), platform.close()]);
    await endpoints.outbound.close();
    await opened.close();
  };
  try {
    runners.start();
    platform.start();
    const url = await app.listen({ host: http.host, port: http.port });
    return { url, leave: readiness.leave, close: closeParts };
  } catch (error) {
    await closeParts();
    throw error;
  }
}
