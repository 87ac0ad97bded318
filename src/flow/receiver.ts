/**
 * Opens receiver data, which the database holds sealed. Its fields were checked when the payout was
 * created: see src/http/schema.
 */

import { z } from 'zod';
import type { Receiver } from '../payout/model/receiver.ts';
import type { ShownPayout } from '../store/payouts/rows.ts';
import type { AppContext } from './context.ts';

const receiverSchema = z.custom<Receiver>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

type Sealed = { payout: Pick<ShownPayout['payout'], 'id'>; details: { receiver: Uint8Array } };

/** The payout's receiver; throws where no configured key opens it. */
export const openReceiver = (
  app: Pick<AppContext, 'seal'>,
  { payout, details }: Sealed,
): Receiver => receiverSchema.parse(JSON.parse(app.seal.open(payout.id, details.receiver)));

/**
 * The same; null where no configured key opens it, and in a row that cannot be read. No decision
 * depends on the receiver.
 */
export function tryOpening(
  app: Pick<AppContext, 'seal'>,
  { payout, details: { receiver } }: ShownPayout,
): Receiver | null {
  if (receiver === null) return null;
  try {
    return openReceiver(app, { payout, details: { receiver } });
  } catch {
    return null;
  }
}
