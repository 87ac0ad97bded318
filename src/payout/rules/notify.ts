/**
 * Letters: what a decision tells the platform. Each letter is told once in a payout's life, so a
 * rule names every letter that has to be out by then and only the missing ones go.
 */

import { applied, type Decision } from '../model/decision.ts';
import type { Letter } from '../model/letter.ts';
import type { Payout } from '../model/payout.ts';
import { remember } from '../policy/attempts-and-polls.ts';

/**
 * An applied decision with those of the wanted letters, in this order, that were not told before.
 */
export function notify(payout: Payout, says: string, ...wanted: Letter[]): Decision {
  const { lettersSent } = payout.tracking;
  // guard: every-letter
  const letters = wanted.filter((letter) => !lettersSent.includes(letter));
  if (letters.length === 0) return applied(payout, says);
  const told = remember(payout, { lettersSent: lettersSent + letters.join('') });
  return applied(told, says, ...letters);
}
