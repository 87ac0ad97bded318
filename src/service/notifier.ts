/**
 * The work on notifications: slots, leases and connections of its own, so that a slow platform
 * takes nothing from payouts. It runs in every replica, also where no platform is notified: there,
 * due notifications are marked as skipped. Claims, leases and the heartbeat are in
 * `leased-runner.ts`.
 */

import type { AppContext } from '../flow/context.ts';
import {
  type DueNotification,
  deliverNotification,
} from '../flow/platform/deliver-notification.ts';
import type { PlatformClient } from '../flow/platform/dialect.ts';
import { assert } from '../lib/assert.ts';
import { letters, unsubscribedLetters } from '../payout/model/letter.ts';
import { createSlotLimiter } from '../runner/runner.ts';
import {
  claimNotifications,
  extendNotifications,
  postponeNotification,
  type SkippedNotification,
} from '../store/notifications/notification-leases.ts';
import { SET_ASIDE_MS } from '../store/payouts/leases.ts';
import { createLeasedRunners, type LeasedWork, type Timers } from './leased-runner.ts';

export type Notifier = {
  start(): void;
  /** A notification is due in `delayMs`. */
  wake(delayMs: number): void;
  /**
   * Makes one claim and handles everything it returns; resolves to the number of notifications,
   * skipped ones included. For tests and the simulation.
   */
  runOnce(): Promise<number>;
  /** Waits for the notifications in flight. */
  drain(): Promise<void>;
};

/**
 * Notifications in flight at the same time, each of another payout; also the number of connections
 * to the platform.
 */
export const NOTIFICATIONS_IN_FLIGHT_MAX = 50;

const QUEUE = 'notifications';

function reportSkipped(app: AppContext, { id, payoutId, letter, cause }: SkippedNotification) {
  app.log.debug({ payoutId, deliveryId: id, letter, cause }, 'The notification is skipped.');
  const known = letters.find((each) => each === letter);
  if (known !== undefined) app.observe.notified(known, 'skipped');
}

/** `onSkipped` is called with the number of notifications that a claim has skipped. */
function createNotificationWork(
  app: AppContext,
  platform: PlatformClient | null,
  onSkipped: (count: number) => void,
): LeasedWork<Omit<DueNotification, 'lease'>> {
  return {
    limiter: createSlotLimiter(NOTIFICATIONS_IN_FLIGHT_MAX),
    claim: async (limit, token) => {
      const { claimed, skipped, unreadable } = await claimNotifications(app.db, {
        token,
        now: app.clock.now(),
        limit,
        leaseNow: app.leaseNow(),
        unasked: unsubscribedLetters(app.letters),
        // guard: address-before-claim
        hasAddress: platform !== null,
      });
      for (const item of skipped) reportSkipped(app, item);
      onSkipped(skipped.length);
      return { claimed, unreadable };
    },
    idOf: ({ id }) => id,
    handle: async (due) => {
      assert(platform !== null, 'a notification was claimed without an address to send it to');
      await deliverNotification(app, platform, due);
    },
    setAside: async (held, err) => {
      const fields = { deliveryId: held.id, err };
      app.log.error(fields, 'A bug keeps this notification from being sent.');
      await postponeNotification(app.db, held, new Date(app.clock.now() + SET_ASIDE_MS));
    },
  };
}

/** Delivers to `platform`; null where this process has no address of one. */
export function createNotifier(
  app: AppContext,
  platform: PlatformClient | null,
  timers?: Timers,
): Notifier {
  let lastSkipped = 0;
  const onSkipped = (count: number): void => {
    lastSkipped = count;
    // The notifications behind the skipped ones are due now.
    if (count > 0) runners.wake(QUEUE, 0);
  };
  const runners = createLeasedRunners({
    app,
    queues: new Map([[QUEUE, createNotificationWork(app, platform, onSkipped)]]),
    extend: (held) => extendNotifications(app.db, held, app.leaseNow()),
    onError: (err) =>
      app.log.error({ err }, 'Work on notifications failed; what is due is found again.'),
    // A payout's command checks the wall clock from its intent on; a notification has no intent.
    wall: () => app.wall(),
    timers,
  });

  return {
    start: () => runners.start(),
    wake: (delayMs) => runners.wake(QUEUE, delayMs),
    runOnce: async () => {
      const handled = await runners.runOnce(QUEUE);
      return handled + lastSkipped;
    },
    drain: () => runners.drain(),
  };
}
