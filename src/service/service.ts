/**
 * The only wiring: builds every part from the configuration, in order, and closes them in reverse.
 */

import type { Config } from '../config/config.ts';
import { createChangeWatch } from '../flow/change-watch.ts';
import { createReads } from '../flow/api/reads.ts';
import type { AppContext } from '../flow/context.ts';
import { type AppDeps, createApp } from '../http/app.ts';
import { createMetricsApp } from '../http/metrics-app.ts';
import type { Metrics as MetricsPage } from '../http/routes/metrics.ts';
import type { CreateRules } from '../http/schema/create-rules.ts';
import { type Clock, systemChance, systemClock } from '../lib/clock.ts';
import type { Logger } from '../log.ts';
import { findChanged } from '../store/database/changes.ts';
import { readStats } from '../store/stats.ts';
import { readTableSizes } from '../store/table-sizes.ts';
import { createAppContext } from './app-context.ts';
import { nameDataKeys } from './data-keys.ts';
import { createHeartbeat, type Heartbeat } from './database/heartbeat.ts';
import { historyParts } from './database/history.ts';
import { DatabaseUnusable, type OpenedDatabase } from './database/open-database.ts';
import { rowKeyPart } from './database/row-keys.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import { configuredGateways } from './gateways.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { type Notifying, startNotifying } from './notifying.ts';
import { openWatched } from './open-watched.ts';
import { createPayoutRunners, type PayoutRunners } from './payout-runners.ts';
import { cashierRoutes, createPlatform } from './platform.ts';
import { createReadiness } from './readiness.ts';
import { createSchemaRefusal } from './schema-refusal.ts';

export type Service = {
  /** Where it listens, such as http://127.0.0.1:8080. */
  url: string;
  /** Where metrics and documentation are; null where they have no port of their own. */
  metricsUrl: string | null;
  /** Reports from now on that it is about to close, and continues to serve. */
  leave(): void;
  /** Accepts no more requests and work, finishes what is in flight, and closes everything. */
  close(): Promise<void>;
};

/** Statements are batched, so that excess work waits for its statement and not for the pool. */
function connectionsOf({ db, batches }: AppContext) {
  const counts = db.counts();
  return { ...counts, waiting: counts.waiting + batches.waitingLong() };
}

type PageParts = {
  app: AppContext;
  stats: OpenedDatabase['stats'];
  endpoints: Endpoints;
  runners: PayoutRunners;
  heartbeat: Heartbeat;
};

function pageOf(metrics: Metrics, parts: PageParts): MetricsPage {
  const { app, stats, endpoints, runners, heartbeat } = parts;
  const { clock, log } = app;
  const served = [...endpoints.byName.values()];
  return metrics.pageOf(
    {
      readStats: () => readStats(stats, clock.now(), [...endpoints.byName.keys()]),
      onStatsFailed: (err) => log.warn({ err }, 'The stats of all payouts could not be read.'),
      readTableSizes: () => readTableSizes(app.db),
      onTableSizesFailed: (err) => log.warn({ err }, 'The sizes of the tables could not be read.'),
      breakers: () =>
        served.map(({ name, limiter }) => ({ endpoint: name, state: limiter.state() })),
      leasesLost: () => runners.leasesLost(),
      connections: () => connectionsOf(app),
      clockSkewMs: heartbeat.skewMs,
    },
    () => clock.monotonic(),
  );
}

/** The first heartbeat has to be answered before any part reads the time. */
async function startHeartbeat({ db, close }: OpenedDatabase, machine: Clock, log: Logger) {
  const heartbeat = createHeartbeat(db, machine, log);
  if (await heartbeat.run()) return heartbeat;
  await close();
  throw new DatabaseUnusable("The database's clock could not be read.");
}

/** Records whether this start notifies the platform; closes the database if that fails. */
async function notifyingOf(
  { db, close }: OpenedDatabase,
  { notify }: Config,
  clock: Clock,
  log: Logger,
): Promise<Notifying> {
  try {
    return await startNotifying({ db, platform: notify.platform.kind, clock, log });
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

const watchChanges = (db: OpenedDatabase['db'], log: Logger) =>
  createChangeWatch({
    find: (awaited) => findChanged(db, awaited),
    onError: (err) => log.warn({ err }, 'Changes made by other replicas could not be read.'),
  });

/** What the HTTP side takes from the configuration as it is. */
const accessOf = ({ http, apiKeys }: Config) => ({
  apiKeys,
  trustedProxies: http.trustedProxies,
  publicBaseUrl: http.publicBaseUrl,
  keepAliveMs: http.keepAliveMs,
  waitMaxS: http.waitMaxS,
});

type ServersDeps = Omit<AppDeps, 'servesDocuments'> & { metrics: NonNullable<AppDeps['metrics']> };

/** The server of PORT and, where that is set, the one of METRICS_PORT. */
async function createServers({ host, port, metricsPort }: Config['http'], deps: ServersDeps) {
  const api = await createApp({ ...deps, servesDocuments: metricsPort === null });
  const { log, trustedProxies, keepAliveMs, publicBaseUrl, isDraining, metrics } = deps;
  const monotonic = () => deps.app.clock.monotonic();
  const shared = { log, trustedProxies, keepAliveMs, publicBaseUrl, isDraining, metrics };
  const inside =
    metricsPort === null
      ? null
      : { server: await createMetricsApp({ ...shared, api, monotonic }), port: metricsPort };
  return {
    listen: async () => ({
      metricsUrl: inside && (await inside.server.listen({ host, port: inside.port })),
      url: await api.listen({ host, port }),
    }),
    close: async () => {
      await Promise.all([api.close(), inside?.server.close()]);
    },
  };
}

/** Opens the database, begins to watch it, and records this start in it. */
async function openParts(config: Config, machine: Clock, log: Logger) {
  const gateways = configuredGateways(config);
  const opened = await openWatched(config, gateways, log);
  const heartbeat = await startHeartbeat(opened, machine, log);
  const notifying = await notifyingOf(opened, config, heartbeat.clock, log);
  const schemaRefusal = createSchemaRefusal(opened.db, heartbeat.clock);
  const refusal = async () => (await schemaRefusal()) ?? notifying.createRefusal();
  return { gateways, opened, heartbeat, notifying, refusal };
}

/**
 * Starts the service; throws when its database cannot be used or its address is taken. `machine` is
 * the clock of this machine.
 */
export async function startService(
  config: Config,
  log: Logger,
  machine: Clock = systemClock,
): Promise<Service> {
  const { gateways, opened, heartbeat, notifying, refusal } = await openParts(config, machine, log);
  const { history } = opened;
  const { clock } = heartbeat;
  const wall = () => machine.now();
  const chance = systemChance;
  const endpoints = createEndpoints(config, { db: opened.db, gateways, clock, wall, chance, log });
  const metrics = createMetrics([...endpoints.byName.keys()]);
  const changes = watchChanges(opened.db, log);
  const { observe } = metrics;
  const app = createAppContext(config, {
    db: opened.db,
    reads: createReads(opened.reads, { log, observe }),
    clock,
    wall,
    isClockTrusted: heartbeat.isTrusted,
    chance,
    endpoints: endpoints.byName,
    ...historyParts(history, heartbeat),
    rows: opened.rows,
    refreshHistory: () => history.refresh(opened.db),
    log,
    observe,
    onDue: (endpoint, delayMs) => runners.wake(endpoint, delayMs),
    onChange: (payoutId, version) => changes.changed(payoutId, version),
    onNotifications: (delayMs) => platform.wake(delayMs),
  });
  const platform = createPlatform(app, config.notify.platform);
  const runners = createPayoutRunners(app, endpoints.byName, { onHistory: history.learn });
  const { stats } = opened;
  const page = pageOf(metrics, { app, stats, endpoints, runners, heartbeat });
  const readiness = createReadiness(app.db, runners, [heartbeat, notifying, rowKeyPart(app)]);
  const servers = await createServers(config.http, {
    app,
    changes,
    log,
    ...accessOf(config),
    rules: rulesOf(notifying, [...endpoints.byName.keys()]),
    createRefusal: refusal,
    registerCashier: cashierRoutes(config),
    readiness: readiness.problems,
    isDraining: readiness.isDraining,
    metrics: { page, onAnswered: metrics.onAnswered },
  });

  const closeParts = async (): Promise<void> => {
    // Concurrently: while a slow request is waited for, no new work is claimed.
    await Promise.all([servers.close(), runners.drain(), platform.close()]);
    await endpoints.outbound.close();
    await heartbeat.stop();
    await opened.close();
  };
  try {
    await nameDataKeys(app);
    heartbeat.start();
    runners.start();
    platform.start();
    return { ...(await servers.listen()), leave: readiness.leave, close: closeParts };
  } catch (error) {
    await closeParts();
    throw error;
  }
}
