/**
 * The leases that one process holds. They are extended together. A lease that could not be extended
 * in time counts as lost here before it expires in the database, so that its worker starts nothing
 * more. `store/payouts/leases.ts` decides how long a lease lasts.
 */

export type Lease = {
  readonly id: string;
  readonly token: string;
  /** Whether the lease is certainly still valid, by every clock of the book. */
  holds(): boolean;
};

/** A moment by both clocks of this machine. */
export type Moment = { monotonicMs: number; wallMs: number };

export type LeaseBook = {
  /** Now; to be read before a statement that grants leases is sent. */
  now(): Moment;
  /** Records a lease granted by a statement that was sent after `since`. */
  open(id: string, token: string, since: Moment): Lease;
  close(lease: Lease): void;
  /** Extends every open lease; a lease that the store does not return is lost. */
  extendAll(): Promise<void>;
  /** Leases that expired or were taken by another process while their work went on. */
  lost(): number;
};

export type LeaseBookDeps = {
  leaseMs: number;
  monotonic: () => number;
  /**
   * This machine's wall clock, where a lease has to end by it too: the monotonic clock stops in a
   * suspended machine. Without it, leases end by the monotonic clock alone.
   */
  wall?: (() => number) | undefined;
  extend: (held: readonly Lease[]) => Promise<readonly { id: string; token: string }[]>;
};

/** No work starts on a lease that is about to expire, since starting a call takes a moment. */
const MARGIN_MS = 250;

export function createLeaseBook({
  leaseMs,
  monotonic,
  wall = () => 0,
  extend,
}: LeaseBookDeps): LeaseBook {
  const grantedAt = new Map<Lease, Moment>();
  let lost = 0;

  const now = (): Moment => ({ monotonicMs: monotonic(), wallMs: wall() });

  /** The time that the lease certainly still has; negative once it is lost. */
  const leftMs = (lease: Lease): number => {
    const since = grantedAt.get(lease);
    if (since === undefined) return Number.NEGATIVE_INFINITY;
    return leaseMs - Math.max(monotonic() - since.monotonicMs, wall() - since.wallMs);
  };

  return {
    now,

    open: (id, token, since) => {
      const lease: Lease = { id, token, holds: () => leftMs(lease) > MARGIN_MS };
      grantedAt.set(lease, since);
      return lease;
    },

    close: (lease) => {
      const since = grantedAt.get(lease);
      grantedAt.delete(lease);
      // It was not extended in time: the process stood still, or the database did not answer.
      if (since !== undefined && monotonic() - since.monotonicMs >= leaseMs) lost += 1;
    },

    extendAll: async () => {
      const held = [...grantedAt.keys()];
      if (held.length === 0) return;
      const since = now();
      const standing = new Set((await extend(held)).map(({ id, token }) => `${id} ${token}`));
      for (const lease of held) {
        if (!grantedAt.has(lease)) continue;
        if (standing.has(`${lease.id} ${lease.token}`)) {
          grantedAt.set(lease, since);
        } else {
          // Out of the book, or each later heartbeat would count it again.
          grantedAt.delete(lease);
          lost += 1;
        }
      }
    },

    lost: () => lost,
  };
}
