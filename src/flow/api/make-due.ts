/**
 * Makes a payout due now, at an operator's request. What happens then is decided by the stored row
 * as always, in payout/policy/schedule.ts: the gateway is polled, and no command is sent that would
 * not have been sent anyway.
 */

import type { AppContext } from '../context.ts';
import { applyEvent } from '../write/apply-event.ts';
import type { Actor } from '../actor.ts';
import { answerTo } from './command-payout.ts';
import { readPayout } from './queries.ts';

/**
 * The next due time, in milliseconds since 1970; null where nothing is open. Throws
 * PAYOUT_NOT_FOUND.
 */
export async function makeDue(
  app: AppContext,
  payoutId: string,
  { by, key }: Actor,
): Promise<number | null> {
  const stored = await readPayout(app, payoutId);
  const event = { kind: 'look_asked', by } as const;
  const applied = await applyEvent(app, { payoutId, stored, event, key });
  answerTo(event, payoutId, applied);
  return applied.kind === 'applied' ? (applied.change.due?.at ?? null) : null;
}
