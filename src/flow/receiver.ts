/**
 * Receiver data as it lies sealed in the database, read back. What may be in it was checked at
 * create.
 */

import { z } from 'zod';
import type { Receiver } from '../payout/model/receiver.ts';
import type { StoredPayout } from '../store/payouts/rows.ts';
import type { Flow } from './context.ts';

export const receiverSchema = z.custom<Receiver>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/** The payout's receiver; throws where no key of the ring opens it. */
export const openReceiver = (flow: Pick<Flow, 'seal'>, { payout, brief }: StoredPayout): Receiver =>
  receiverSchema.parse(JSON.parse(flow.seal.open(payout.id, brief.receiver)));
