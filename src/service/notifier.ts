/**
 * The runner that delivers notifications: its own capacity, its own leases and its own connections,
 * so that a slow platform takes nothing from payouts. It runs in every replica, also where no
 * platform is notified: what is due is marked as skipped then.
 */

import type { AppContext } from '../flow/context.ts';
import {
  type DueNotification,
  deliverNotification,
} from '../flow/platform/deliver-notification.ts';
import type { PlatformClient } from '../flow/platform/dialect.ts';
import { assert } from '../lib/assert.ts';
import { letters, lettersBeside } from '../payout/model/letter.ts';
import { createLeaseBook } from '../runner/leases.ts';
import { createCapacity, createRunner } from '../runner/runner.ts';
import {
  claimNotifications,
  extendNotifications,
  postponeNotification,
  type SkippedNotification,
} from '../store/notifications/notification-leases.ts';
import { LEASE_EXTENDED_EVERY_MS, LEASE_MS, SET_ASIDE_MS } from '../store/payouts/leases.ts';

export type Notifier = {
  start(): void;
  /** A letter is due in `delayMs`. */
  wake(delayMs: number): void;
  /**
   * Handles one claim's letters; how many they were, skipped ones among them. For tests and
   * simulations.
   */
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

function tellSkipped(app: AppContext, { id, payoutId, letter, cause }: SkippedNotification): void {
  app.log.debug({ payoutId, deliveryId: id, letter, cause }, 'The letter is skipped.');
  const known = letters.find((each) => each === letter);
  if (known !== undefined) app.observe.notified(known, 'skipped');
}

/** Delivers to `platform`; null where this process has no address of one. */
export function createNotifier(app: AppContext, platform: PlatformClient | null): Notifier {
  const monotonic = () => app.clock.monotonic();
  const book = createLeaseBook({
    leaseMs: LEASE_MS,
    monotonic,
    extend: (held) => extendNotifications(app.db, held, app.leaseNow()),
  });

  let lastSkipped = 0;

  const claim = async (limit: number): Promise<DueNotification[]> => {
    const token = Buffer.from(app.chance.bytes(TOKEN_BYTES)).toString('hex');
    const sinceMs = monotonic();
    const wallSince = app.wall();
    const { claimed, skipped, unreadable } = await claimNotifications(app.db, {
      token,
      now: app.clock.now(),
      limit,
      leaseNow: app.leaseNow(),
      unasked: lettersBeside(app.letters),
      // guard: address-before-claim
      hasAddress: platform !== null,
    });
    for (const item of skipped) tellSkipped(app, item);
    lastSkipped = skipped.length;
    // Those behind them are due now.
    if (lastSkipped > 0) runner.wake(0);
    for (const { id, error: err } of unreadable) {
      app.log.error({ deliveryId: id, err }, 'A bug keeps this letter from being sent.');
      const until = new Date(app.clock.now() + SET_ASIDE_MS);
      await postponeNotification(app.db, { id, token }, until);
    }
    const leased = (id: string) => ({ lease: book.open(id, token, sinceMs), wallSince });
    return claimed.map((item) => ({ ...item, ...leased(item.id) }));
  };

  const onError = (err: unknown): void =>
    app.log.error({ err }, 'Work on letters failed; what is due is found again.');

  const runner = createRunner<DueNotification>({
    work: {
      claim,
      handle: async (due) => {
        assert(platform !== null, 'a letter was claimed without an address to send it to');
        await deliverNotification(app, platform, due).finally(() => book.close(due.lease));
      },
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
    runOnce: async () => {
      const handled = await runner.runOnce();
      return handled + lastSkipped;
    },
    keepLeases: () => book.extendAll(),
    drain: async () => {
      await runner.drain();
      if (beat !== null) clearInterval(beat);
    },
  };
}
