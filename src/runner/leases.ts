/**
 * The leases that one process holds. They are extended together. A lease that could not be extended
 * in time counts as lost here before it expires in the database, so that its worker starts nothing
 * more. `store/payouts/leases.ts` decides how long a lease lasts.
 */

export type Lease = {
  readonly id: string;
  readonly token: string;
  /** Whether the lease is certainly still valid, by the monotonic clock. */
  holds(): boolean;
};

export type LeaseBook = {
  /** Records a lease granted by a statement that was sent at `sinceMs` (monotonic). */
  open(id: string, token: string, sinceMs: number): Lease;
  close(lease: Lease): void;
  /** Extends every open lease; a lease that the store does not return is lost. */
  extendAll(): Promise<void>;
  /** Leases that expired or were taken by another process while their work went on. */
  lost(): number;
};

export type LeaseBookDeps = {
  leaseMs: number;
  monotonic: () => number;
  extend: (held: readonly Lease[]) => Promise<readonly { id: string; token: string }[]>;
};

/** No work starts on a lease that is about to expire, since starting a call takes a moment. */
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
      // It was not extended in time: the process stood still, or the database did not answer.
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
          // Out of the book, or each later heartbeat would count it again.
          until.delete(lease);
          lost += 1;
        }
      }
    },

    lost: () => lost,
  };
}
