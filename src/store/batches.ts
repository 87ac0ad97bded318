/**
 * The statements that come once or more for every payout, each shared with others of its kind that
 * come at the same moment.
 */

import { type Finished, type Finishing, finishNotifications } from './notifications.ts';
import {
  findPayouts,
  insertPayouts,
  type NewPayout,
  type Save,
  type SaveOutcome,
  savePayouts,
} from './payouts.ts';
import type { Queryable } from './pool.ts';
import type { StoredPayout } from './rows.ts';
import { createTogether } from './together.ts';

export type Batches = {
  /** Stores a new payout; false where its reference or its idempotency key is taken. */
  insert(created: NewPayout): Promise<boolean>;
  find(payoutId: string): Promise<StoredPayout | null>;
  save(save: Save): Promise<SaveOutcome>;
  /** Takes down an attempt to deliver a letter; null where its lease was lost. */
  finish(finishing: Finishing): Promise<Finished | null>;
};

/** About 50 kB of parameters. */
const TOGETHER_MAX = 25;

/** `leaseNow` replaces the database's clock in simulations. */
export function createBatches(
  db: Queryable,
  leaseNow: () => Date | null,
  togetherMax = TOGETHER_MAX,
): Batches {
  return {
    insert: createTogether({
      keyOf: ({ brief }) => `${brief.apiKeyName} ${brief.idempotencyKey}`,
      run: (created) => insertPayouts(db, created),
      togetherMax,
    }),
    find: createTogether({
      keyOf: (payoutId) => payoutId,
      run: (payoutIds) => findPayouts(db, payoutIds),
      togetherMax,
    }),
    save: createTogether({
      keyOf: ({ payout }) => payout.id,
      run: (saves) => savePayouts(db, saves, leaseNow()),
      togetherMax,
    }),
    finish: createTogether({
      keyOf: ({ due }) => due.payoutId,
      run: (finishing) => finishNotifications(db, finishing),
      togetherMax,
    }),
  };
}
