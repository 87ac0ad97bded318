/**
 * Tells this process of a change that is on disk: the log, the metrics, and whoever waits for a due
 * time, a letter or a version. Never before the commit, since a change may still be taken back.
 */

import type { EventKind } from '../../payout/model/event.ts';
import type { Payout } from '../../payout/model/payout.ts';
import type { Due } from '../../payout/policy/schedule.ts';
import type { AppContext } from '../context.ts';

export type Change = {
  event: EventKind;
  before: Payout;
  after: Payout;
  /** Of the row, as it was committed. */
  revision: number;
  /** The time of its entry in the journal, in milliseconds since 1970. */
  at: number;
  /** One plain sentence. */
  says: string;
  due: Due | null;
  /** How many letters to the platform came of it. */
  letters: number;
};

function logChange(app: AppContext, { event, before, after, says }: Change): void {
  const fields = {
    payoutId: after.id,
    event,
    from: before.status,
    to: after.status,
    version: after.version,
  };
  if (before.version === after.version) app.log.debug(fields, says);
  else app.log.info(fields, says);
}

/** Announces a committed change. */
export function announce(app: AppContext, change: Change): void {
  const { before, after, revision, at, due, letters } = change;
  app.onCommitted?.(after.id, revision, at);
  logChange(app, change);
  if (after.version !== before.version) app.onChange?.(after.id, after.version);
  if (after.status !== before.status) app.observe.entered(after.status);
  if (due !== null) app.onDue(after.endpoint, due.at - app.clock.now());
  if (letters > 0) app.onLetters?.(0);
}
