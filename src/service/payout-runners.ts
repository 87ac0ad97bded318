/**
 * One runner for each endpoint, all over one book of leases: what is claimed is kept extended until
 * it is handled.
 */

import type { AppContext, Endpoint } from '../flow/context.ts';
import { createClaims } from '../flow/gateway/claim-payouts.ts';
import { type DuePayout, runDue } from '../flow/gateway/run-due.ts';
import { AssertionFailed } from '../lib/assert.ts';
import { createLeaseBook, type LeaseBook } from '../runner/leases.ts';
import { createRunner, type Runner } from '../runner/runner.ts';
import {
  type Claimed,
  extendLeases,
  type Held,
  LEASE_EXTENDED_EVERY_MS,
  LEASE_MS,
  postpone,
  SET_ASIDE_MS,
} from '../store/payouts/leases.ts';
import { NewerRow } from '../store/payouts/rows.ts';
import type { ServedEndpoint } from './endpoints.ts';

export type PayoutRunners = {
  start(): void;
  wake(endpoint: string, delayMs: number): void;
  /** Waits for the work in flight; leases are kept until it is done. */
  drain(): Promise<void>;
  /** How long ago the leases were last seen to, in milliseconds: a stuck process shows here. */
  lastHeartbeatMs(): number;
  /** Leases that were lost while their work went on, since the start. */
  leasesLost(): number;
};

const TOKEN_BYTES = 16;

/** Each claim sees the present epoch beside its payouts. */
type OnHistory = (seen: Claimed['history']) => void;

/** Claiming and handling of payouts, under leases of this book. */
export function createPayoutWork(
  app: AppContext,
  endpoint: Endpoint,
  book: LeaseBook,
  onHistory: OnHistory,
) {
  const claimPayouts = createClaims(app, endpoint);

  const setAside = async (held: Held, err: unknown): Promise<void> => {
    const fields = { payoutId: held.id, err };
    if (err instanceof NewerRow) app.log.warn(fields, 'A payout is left to a newer version.');
    else app.log.error(fields, 'A bug keeps this payout from being handled.');
    await postpone(app.db, held, new Date(app.clock.now() + SET_ASIDE_MS));
  };

  const claim = async (limit: number): Promise<DuePayout[]> => {
    const token = Buffer.from(app.chance.bytes(TOKEN_BYTES)).toString('hex');
    const sinceMs = app.clock.monotonic();
    const { claimed, unreadable } = await claimPayouts(limit, token);
    const [first] = claimed;
    if (first !== undefined) onHistory(first.history);
    for (const { id, error } of unreadable) await setAside({ id, token }, error);
    return claimed.map((item) => ({
      ...item,
      lease: book.open(item.stored.payout.id, token, sinceMs),
    }));
  };

  const handle = async (due: DuePayout): Promise<void> => {
    try {
      await runDue(app, due);
    } catch (error) {
      if (!(error instanceof AssertionFailed)) throw error;
      await setAside(due.lease, error);
    } finally {
      book.close(due.lease);
    }
  };

  return { claim, handle };
}

export function createPayoutRunners(
  app: AppContext,
  endpoints: ReadonlyMap<string, ServedEndpoint>,
  onHistory: OnHistory = () => undefined,
): PayoutRunners {
  const monotonic = () => app.clock.monotonic();
  const book = createLeaseBook({
    leaseMs: LEASE_MS,
    monotonic,
    extend: (held) => extendLeases(app.db, held, app.leaseNow()),
  });

  const onError = (err: unknown): void =>
    app.log.error({ err }, 'Work on payouts failed; what is due is found again.');

  const runners = new Map<string, Runner>(
    [...endpoints.values()].map((endpoint) => [
      endpoint.name,
      createRunner<DuePayout>({
        work: createPayoutWork(app, endpoint, book, onHistory),
        capacity: endpoint.limiter,
        monotonic,
        onError,
      }),
    ]),
  );

  let lastHeartbeat = monotonic();
  let beat: NodeJS.Timeout | null = null;
  const keepLeases = (): void => {
    book.extendAll().then(() => {
      lastHeartbeat = monotonic();
    }, onError);
  };

  return {
    start: () => {
      beat ??= setInterval(keepLeases, LEASE_EXTENDED_EVERY_MS);
      for (const runner of runners.values()) runner.start();
    },
    wake: (endpoint, delayMs) => runners.get(endpoint)?.wake(delayMs),
    drain: async () => {
      await Promise.all([...runners.values()].map((runner) => runner.drain()));
      if (beat !== null) clearInterval(beat);
    },
    lastHeartbeatMs: () => monotonic() - lastHeartbeat,
    leasesLost: () => book.lost(),
  };
}
