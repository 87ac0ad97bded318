/**
 * What one endpoint can take: calls in flight, calls per second, and a circuit that opens when the
 * endpoint is in trouble. Back-off is kept here and not per item, so that thousands of due items do
 * not turn into a storm when the endpoint comes back: one probe goes through, then the rest.
 */

import { backoff } from '../lib/backoff.ts';

export type GateLimits = { inFlightMax: number; perSecondMax: number };

export type Outcome =
  | { kind: 'fine' }
  /** The endpoint did not work, or turned us away; it may have said for how long. */
  | { kind: 'trouble'; retryAfterMs: number | null };

export type Gate = {
  /** How many more items may be taken now. */
  slots(): number;
  /** When slots may open again by themselves, on the monotonic clock; null while some are open. */
  opensAt(): number | null;
  /** An item was taken, and given back. */
  take(): void;
  giveBack(): void;
  /** A call is about to be made. */
  spend(): void;
  report(outcome: Outcome): void;
  state(): 'closed' | 'open' | 'probing';
};

/** Troubles in a row that open the circuit: one lost packet must not stop an endpoint. */
const TROUBLES_MAX = 3;
const BACKOFF_MIN_MS = 1000;
const BACKOFF_MAX_MS = 60_000;
/** A gateway that asks for more than this is asked again anyway: it may have meant another clock. */
const RETRY_AFTER_MAX_MS = 300_000;

export function createGate(
  { inFlightMax, perSecondMax }: GateLimits,
  clock: { monotonic(): number },
  random: () => number,
): Gate {
  let taken = 0;
  let tokens = perSecondMax;
  let filledAt = clock.monotonic();
  let troubles = 0;
  let closedUntil = 0;

  const refill = (): void => {
    const now = clock.monotonic();
    tokens = Math.min(perSecondMax, tokens + ((now - filledAt) * perSecondMax) / 1000);
    filledAt = now;
  };

  const state = (): 'closed' | 'open' | 'probing' => {
    if (troubles < TROUBLES_MAX) return 'closed';
    return clock.monotonic() < closedUntil ? 'open' : 'probing';
  };

  const backoffMs = (retryAfterMs: number | null): number => {
    const rounds = troubles - TROUBLES_MAX + 1;
    const jittered = backoff(rounds, BACKOFF_MIN_MS, BACKOFF_MAX_MS, random());
    return Math.max(jittered, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS));
  };

  return {
    slots: () => {
      refill();
      const open = Math.max(0, Math.min(inFlightMax - taken, Math.floor(tokens)));
      const circuit = state();
      if (circuit === 'open') return 0;
      return circuit === 'probing' ? Math.min(open, taken === 0 ? 1 : 0) : open;
    },
    opensAt: () => {
      if (state() === 'open') return closedUntil;
      refill();
      return tokens >= 1 ? null : clock.monotonic() + ((1 - tokens) * 1000) / perSecondMax;
    },
    take: () => {
      taken += 1;
    },
    giveBack: () => {
      taken -= 1;
    },
    spend: () => {
      refill();
      tokens -= 1;
    },
    report: (outcome) => {
      if (outcome.kind === 'fine') {
        troubles = 0;
        return;
      }
      troubles += 1;
      if (troubles >= TROUBLES_MAX) {
        closedUntil = clock.monotonic() + backoffMs(outcome.retryAfterMs);
      }
    },
    state,
  };
}
