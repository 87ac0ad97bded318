/**
 * Receiver data as it lies sealed in the database, read back. What may be in it was checked at
 * create.
 */

import { z } from 'zod';
import type { Receiver } from '../payout/receiver.ts';

export const receiverSchema = z.custom<Receiver>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
