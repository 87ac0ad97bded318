/**
 * The statements that run at least once for every payout. Calls of one kind that arrive at the same
 * moment share one statement: `database/statement-batcher.ts` decides which.
 */

import type { Queryable } from './database/pool.ts';
import { createKeyedMutex, createStatementBatcher } from './database/statement-batcher.ts';
import type { JournalWitness } from './payouts/journal.ts';
import {
  type Finished,
  type Finishing,
  finishNotifications,
} from './notifications/notifications.ts';
import { insertPayouts, type NewPayout } from './payouts/insert-payouts.ts';
import { findRows, findRowsByClientOrder } from './payouts/payouts.ts';
import {
  type ShownPayout,
  type StoredPayout,
  toShownPayout,
  toStoredPayout,
} from './payouts/rows.ts';
import { type Save, type SaveOutcome, savePayouts } from './payouts/save-payouts.ts';

export type Batches = {
  /** Stores a new payout; false where its reference or its idempotency key is taken. */
  insert(created: NewPayout): Promise<boolean>;
  find(payoutId: string): Promise<StoredPayout | null>;
  /** The same for a caller that only shows the payout. */
  show(payoutId: string): Promise<ShownPayout | null>;
  /** Finds a payout by its client_orderid at the gateway. */
  findByClientOrder(clientOrderId: string): Promise<StoredPayout | null>;
  save(save: Save): Promise<SaveOutcome>;
  /** Records an attempt to deliver a notification; null where its lease was lost. */
  finish(finishing: Finishing): Promise<Finished | null>;
  /** How many pieces of work have waited for more than a moment to be sent. */
  waitingLong(): number;
};

/** About 50 kB of parameters. */
const BATCH_MAX = 25;

/**
 * Called when a commit was acknowledged: the payout has this revision, and its journal an entry of
 * this time, in milliseconds since 1970.
 */
export type OnCommitted = (payoutId: string, revision: number, at: number) => void;

export type BatchesOptions = {
  batchMax?: number;
  onCommitted?: OnCommitted | undefined;
  /** What this process knows of the journal, which every save compares and adds to. */
  witness?: JournalWitness | undefined;
  /** How long a piece waits; simulations have no limit, since it is measured in real time. */
  waitMaxMs?: number;
};

/** `leaseNow` replaces the database's clock in simulations. */
export function createBatches(
  db: Queryable,
  leaseNow: () => Date | null,
  { onCommitted = () => undefined, witness, ...given }: BatchesOptions = {},
): Batches {
  const limits = { batchMax: BATCH_MAX, ...given };
  const save = createStatementBatcher({
    keyOf: ({ payout }: Save) => payout.id,
    run: async (saves) => {
      const outcomes = await savePayouts(db, saves, leaseNow(), witness);
      for (const [index, { payout, revision, entries, at }] of saves.entries()) {
        if (outcomes[index] !== 'saved') continue;
        onCommitted(payout.id, revision + 1, entries.at(-1)?.at ?? at);
      }
      return outcomes;
    },
    ...limits,
  });
  const findRow = createStatementBatcher({
    keyOf: (payoutId: string) => payoutId,
    run: (payoutIds) => findRows(db, payoutIds),
    ...limits,
  });
  const findRowByClientOrder = createStatementBatcher({
    keyOf: (clientOrderId: string) => clientOrderId,
    run: (clientOrderIds) => findRowsByClientOrder(db, clientOrderIds),
    ...limits,
  });
  const finish = createStatementBatcher({
    keyOf: ({ due }: Finishing) => due.payoutId,
    run: (finishing) => finishNotifications(db, finishing),
    ...limits,
  });
  const insert = createStatementBatcher({
    keyOf: ({ details }: NewPayout) => `${details.apiKeyName} ${details.idempotencyKey}`,
    run: async (created) => {
      const inserted = await insertPayouts(db, created);
      for (const [index, { payout, entry }] of created.entries()) {
        if (inserted[index] === true) onCommitted(payout.id, 1, entry.at);
      }
      return inserted;
    },
    ...limits,
  });
  const queues = [insert, findRow, findRowByClientOrder, save, finish];
  // The end of a notification would miss a later one that is inserted at the same moment.
  const inTurn = createKeyedMutex();
  return {
    insert: insert.add,
    find: async (payoutId) => {
      const row = await findRow.add(payoutId);
      return row === null ? null : toStoredPayout(row);
    },
    show: async (payoutId) => {
      const row = await findRow.add(payoutId);
      return row === null ? null : toShownPayout(row);
    },
    findByClientOrder: async (clientOrderId) => {
      const row = await findRowByClientOrder.add(clientOrderId);
      return row === null ? null : toStoredPayout(row);
    },
    save: (one) =>
      one.notifications.length === 0 ? save.add(one) : inTurn(one.payout.id, () => save.add(one)),
    finish: (one) => inTurn(one.due.payoutId, () => finish.add(one)),
    waitingLong: () => queues.reduce((sum, queue) => sum + queue.waitingLong(), 0),
  };
}
