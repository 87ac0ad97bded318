/**
 * Finds the payout that somebody typed: by its id, or by the platform's reference.
 */

import type { AppContext } from '../../flow/context.ts';
import { payoutIdPattern } from '../../lib/typeid.ts';
import { findByReference, findPayout, findShown } from '../../store/payouts/payouts.ts';
import type { ShownPayout, StoredPayout } from '../../store/payouts/rows.ts';
import { CommandFailed } from './command.ts';

/** To act on; throws where there is none, or a newer version has to. */
export async function findTyped(
  { db }: AppContext,
  text: string | undefined,
): Promise<StoredPayout> {
  const typed = text ?? '';
  const byId = payoutIdPattern.test(typed) ? await findPayout(db, typed) : null;
  return orFail(typed, byId ?? (await findByReference(db, typed)));
}

/** To show; throws where there is none. */
export async function showTyped(
  { db }: AppContext,
  text: string | undefined,
): Promise<ShownPayout> {
  const typed = text ?? '';
  return orFail(typed, await findShown(db, typed));
}

function orFail<T>(typed: string, found: T | null): T {
  if (found === null) throw new CommandFailed(`There is no payout ${typed}.`);
  return found;
}
