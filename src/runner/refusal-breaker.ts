/**
 * Stops one kind of work after many refusals in a row, and lets a single one through now and then
 * to see whether the cause is gone. The refusals are counted in a store that all replicas share and
 * that outlives them. It knows nothing of what is refused, or of what waits. Calls that fail are no
 * refusals: endpoint-breaker.ts counts them.
 */

import { backoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';

export type RefusalState = {
  /** In a row, over all replicas. */
  refusals: number;
  /** When too many in a row opened it, in milliseconds since 1970; null while it is closed. */
  openedAt: number | null;
  /** Probes planned since it opened, and when the last of these is due. */
  probes: number;
  probeAt: number | null;
};

/** What the refusals are counted in; each call is atomic over all who share it. */
export type RefusalStore = {
  read(): Promise<RefusalState>;
  /** Counts more of them, and opens with this where that makes `max` or more. */
  add(refusals: number, max: number, opening: Opening): Promise<RefusalState>;
  /** One was accepted: none in a row any more, and closed. */
  reset(): Promise<RefusalState>;
  /** Closes it, and counts anew, where it was opened before this. */
  release(at: number): Promise<RefusalState>;
  /** Takes the probe that is due by `now`, and plans the next one; null where another took it. */
  takeProbe(probe: { probes: number; now: number; nextAt: number }): Promise<RefusalState | null>;
};

export type Opening = { at: number; probeAt: number };

/** Start it; leave it for a moment; or leave it until the breaker closes. */
export type Permission = 'go' | 'wait' | 'hold';

export type RefusalBreaker = {
  /**
   * How many may start now; without limit while it is open, since all of them are held then. What
   * is acquired because of it is reported by `claimed`.
   */
  room(): number;
  /** Whether others may have been left behind for want of room. */
  claimed(hasMore: boolean): void;
  /**
   * Whether one may start now; each `go` is followed by one `end`. `releasedAt` is when a person
   * last released everything that waits, in milliseconds since 1970.
   */
  begin(releasedAt: number): Promise<Permission>;
  /** One that had started was accepted or refused; reported before its end. */
  report(outcome: 'accepted' | 'refused'): Promise<void>;
  /** One that had started is over, however it went; true where others may wait for its room. */
  end(): boolean;
};

/** Twenty invalid receivers in a row do not occur; a wrong setting refuses every payout. */
export const REFUSALS_MAX = 20;
/** Each probe that is refused costs one item, so they are rare. */
const PROBE_MIN_MS = 60_000;
const PROBE_MAX_MS = 1_800_000;
/** What other replicas counted is read this often at most. */
const FRESH_MS = 1000;

export type RefusalBreakerDeps = {
  clock: Clock;
  random: () => number;
  store: RefusalStore;
  /** Refusals could not be counted; they are with the next ones. */
  onError: (error: unknown) => void;
};

/** What this process last knew of the store. */
function createView({ clock, store }: RefusalBreakerDeps) {
  let state: RefusalState | null = null;
  let readAt = 0;
  let changes = 0;
  let reading: Promise<RefusalState> | null = null;

  const keep = (next: RefusalState): RefusalState => {
    state = next;
    readAt = clock.monotonic();
    changes += 1;
    return next;
  };
  const read = async (): Promise<RefusalState> => {
    const before = changes;
    const found = await store.read();
    // What was written meanwhile is newer than what was read.
    return changes === before || state === null ? keep(found) : state;
  };
  const isFresh = (): boolean => state !== null && clock.monotonic() - readAt < FRESH_MS;

  return {
    known: () => state,
    isFresh,
    keep,
    fresh: async (): Promise<RefusalState> => {
      if (state !== null && isFresh()) return state;
      reading ??= read().finally(() => {
        reading = null;
      });
      return reading;
    },
  };
}

type View = ReturnType<typeof createView>;

/** Tells the store what was answered; an answer is never lost to a store that is away. */
function createCount({ clock, random, store, onError }: RefusalBreakerDeps, view: View) {
  /** Refusals that could not be stored. */
  let uncounted = 0;

  const refused = async (): Promise<void> => {
    const count = uncounted + 1;
    uncounted = 0;
    const at = clock.now();
    const probeAt = at + backoff(1, PROBE_MIN_MS, PROBE_MAX_MS, random());
    try {
      view.keep(await store.add(count, REFUSALS_MAX, { at, probeAt }));
    } catch (error) {
      uncounted += count;
      onError(error);
    }
  };

  const accepted = async (): Promise<void> => {
    uncounted = 0;
    // Nothing is written while all goes well; what others counted a moment ago ends with the next.
    if (view.isFresh() && view.known()?.refusals === 0) return;
    try {
      view.keep(await store.reset());
    } catch (error) {
      onError(error);
    }
  };

  return { refused, accepted, uncounted: () => uncounted };
}

/** Takes the probe if it is due, and if no other replica does; true where it is ours. */
async function takeProbe(
  { clock, random, store }: RefusalBreakerDeps,
  view: View,
  { probes, probeAt }: RefusalState,
): Promise<boolean> {
  const now = clock.now();
  if (probeAt !== null && now < probeAt) return false;
  // Planned before this one has an answer, so that a probe that is lost is followed by another.
  const nextAt = now + backoff(probes + 1, PROBE_MIN_MS, PROBE_MAX_MS, random());
  const state = await store.takeProbe({ probes, now, nextAt });
  if (state !== null) view.keep(state);
  return state !== null;
}

export function createRefusalBreaker(deps: RefusalBreakerDeps): RefusalBreaker {
  const { store } = deps;
  const view = createView(deps);
  const count = createCount(deps, view);
  let inFlight = 0;
  /** Those that ask whether they may start, and have no answer yet. */
  let asking = 0;
  /** Whether one was accepted since the start: until then they go one after the other. */
  let isProven = false;
  /** Whether one was accepted or refused since the start. */
  let isAnswered = false;
  let hasMore = false;

  /** All that start now might be refused, and these must not be more than it takes to open. */
  const limit = (refusals: number): number =>
    isProven ? Math.max(1, REFUSALS_MAX - refusals - count.uncounted()) : 1;

  const go = (): Permission => {
    inFlight += 1;
    return 'go';
  };

  const probeOrHold = async (state: RefusalState): Promise<Permission> => {
    // A start may have fixed the setting: the first payout is the probe.
    if (!isAnswered && inFlight === 0) return go();
    return (await takeProbe(deps, view, state)) ? go() : 'hold';
  };

  const permit = async (state: RefusalState, releasedAt: number): Promise<Permission> => {
    let current = state;
    if (current.openedAt !== null && releasedAt > current.openedAt) {
      current = view.keep(await store.release(releasedAt));
      // A person says that the cause is gone.
      isProven = true;
    }
    if (current.openedAt !== null) return probeOrHold(current);
    return inFlight < limit(current.refusals) ? go() : 'wait';
  };

  return {
    room: () => {
      const state = view.known();
      if (state !== null && state.openedAt !== null) return Number.POSITIVE_INFINITY;
      // For an attempt that ends before its outcome is reported.
      hasMore = true;
      return Math.max(0, limit(state?.refusals ?? 0) - inFlight - asking);
    },
    claimed: (mayHaveMore) => {
      hasMore = mayHaveMore;
    },
    begin: async (releasedAt) => {
      asking += 1;
      try {
        return await permit(await view.fresh(), releasedAt);
      } finally {
        asking -= 1;
      }
    },
    report: (outcome) => {
      isAnswered = true;
      if (outcome === 'refused') return count.refused();
      isProven = true;
      return count.accepted();
    },
    end: () => {
      inFlight -= 1;
      return hasMore;
    },
  };
}
