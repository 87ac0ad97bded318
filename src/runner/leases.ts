/**
 * The leases one process holds. They are extended together; one that could not be extended in time
 * counts as lost here before it is lost in the database, so that its worker starts nothing more.
 */

export type Lease = {
  readonly id: string;
  readonly token: string;
  /** Whether the lease surely still stands, by the monotonic clock. */
  holds(): boolean;
};

export type LeaseBook = {
  /** Records a lease that was granted by a statement sent at `sinceMs` (monotonic). */
  open(id: string, token: string, sinceMs: number): Lease;
  close(lease: Lease): void;
  /** Extends every open lease; those the store does not answer are lost. */
  extendAll(): Promise<void>;
  /** Leases that ran out or were taken while their work went on. */
  lost(): number;
};

export type LeaseBookDeps = {
  leaseMs: number;
  monotonic: () => number;
  extend: (held: readonly Lease[]) => Promise<readonly { id: string; token: string }[]>;
};

/** Starting a call takes a moment; a lease this close to its end is not begun anything on. */
const MARGIN_MS = 250;

export function createLeaseBook({ leaseMs, monotonic, extend }: LeaseBookDeps): LeaseBook {
  const until = new Map<Lease, number>();
  let lost = 0;

  return {
    open: (id, token, sinceMs) => {
      const lease: Lease = {
        id,
        token,
        holds: () => monotonic() < (until.get(lease) ?? 0) - MARGIN_MS,
      };
      until.set(lease, sinceMs + leaseMs);
      return lease;
    },

    close: (lease) => {
      const end = until.get(lease);
      until.delete(lease);
      // Nobody extended it in time: the process stood still, or the database did not answer.
      if (end !== undefined && monotonic() >= end) lost += 1;
    },

    extendAll: async () => {
      const held = [...until.keys()];
      if (held.length === 0) return;
      const sinceMs = monotonic();
      const standing = new Set((await extend(held)).map(({ id, token }) => `${id} ${token}`));
      for (const lease of held) {
        if (!until.has(lease)) continue;
        if (standing.has(`${lease.id} ${lease.token}`)) {
          until.set(lease, sinceMs + leaseMs);
        } else {
          // No longer in the book, or each later round would count it again.
          until.delete(lease);
          lost += 1;
        }
      }
    },

    lost: () => lost,
  };
}
