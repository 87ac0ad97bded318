/**
 * Announces a committed change inside this process: to the log, the metrics, the runner, the
 * notifier and waiting requests. Nothing is announced before the commit, since a transaction may
 * still be rolled back. The change itself is decided and saved in apply-event.ts.
 */

import type { EventKind } from '../../payout/model/event.ts';
import type { Payout } from '../../payout/model/payout.ts';
import type { Due } from '../../payout/policy/schedule.ts';
import type { AppContext } from '../context.ts';

export type Change = {
  event: EventKind;
  before: Payout;
  after: Payout;
  /** The revision of the row as it was committed. */
  revision: number;
  /** The time of its journal entry, in milliseconds since 1970. */
  at: number;
  /** The summary: one plain sentence. */
  summary: string;
  due: Due | null;
  /** How many notifications were written with it. */
  letters: number;
};

function logChange(app: AppContext, { event, before, after, summary }: Change): void {
  const fields = {
    payoutId: after.id,
    event,
    from: before.status,
    to: after.status,
    version: after.version,
  };
  if (before.version === after.version) app.log.debug(fields, summary);
  else app.log.info(fields, summary);
}

/** Announces a committed change. */
export function announce(app: AppContext, change: Change): void {
  const { before, after, revision, at, due, letters } = change;
  app.onCommitted?.(after.id, revision, at);
  logChange(app, change);
  if (after.version !== before.version) app.onChange?.(after.id, after.version);
  if (after.status !== before.status) app.observe.entered(after.status);
  if (due !== null) app.onDue(after.endpoint, due.at - app.clock.now());
  if (letters > 0) app.onNotifications?.(0);
}
