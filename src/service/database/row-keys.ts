/**
 * ROW_KEY at the start: names every key that has signed rows in this database and is now missing,
 * or has other bytes under the same id, and says whether payouts without MACs are accepted. What a
 * process without a key leaves to others is decided where it would write a row
 * (`flow/write/apply-event.ts`, `flow/api/create-payout.ts`, `payout-runners.ts`).
 */

import type { Config } from '../../config/config.ts';
import type { AppContext } from '../../flow/context.ts';
import {
  createRowSigner,
  RowKeyMissing,
  type RowSigner,
} from '../../store/integrity/row-signer.ts';
import {
  declareSigned,
  type KnownRowKey,
  listRowKeys,
  readSigning,
  recordRowKey,
} from '../../store/row-keys.ts';
import { keyHasChanged, keyIsMissing } from './key-problems.ts';

export const configuredSigner = ({ rowKeys }: Pick<Config, 'rowKeys'>): RowSigner =>
  createRowSigner(rowKeys.map(({ id, key }) => ({ id, key: key.reveal() })));

/** Why a key that has signed rows cannot verify them; null where it can. */
export function problemOfRowKey(rows: RowSigner, { id, proof }: KnownRowKey): string | null {
  const lost = 'the payouts that it has signed are not paid';
  const named = { variable: 'ROW_KEY', id, lost } as const;
  if (!rows.keyIds.includes(id)) return keyIsMissing(named);
  return rows.proofOf(id) === proof ? null : keyHasChanged(named);
}

type Parts = Pick<AppContext, 'db' | 'rows' | 'log'>;

/** Declares an installation without payouts as signed: there is nothing from before. */
async function declareFirst({ db, rows, log }: Parts): Promise<void> {
  const { isDeclared, hasPayouts } = await readSigning(db);
  if (isDeclared) return;
  if (!hasPayouts && (await declareSigned(db, 'the first start'))) {
    rows.require();
    log.info({}, 'Every row of a payout is signed; one without its MACs will not be paid.');
    return;
  }
  log.warn(
    {},
    'Rows are signed from now on, and payouts from before are paid without MACs until npm run ' +
      'payout -- row-key backfill.',
  );
}

/** Records the key that signs, and logs an error for each one that is away. */
export async function startRowKeys(parts: Parts): Promise<void> {
  const { db, rows, log } = parts;
  const [signing] = rows.keyIds;
  if (rows.lacksKey()) log.error({}, `${new RowKeyMissing().message}: this replica does nothing.`);
  if (signing === undefined) return;
  const known = await listRowKeys(db);
  for (const key of known) {
    const problem = problemOfRowKey(rows, key);
    if (problem !== null) log.error({}, problem);
  }
  if (!known.some(({ id }) => id === signing)) {
    await recordRowKey(db, { id: signing, proof: rows.proofOf(signing) });
  }
  await declareFirst(parts);
}

/** The part of the readiness: without a key for signed rows a replica can do nothing. */
export const rowKeyPart = ({ rows }: Pick<AppContext, 'rows'>) => ({
  problem: (): string | null => (rows.lacksKey() ? `${new RowKeyMissing().message}.` : null),
});
