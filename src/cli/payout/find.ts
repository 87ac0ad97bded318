/**
 * Finds the payout that somebody typed: by its id, or by the platform's reference.
 */

import type { Flow } from '../../flow/flow.ts';
import { payoutIdPattern } from '../../lib/ids.ts';
import { findByReference, findPayout } from '../../store/payouts.ts';
import type { StoredPayout } from '../../store/rows.ts';
import { CommandFailed } from './command.ts';

/** Throws where there is none. */
export async function findTyped({ db }: Flow, text: string | undefined): Promise<StoredPayout> {
  const typed = text ?? '';
  const byId = payoutIdPattern.test(typed) ? await findPayout(db, typed) : null;
  const found = byId ?? (await findByReference(db, typed));
  if (found === null) throw new CommandFailed(`There is no payout ${typed}.`);
  return found;
}
