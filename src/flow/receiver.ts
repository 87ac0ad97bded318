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

/** The payout's receiver; throws where no configured key opens it. */
export const openReceiver = (
  app: Pick<AppContext, 'seal'>,
  { payout, details }: ShownPayout,
): Receiver => receiverSchema.parse(JSON.parse(app.seal.open(payout.id, details.receiver)));

/** The same; null where no configured key opens it. No decision depends on the receiver. */
export function tryOpening(app: Pick<AppContext, 'seal'>, stored: ShownPayout): Receiver | null {
  try {
    return openReceiver(app, stored);
  } catch {
    return null;
  }
}
