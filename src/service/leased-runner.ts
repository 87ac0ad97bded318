/**
 * Work under leases: claims due rows, handles them, and extends their leases until each one is
 * handled. Several queues share one book of leases and one heartbeat. What is due and how a row is
 * handled comes from `payout-runners.ts` and `notifier.ts`; when the next claim is made is decided
 * by `runner/runner.ts`.
 */

import type { AppContext } from '../flow/context.ts';
import { createLeaseBook, type Lease } from '../runner/leases.ts';
import { createRunner, type Runner, type SlotLimiter } from '../runner/runner.ts';
import {
  type Held,
  LEASE_EXTENDED_EVERY_MS,
  LEASE_MS,
  type Unreadable,
} from '../store/payouts/leases.ts';

/** Real timers in the service; a test or the simulation hands in its own. */
export type Timers = {
  /** Calls `act` once after the delay; returns what cancels it. */
  after(delayMs: number, act: () => void): () => void;
};

const systemTimers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

/** One queue of rows: how they are claimed and handled. */
export type LeasedWork<Row extends object> = {
  limiter: SlotLimiter;
  /** Claims at most `limit` due rows under this token. */
  claim(
    limit: number,
    token: string,
  ): Promise<{ claimed: readonly Row[]; unreadable: readonly Unreadable[] }>;
  idOf(row: Row): string;
  /** Handles one row. What it throws is reported, and the row is found again by its due time. */
  handle(row: Row & { lease: Lease }): Promise<void>;
  /** Gives back the lease of a row that cannot be read, and lets the row wait. */
  setAside(held: Held, error: unknown): Promise<void>;
};

export type LeasedRunners = {
  /** Claims and handles from now on, and extends the leases every 2 s. */
  start(): void;
  /** Work of this queue may be due in `delayMs`; 0 is now. */
  wake(queue: string, delayMs: number): void;
  /**
   * Makes one claim and handles everything it returns; resolves to the number of rows. Tests and
   * the simulation, which decide by themselves when a claim is made, use it in place of `start`.
   * The heartbeat runs meanwhile, and during `prepare`, which comes before the claim.
   */
  runOnce(queue: string, prepare?: () => Promise<void>): Promise<number>;
  /** Waits for the work in flight; its leases are extended until it is done. */
  drain(): Promise<void>;
  /** Milliseconds since the leases were last extended: a stuck process shows here. */
  lastHeartbeatMs(): number;
  /** Leases lost while their work went on, since the start. */
  leasesLost(): number;
};

export type LeasedRunnersDeps<Row extends object> = {
  app: Pick<AppContext, 'chance' | 'clock'>;
  queues: ReadonlyMap<string, LeasedWork<Row>>;
  /** Extends these leases in the database; returns those that still stand. */
  extend: (held: readonly Held[]) => Promise<readonly Held[]>;
  onError: (error: unknown) => void;
  /** Where leases end by this machine's wall clock too: see runner/leases.ts. */
  wall?: () => number;
  timers?: Timers | undefined;
};

const TOKEN_BYTES = 16;

/**
 * Extends the leases every 2 s while at least one user needs it; then the last timer runs out by
 * itself.
 */
function createHeartbeat(timers: Timers, extendAll: () => void) {
  let users = 0;
  let cancel: (() => void) | null = null;
  const wait = (): void => {
    cancel = timers.after(LEASE_EXTENDED_EVERY_MS, () => {
      cancel = null;
      if (users === 0) return;
      extendAll();
      wait();
    });
  };
  return {
    begin: () => {
      users += 1;
      if (cancel === null) wait();
    },
    end: () => {
      users -= 1;
    },
    stop: () => cancel?.(),
  };
}

export function createLeasedRunners<Row extends object>(
  deps: LeasedRunnersDeps<Row>,
): LeasedRunners {
  const { app, queues, extend, onError, wall, timers = systemTimers } = deps;
  const monotonic = () => app.clock.monotonic();
  const book = createLeaseBook({ leaseMs: LEASE_MS, monotonic, wall, extend });
  type Leased = Row & { lease: Lease };

  const runnerOf = (work: LeasedWork<Row>): Runner => {
    const claim = async (limit: number): Promise<Leased[]> => {
      const token = Buffer.from(app.chance.bytes(TOKEN_BYTES)).toString('hex');
      const since = book.now();
      const { claimed, unreadable } = await work.claim(limit, token);
      for (const { id, error } of unreadable) await work.setAside({ id, token }, error);
      return claimed.map((row) => ({ ...row, lease: book.open(work.idOf(row), token, since) }));
    };
    const handle = (row: Leased): Promise<void> =>
      work.handle(row).finally(() => book.close(row.lease));
    return createRunner<Leased>({
      work: { claim, handle },
      limiter: work.limiter,
      monotonic,
      onError,
    });
  };
  const runners = new Map([...queues].map(([name, work]) => [name, runnerOf(work)]));

  let lastHeartbeat = monotonic();
  const heartbeat = createHeartbeat(timers, () => {
    book.extendAll().then(() => {
      lastHeartbeat = monotonic();
    }, onError);
  });
  let isStarted = false;

  return {
    start: () => {
      if (!isStarted) heartbeat.begin();
      isStarted = true;
      for (const runner of runners.values()) runner.start();
    },
    wake: (queue, delayMs) => runners.get(queue)?.wake(delayMs),
    runOnce: async (queue, prepare) => {
      heartbeat.begin();
      try {
        if (prepare !== undefined) await prepare();
        return (await runners.get(queue)?.runOnce()) ?? 0;
      } finally {
        heartbeat.end();
      }
    },
    drain: async () => {
      await Promise.all([...runners.values()].map((runner) => runner.drain()));
      heartbeat.stop();
    },
    lastHeartbeatMs: () => monotonic() - lastHeartbeat,
    leasesLost: () => book.lost(),
  };
}
