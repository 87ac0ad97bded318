/**
 * What an operator does after a restore of the database: list what waits, start a new epoch where
 * no replica could detect the lost history, and end the epoch. What an epoch does to a payout is
 * decided in payout/policy/epoch.ts.
 */

import { isBeforePay, statuses } from '../../payout/model/status.ts';
import { beginEpoch, endEpoch } from '../../store/history/epoch.ts';
import {
  countOfOlderEpochs,
  type Epoch,
  listOfOlderEpochs,
  readEpoch,
} from '../../store/history/older-epochs.ts';
import { makeHeldDue } from '../../store/payouts/due-times.ts';
import type { ShownPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';

export type AfterRestore = {
  epoch: Epoch;
  /** Open payouts of older epochs that have no authorization in this epoch, by status. */
  counts: readonly { status: string; count: number }[];
  /** Those of them that are before payout-pay, and so wait for an authorization. */
  waiting: readonly ShownPayout[];
};

const beforePay: readonly string[] = statuses.filter(isBeforePay);

export const waitsForAuthorization = (status: string): boolean => beforePay.includes(status);

/** The present epoch and the payouts that wait in it, at most `limit` of them. */
export async function readAfterRestore(app: AppContext, limit: number): Promise<AfterRestore> {
  return {
    epoch: await readEpoch(app.db),
    counts: await countOfOlderEpochs(app.db),
    waiting: await listOfOlderEpochs(app.db, beforePay, limit),
  };
}

/** Starts a new epoch by hand, for a loss that no replica can detect. Returns its number. */
export async function beginAfterRestore(
  app: AppContext,
  { by, reason }: { by: string; reason: string },
): Promise<number> {
  const epoch = await app.db.transaction((db) =>
    beginEpoch(db, { reason: `${reason} (${by})`, now: new Date(app.clock.now()) }),
  );
  app.log.warn(
    { keyName: by, event: 'epoch_opened', count: epoch },
    'An operator started a new epoch.',
  );
  return epoch;
}

/** Ends the open epoch and makes the payouts that it held due. False: no epoch is open. */
export async function endAfterRestore(app: AppContext, by: string): Promise<boolean> {
  const at = app.clock.now();
  if (!(await endEpoch(app.db, { by, at: new Date(at) }))) return false;
  const count = await makeHeldDue(app.db, at);
  for (const endpoint of app.endpoints.keys()) app.onDue(endpoint, 0);
  app.log.warn({ keyName: by, event: 'epoch_ended', count }, 'An operator ended the epoch.');
  return true;
}
