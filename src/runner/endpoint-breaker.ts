/**
 * Whether an endpoint is called at all. Failures in a row open the breaker for a while that grows;
 * then one call probes, and its outcome decides. It lives in memory, so that each replica judges by
 * its own calls. Payout-checks that the gateway refuses are no failures of the endpoint: they are
 * counted by all replicas together, in refusal-breaker.ts.
 */

import { backoff } from '../lib/backoff.ts';

export type EndpointBreakerState = 'closed' | 'open' | 'probing';

export type EndpointBreaker = {
  state: () => EndpointBreakerState;
  /** When it lets a probe through, on the monotonic clock; past where it is not open. */
  openUntil(): number;
  /** The endpoint did not work, or rejected us; it may have said for how long. */
  failed(retryAfterMs: number | null): void;
  succeeded(): void;
};

/** Failures in a row that open the breaker: one lost packet must not stop an endpoint. */
const FAILURES_MAX = 3;
const PROBE_MIN_MS = 1000;
const PROBE_MAX_MS = 60_000;
/**
 * A gateway that asks for more than this is asked again anyway: it may have meant another clock.
 */
const RETRY_AFTER_MAX_MS = 300_000;

export function createEndpointBreaker(
  monotonic: () => number,
  random: () => number,
): EndpointBreaker {
  let failures = 0;
  /** How often in a row the breaker opened without a call that succeeded; 0 is closed. */
  let opened = 0;
  let openUntil = 0;

  const state = (): EndpointBreakerState => {
    if (opened === 0) return 'closed';
    return monotonic() < openUntil ? 'open' : 'probing';
  };

  const waitUntil = (delayMs: number): void => {
    openUntil = Math.max(openUntil, monotonic() + delayMs);
  };

  return {
    state,
    openUntil: () => openUntil,
    failed: (retryAfterMs) => {
      const askedMs = Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
      const before = state();
      if (before === 'open') {
        // A call from before it opened: fifty of them are one failure and not fifty rounds of
        // back-off.
        waitUntil(askedMs);
        return;
      }
      failures += 1;
      if (before === 'closed' && failures < FAILURES_MAX && askedMs === 0) return;
      opened += 1;
      waitUntil(Math.max(backoff(opened, PROBE_MIN_MS, PROBE_MAX_MS, random()), askedMs));
    },
    succeeded: () => {
      // An answer to a call from before it opened; the probe decides.
      if (state() === 'open') return;
      failures = 0;
      opened = 0;
    },
  };
}
