/**
 * What one endpoint can take: calls in flight, calls per second, and a breaker that opens when the
 * endpoint fails. Back-off is kept here and not per item, so that thousands of due items do
 * not turn into a storm when the endpoint comes back: one probe goes through, then a few, then all.
 */

import { createEndpointBreaker, type EndpointBreakerState } from './endpoint-breaker.ts';
import { createRate } from './rate.ts';

export type CallLimits = { inFlightMax: number; perSecondMax: number };

export type Outcome =
  | { kind: 'succeeded' }
  /** The endpoint did not work, or rejected us; it may have said for how long. */
  | { kind: 'failed'; retryAfterMs: number | null };

export type Limiter = {
  /** How many more items may begin now. */
  slots(): number;
  /** When slots may open again by themselves, on the monotonic clock; null while some are open. */
  opensAt(): number | null;
  /** An item began, and ended. */
  take(): void;
  giveBack(): void;
  /** A call is about to be made. */
  spend(): void;
  report(outcome: Outcome): void;
  state: () => EndpointBreakerState;
};

/**
 * Items at the same time after the probe; each call that succeeds allows one more, so that their
 * number doubles with every round trip instead of jumping to the limit on an endpoint that just
 * came back.
 */
const RAMP_START = 2;

export function createLimiter(
  { inFlightMax, perSecondMax }: CallLimits,
  clock: { monotonic(): number },
  random: () => number,
): Limiter {
  const monotonic = (): number => clock.monotonic();
  const rate = createRate(perSecondMax, monotonic);
  const breaker = createEndpointBreaker(monotonic, random);
  let inFlight = 0;
  let ramp = inFlightMax;

  const succeeded = (): void => {
    const before = breaker.state();
    if (before === 'probing') ramp = RAMP_START;
    if (before === 'closed') ramp = Math.min(inFlightMax, ramp + 1);
    breaker.succeeded();
  };

  return {
    slots: () => {
      const open = Math.max(0, Math.min(inFlightMax - inFlight, ramp - inFlight, rate.allowed()));
      const state = breaker.state();
      if (state === 'open') return 0;
      return state === 'probing' ? Math.min(open, inFlight === 0 ? 1 : 0) : open;
    },
    opensAt: () => {
      if (breaker.state() === 'open') return breaker.openUntil();
      const opensInMs = rate.opensInMs();
      return opensInMs === 0 ? null : monotonic() + opensInMs;
    },
    take: () => {
      inFlight += 1;
    },
    giveBack: () => {
      inFlight -= 1;
    },
    spend: () => rate.spend(),
    report: (outcome) => {
      if (outcome.kind === 'succeeded') succeeded();
      else breaker.failed(outcome.retryAfterMs);
    },
    state: breaker.state,
  };
}
