/**
 * The runner that delivers notifications: its own capacity, its own leases and its own connections,
 * so that a slow platform takes nothing from payouts.
 */

import { deliverNotification, type DueNotification } from '../flow/deliver-notification.ts';
import type { Flow } from '../flow/flow.ts';
import type { PlatformClient } from '../praxis/client.ts';
import { createCapacity } from '../runner/capacity.ts';
import { createLeaseBook } from '../runner/leases.ts';
import { createRunner } from '../runner/runner.ts';
import { LEASE_EXTENDED_EVERY_MS, LEASE_MS, SET_ASIDE_MS } from '../store/leases.ts';
import {
  claimNotifications,
  extendNotifications,
  postponeNotification,
} from '../store/notification-leases.ts';

export type Notifier = {
  start(): void;
  /** A letter is due in `delayMs`. */
  wake(delayMs: number): void;
  /** Handles one claim's letters; how many they were. For tests and simulations. */
  runOnce(): Promise<number>;
  /** Extends the leases of letters under way; `start` does it every 2 s. */
  keepLeases(): Promise<void>;
  drain(): Promise<void>;
};

/**
 * Letters under way at the same time, each of another payout, and so connections to the platform.
 */
export const LETTERS_IN_FLIGHT_MAX = 50;

const TOKEN_BYTES = 16;

export function createNotifier(flow: Flow, platform: PlatformClient): Notifier {
  const monotonic = () => flow.clock.monotonic();
  const book = createLeaseBook({
    leaseMs: LEASE_MS,
    monotonic,
    extend: (held) => extendNotifications(flow.db, held, flow.leaseNow()),
  });

  const claim = async (limit: number): Promise<DueNotification[]> => {
    const token = Buffer.from(flow.chance.bytes(TOKEN_BYTES)).toString('hex');
    const sinceMs = monotonic();
    const now = flow.clock.now();
    const leaseNow = flow.leaseNow();
    const { claimed, unreadable } = await claimNotifications(flow.db, {
      token,
      now,
      limit,
      leaseNow,
    });
    for (const { id, error: err } of unreadable) {
      flow.log.error({ deliveryId: id, err }, 'A bug keeps this letter from being sent.');
      const until = new Date(flow.clock.now() + SET_ASIDE_MS);
      await postponeNotification(flow.db, { id, token }, until);
    }
    return claimed.map((item) => ({ ...item, lease: book.open(item.id, token, sinceMs) }));
  };

  const onError = (err: unknown): void =>
    flow.log.error({ err }, 'Work on letters failed; what is due is found again.');

  const runner = createRunner<DueNotification>({
    work: {
      claim,
      handle: (due) =>
        deliverNotification(flow, platform, due).finally(() => book.close(due.lease)),
    },
    capacity: createCapacity(LETTERS_IN_FLIGHT_MAX),
    monotonic,
    onError,
  });
  let beat: NodeJS.Timeout | null = null;

  return {
    start: () => {
      beat ??= setInterval(() => void book.extendAll().catch(onError), LEASE_EXTENDED_EVERY_MS);
      runner.start();
    },
    wake: (delayMs) => runner.wake(delayMs),
    runOnce: () => runner.runOnce(),
    keepLeases: () => book.extendAll(),
    drain: async () => {
      await runner.drain();
      if (beat !== null) clearInterval(beat);
    },
  };
}
