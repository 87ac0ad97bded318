/**
 * Marks rows that were met and could not be read: by a runner, a command, a list. What a mark
 * is, is decided in store/unreadable-rows.ts.
 */

import { type ShownPayout, UnreadableRow } from '../store/payouts/rows.ts';
import { markUnreadableRows, type UnreadableFound } from '../store/unreadable-rows.ts';
import type { AppContext } from './context.ts';

type Parts = Pick<AppContext, 'db' | 'clock' | 'log'>;

/** Never rejects: what the caller does must not fail because of the mark. */
async function mark({ db, clock, log }: Parts, found: readonly UnreadableFound[]): Promise<void> {
  if (found.length === 0) return;
  try {
    await markUnreadableRows(db, found, clock.now());
  } catch (err) {
    log.warn({ count: found.length, err }, 'Unreadable rows could not be marked as such.');
  }
}

/** Marks the unreadable ones of rows that were read to be shown. */
export const markShown = (app: Parts, shown: readonly ShownPayout[]): Promise<void> =>
  mark(
    app,
    shown.flatMap(({ payout, unmarked }) =>
      unmarked === undefined ? [] : [{ payoutId: payout.id, where: unmarked }],
    ),
  );

/** Marks the row of an {@link UnreadableRow}; any other error is none of its business. */
export const markUnreadable = (app: Parts, error: unknown): Promise<void> =>
  mark(app, error instanceof UnreadableRow ? [error] : []);
