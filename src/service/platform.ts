/**
 * The configured platform: a client over connections of its own, or nobody.
 */

import type { Config } from '../config.ts';
import type { Flow } from '../flow/flow.ts';
import { createOutbound } from '../lib/outbound.ts';
import { createPlatformClient } from '../praxis/client.ts';
import { BODY_MAX_BYTES } from '../praxis/flat-json.ts';
import { createNotifier, LETTERS_IN_FLIGHT_MAX } from './notifier.ts';

export type Platform = {
  start(): void;
  wake(delayMs: number): void;
  /** Waits for letters under way. */
  close(): Promise<void>;
};

/** praxis: 5 s and 30 s are advised for the sending side. */
const CONNECT_TIMEOUT_MS = 5000;
const TOTAL_TIMEOUT_MS = 30_000;

const nobody: Platform = {
  start: () => undefined,
  wake: () => undefined,
  close: async () => undefined,
};

/** Delivers what the flow writes for the platform; does nothing where none is configured. */
export function createPlatform(flow: Flow, notify: Config['notify']): Platform {
  if (notify === null) return nobody;
  const outbound = createOutbound({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    totalTimeoutMs: TOTAL_TIMEOUT_MS,
    bodyBytesMax: BODY_MAX_BYTES,
    connectionsMax: LETTERS_IN_FLIGHT_MAX,
  });
  const client = createPlatformClient({
    outbound,
    url: notify.url,
    secrets: notify.secrets.map((secret) => secret.reveal()),
    authorization: notify.authorization?.reveal() ?? null,
    // The platform compares the time in our signature with its own clock.
    clock: { now: flow.wall },
  });
  const notifier = createNotifier(flow, client);
  return {
    start: () => notifier.start(),
    wake: (delayMs) => notifier.wake(delayMs),
    close: async () => {
      await notifier.drain();
      await outbound.close();
    },
  };
}
