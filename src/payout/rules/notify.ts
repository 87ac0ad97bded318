/**
 * The status letters of a decision. The platform is notified of each letter once in a payout's
 * life, so a rule names every letter that is due by then, and only the missing ones are sent. The
 * notifications are made in flow/write/notifications-of.ts.
 */

import { applied, type Decision } from '../model/decision.ts';
import type { Letter } from '../model/letter.ts';
import type { Payout } from '../model/payout.ts';
import { remember } from '../policy/attempts-and-polls.ts';

/**
 * An applied decision with those of the wanted letters, in this order, that were not sent before.
 */
export function notify(payout: Payout, summary: string, ...wanted: Letter[]): Decision {
  const { lettersSent } = payout.tracking;
  // guard: every-letter
  const letters = wanted.filter((letter) => !lettersSent.includes(letter));
  if (letters.length === 0) return applied(payout, summary);
  const next = remember(payout, { lettersSent: lettersSent + letters.join('') });
  return applied(next, summary, ...letters);
}
