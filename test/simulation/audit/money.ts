/**
 * Cents as the gateway is told them; every payout of a run is in euros.
 */

export const formatCents = (amountMinor: bigint): string =>
  `${amountMinor / 100n}.${String(amountMinor % 100n).padStart(2, '0')}`;
