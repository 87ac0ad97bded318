/**
 * Finds the payout that the operator typed, by its id or by the platform's reference.
 */

import type { AppContext } from '../../flow/context.ts';
import { payoutIdPattern } from '../../lib/typeid.ts';
import { findByReference, findPayout, findShown } from '../../store/payouts/payouts.ts';
import type { ShownPayout, StoredPayout } from '../../store/payouts/rows.ts';
import { CommandFailed } from './command.ts';

/** A payout to act on. Throws where there is none, or where its row is of a newer version. */
export async function findTyped(
  { db }: AppContext,
  text: string | undefined,
): Promise<StoredPayout> {
  const typed = text ?? '';
  const byId = payoutIdPattern.test(typed) ? await findPayout(db, typed) : null;
  return orFail(typed, byId ?? (await findByReference(db, typed)));
}

/** A payout to show. Throws where there is none. */
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
