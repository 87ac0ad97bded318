/**
 * Tells this process of a change that is on disk: the log, the metrics, and whoever waits for a due
 * time, a letter or a version. Never before the commit, since a change may still be taken back.
 */

import type { EventKind } from '../../payout/model/event.ts';
import type { Payout } from '../../payout/model/payout.ts';
import type { Due } from '../../payout/policy/schedule.ts';
import type { Flow } from '../context.ts';

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

function logChange(flow: Flow, { event, before, after, says }: Change): void {
  const fields = {
    payoutId: after.id,
    event,
    from: before.status,
    to: after.status,
    version: after.version,
  };
  if (before.version === after.version) flow.log.debug(fields, says);
  else flow.log.info(fields, says);
}

/** Announces a committed change. */
export function announce(flow: Flow, change: Change): void {
  const { before, after, revision, at, due, letters } = change;
  flow.onCommitted?.(after.id, revision, at);
  logChange(flow, change);
  if (after.version !== before.version) flow.onChange?.(after.id, after.version);
  if (after.status !== before.status) flow.observe.entered(after.status);
  if (due !== null) flow.onDue(after.endpoint, due.at - flow.clock.now());
  if (letters > 0) flow.onLetters?.(0);
}
