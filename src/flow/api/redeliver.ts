/**
 * Redelivers notifications that the platform refused, missed or lost. A redelivery begins at the
 * first notification of the payout that was dead-lettered, or that was skipped although its letter
 * is subscribed now; or where the operator says, for a platform that has lost its books. It
 * includes every later notification, in order, with the same ids and bytes, so that the last one
 * that the platform receives is the newest. Which notifications these are is decided in
 * store/notifications/notifications.ts.
 */

import { assert } from '../../lib/assert.ts';
import { type Letter, unsubscribedLetters } from '../../payout/model/letter.ts';
import {
  type RedeliveryStart,
  resendNotifications,
} from '../../store/notifications/notifications.ts';
import { readNotifies } from '../../store/notifications/notifies.ts';
import { findPayout } from '../../store/payouts/payouts.ts';
import type { AppContext } from '../context.ts';
import { announce } from '../write/announce.ts';
import { applyEvent } from '../write/apply-event.ts';
import type { Actor } from '../actor.ts';
import { checkVersion, mismatch } from './check-version.ts';
import { commandProblems } from './command-payout.ts';
import { foundToAct } from './queries.ts';
import { type ProblemCode, RequestProblem } from './request-problem.ts';

export const redeliverProblems = [
  ...commandProblems,
  'NOT_NOTIFYING',
] as const satisfies readonly ProblemCode[];

export type RedeliveryOptions = {
  /** The versions that the client allows, from If-Match; null allows any. */
  ifVersion?: readonly number[] | null;
  /** Null begins at the first notification that the platform did not acknowledge. */
  start?: RedeliveryStart | null;
};

/**
 * The letters of the notifications that will be redelivered. There are none where the platform has
 * every subscribed one, so that a repeat is harmless; with `start`, none where nothing was written
 * from there on. Throws PAYOUT_NOT_FOUND, ROW_UNREADABLE, VERSION_MISMATCH where the payout has
 * none of the versions that the client allows, and NOT_NOTIFYING where there are such letters but
 * the installation would skip them again.
 */
export async function redeliverNotifications(
  app: AppContext,
  payoutId: string,
  { by, key }: Actor,
  { ifVersion = null, start = null }: RedeliveryOptions = {},
): Promise<Letter[]> {
  const { letters, change } = await app.db.transaction(async (db) => {
    const stored = await foundToAct(app, () => findPayout(db, payoutId));
    checkVersion(stored, ifVersion);
    const unsubscribed = unsubscribedLetters(app.letters);
    const now = app.clock.now();
    const resent = await resendNotifications(db, payoutId, now, unsubscribed, start);
    if (resent.length === 0) return { letters: resent, change: null };
    if ((await readNotifies(db)) !== true) {
      const detail = 'This installation does not notify its platform.';
      throw new RequestProblem('NOT_NOTIFYING', { payoutId, detail });
    }
    const event = { kind: 'redelivery_asked', letters: resent.join(', '), by } as const;
    const condition = ifVersion === null ? {} : { ifVersion };
    const applied = await applyEvent(app, { payoutId, stored, event, key, db, ...condition });
    // Another change came first: the throw rolls the redelivery back with this transaction.
    if (applied.kind === 'refused') throw mismatch(applied.stored, ifVersion ?? []);
    assert(applied.kind === 'applied', `a redelivery was ${applied.kind}`);
    return { letters: resent, change: applied.change };
  });
  if (change !== null) announce(app, change);
  if (letters.length > 0) app.onNotifications?.(0);
  return letters;
}
