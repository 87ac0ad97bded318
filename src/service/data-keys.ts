/**
 * Names at the start every key of `DATA_KEYS` that has sealed receivers in this database and is now
 * missing, or has other bytes under the same id. The service works without it: those payouts are
 * shown without their receiver, and paid on. `store/data-keys.ts` keeps the records.
 */

import type { AppContext } from '../flow/context.ts';
import { type KnownDataKey, listDataKeys, recordDataKey } from '../store/data-keys.ts';
import { keyHasChanged, keyIsMissing } from './database/key-problems.ts';

/** What a proof is sealed for, in the place of a payout's id: no payout has such an id. */
const proofOf = (id: string): string => `data key ${id}`;

type Parts = Pick<AppContext, 'db' | 'seal' | 'log'>;

/** Whether the configured key of this id opens what the known one has sealed. */
export function hasSameBytes(
  { seal }: Pick<Parts, 'seal'>,
  { id, proof, payout }: KnownDataKey,
): boolean {
  try {
    if (proof !== null) seal.open(proofOf(id), proof);
    else if (payout !== null) seal.open(payout.id, payout.receiver);
    return true;
  } catch {
    return false;
  }
}

/** Logs an error for each key that is away, and records the keys that are there. */
export async function nameDataKeys(parts: Parts): Promise<void> {
  const { db, seal, log } = parts;
  const record = (id: string) => recordDataKey(db, id, seal.sealWith(id, proofOf(id), id));
  const known = await listDataKeys(db);
  for (const key of known) {
    const lost = 'the receivers that it has sealed cannot be read';
    const named = { variable: 'DATA_KEYS', id: key.id, lost } as const;
    if (!seal.keyIds.includes(key.id)) log.error({}, keyIsMissing(named));
    else if (!hasSameBytes(parts, key)) log.error({}, keyHasChanged(named));
    else if (key.proof === null) await record(key.id);
  }
  const [sealing] = seal.keyIds;
  if (sealing !== undefined && !known.some(({ id }) => id === sealing)) await record(sealing);
}
