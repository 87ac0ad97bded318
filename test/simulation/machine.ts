/**
 * What `src/service/service.ts` wires around the flow, wired here over the simulated machine: the
 * database with a look at each connection, the database's clock, the history, the gateways, and
 * whether the platform is notified. A real service makes a heartbeat every two seconds. This one
 * makes it just before work that a heartbeat should precede, so that idle weeks cost nothing.
 */

import type { RequestProblem } from '../../src/flow/api/request-problem.ts';
import type { Log } from '../../src/log.ts';
import { gatewayIdentity } from '../../src/payneteasy/gateway.ts';
import {
  createDatabaseClock,
  type DatabaseClock,
} from '../../src/service/database/database-clock.ts';
import {
  createHistoryKeeper,
  type HistoryKeeper,
  historyParts,
} from '../../src/service/database/history.ts';
import { createRepliesFrom } from '../../src/service/database/replies-from.ts';
import { createGateways, type Gateways } from '../../src/service/gateways.ts';
import { type Notifying, startNotifying } from '../../src/service/notifying.ts';
import { type Database, isUnreachable } from '../../src/store/database/pool.ts';
import type { RowSigner } from '../../src/store/integrity/row-signer.ts';
import { type Account, baseUrlOf } from './account.ts';
import { DATABASE_CLOCK } from './database.ts';
import type { Process } from './process.ts';

export type Machine = {
  /** The database, with a look at each connection before it is used. */
  db: Database;
  clock: DatabaseClock;
  history: HistoryKeeper['appParts'] & { refreshHistory(): Promise<void> };
  learn: HistoryKeeper['learn'];
  gateways: Gateways;
  /** Resolves when everything was read once; until then no work is done. */
  started: Promise<void>;
  /** Makes a heartbeat if the last one is too long ago. */
  keepUp(): Promise<void>;
  heartbeat(): Promise<void>;
  createRefusal(): Promise<RequestProblem | null>;
};

export type MachineDeps = {
  process: Process;
  /** Without any look at its connections. */
  raw: Database;
  historyNo: () => number;
  accounts: readonly Account[];
  log: Log;
  rows: RowSigner;
  platform: 'address' | 'unset';
  sleep: (delayMs: number) => Promise<void>;
};

const HEARTBEAT_MS = 2000;
const START_AGAIN_MS = 700;

const readNow = async (raw: Database): Promise<number> => {
  const { rows } = await raw.query<{ now: Date }>({
    name: 'read-clock',
    text: 'select $1::timestamptz as now',
    values: [DATABASE_CLOCK],
  });
  return rows[0]?.now.getTime() ?? 0;
};

/** Looks at the database again after each lost connection, before any other statement. */
function watchConnections(
  { raw, historyNo }: MachineDeps,
  look: () => Promise<void>,
  onLost: () => void,
): Database {
  let lookedAt = -1;
  let looking: Promise<void> | null = null;
  const lost = (error: unknown): void => {
    if (!isUnreachable(error)) return;
    lookedAt = -1;
    onLost();
  };
  const lookOnce = async (): Promise<void> => {
    const found = historyNo();
    if (lookedAt !== -1) onLost();
    await look();
    lookedAt = found;
  };
  const ready = async (): Promise<void> => {
    while (lookedAt !== historyNo()) {
      looking ??= lookOnce().finally(() => {
        looking = null;
      });
      await looking;
    }
  };
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await ready();
      return await work();
    } catch (error) {
      lost(error);
      throw error;
    }
  };
  return {
    ...raw,
    query: (statement) => guarded(() => raw.query(statement)),
    transaction: (work) => guarded(() => raw.transaction(work)),
  };
}

export function createMachine(deps: MachineDeps): Machine {
  const { process, raw, accounts, log, platform, sleep } = deps;
  const { monotonic } = process.clock;
  const clock = createDatabaseClock({
    wall: () => process.clock.now(),
    monotonic,
    readNow: () => readNow(raw),
  });
  const keeper = createHistoryKeeper({
    installationName: 'simulation',
    log,
    rows: deps.rows,
    judgesTimeline: true,
    simulated: { inTransaction: (work) => raw.transaction(work), now: () => DATABASE_CLOCK },
  });
  const look = keeper.watch('');
  let losses = 0;
  const repliesFrom = createRepliesFrom({ losses: () => losses, now: clock.clock.now });
  const measure = async (): Promise<boolean> => {
    const before = losses;
    const isAnswered = await clock.measure();
    if (isAnswered) repliesFrom.confirm(before);
    return isAnswered;
  };
  const db = watchConnections(
    deps,
    () => look(raw),
    () => {
      losses += 1;
      clock.distrust();
      keeper.onLost();
    },
  );
  const gateways = createGateways(
    new Map(
      accounts.map((account) => [
        account.endpoint,
        gatewayIdentity({
          baseUrl: baseUrlOf(account),
          endpoint: { kind: 'endpoint', id: account.gatewayId },
          login: account.login,
        }),
      ]),
    ),
  );
  let notifying: Notifying | null = null;
  let beganAt = Number.NEGATIVE_INFINITY;

  const start = async (): Promise<void> => {
    for (;;) {
      try {
        if (!(await measure())) throw new Error('the clock could not be read');
        await keeper.start(db);
        await gateways.start(db, log);
        notifying = await startNotifying({ db, platform, clock: process.clock, log });
        return;
      } catch {
        await sleep(START_AGAIN_MS);
      }
    }
  };
  const heartbeat = async (): Promise<void> => {
    beganAt = monotonic();
    await Promise.all([measure(), keeper.heartbeat(db).then(() => gateways.refresh(db))]);
  };
  let inFlight: Promise<void> | null = null;
  const heartbeatOnce = async (): Promise<void> => {
    inFlight ??= heartbeat()
      .catch((err: unknown) => log.warn({ err }, 'A heartbeat failed.'))
      .finally(() => {
        inFlight = null;
      });
    await inFlight;
  };

  return {
    db,
    clock,
    history: {
      ...historyParts(keeper, { repliesFrom: repliesFrom.at }),
      refreshHistory: () => keeper.refresh(db),
    },
    learn: keeper.learn,
    gateways,
    started: start(),
    keepUp: async () => {
      if (monotonic() - beganAt < HEARTBEAT_MS) return;
      await heartbeatOnce();
    },
    heartbeat: heartbeatOnce,
    createRefusal: () => notifying?.createRefusal() ?? Promise.resolve(null),
  };
}
