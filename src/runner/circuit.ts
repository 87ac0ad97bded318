/**
 * Whether an endpoint is called at all. Troubles in a row open the circuit for a while that grows;
 * then one call probes, and how that ends decides.
 */

import { backoff } from '../lib/backoff.ts';

export type CircuitState = 'closed' | 'open' | 'probing';

export type Circuit = {
  state: () => CircuitState;
  /** When it lets a probe through, on the monotonic clock; past where it is not open. */
  openUntil(): number;
  /** The endpoint did not work, or turned us away; it may have said for how long. */
  trouble(retryAfterMs: number | null): void;
  /** A call went well. */
  fine(): void;
};

/** Troubles in a row that open the circuit: one lost packet must not stop an endpoint. */
const TROUBLES_MAX = 3;
const BACKOFF_MIN_MS = 1000;
const BACKOFF_MAX_MS = 60_000;
/**
 * A gateway that asks for more than this is asked again anyway: it may have meant another clock.
 */
const RETRY_AFTER_MAX_MS = 300_000;

export function createCircuit(monotonic: () => number, random: () => number): Circuit {
  let troubles = 0;
  /** How often in a row the circuit opened without a call that went well; 0 is closed. */
  let opened = 0;
  let openUntil = 0;

  const state = (): CircuitState => {
    if (opened === 0) return 'closed';
    return monotonic() < openUntil ? 'open' : 'probing';
  };

  const waitUntil = (delayMs: number): void => {
    openUntil = Math.max(openUntil, monotonic() + delayMs);
  };

  return {
    state,
    openUntil: () => openUntil,
    trouble: (retryAfterMs) => {
      const askedMs = Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
      const before = state();
      if (before === 'open') {
        // A call from before it opened: fifty of them are one trouble and not fifty rounds of
        // back-off.
        waitUntil(askedMs);
        return;
      }
      troubles += 1;
      if (before === 'closed' && troubles < TROUBLES_MAX && askedMs === 0) return;
      opened += 1;
      waitUntil(Math.max(backoff(opened, BACKOFF_MIN_MS, BACKOFF_MAX_MS, random()), askedMs));
    },
    fine: () => {
      // An answer to a call from before it opened; the probe decides.
      if (state() === 'open') return;
      troubles = 0;
      opened = 0;
    },
  };
}
