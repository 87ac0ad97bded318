/**
 * The keys of `DATA_KEYS` that have sealed receivers in this database, each with something that it
 * has sealed. `service/data-keys.ts` compares them with the configured ones.
 */

import type { Queryable } from './database/pool.ts';

export type KnownDataKey = {
  id: string;
  /** A text that the key has sealed; null for a key from before these records. */
  proof: Uint8Array | null;
  /** A payout whose receiver it has sealed; null where a proof was stored with it. */
  payout: { id: string; receiver: Uint8Array } | null;
};

export async function listDataKeys(db: Queryable): Promise<KnownDataKey[]> {
  const { rows } = await db.query<{
    id: string;
    proof: Uint8Array | null;
    payout_id: string | null;
    receiver: Uint8Array | null;
  }>({
    name: 'list-data-keys',
    text: `select k.id, k.proof, p.id as payout_id, p.receiver
      from data_keys k left join payouts p on p.id = k.payout_id and k.proof is null
      order by k.id`,
  });
  return rows.map(({ id, proof, payout_id: payoutId, receiver }) => ({
    id,
    proof,
    payout: payoutId === null || receiver === null ? null : { id: payoutId, receiver },
  }));
}

/** Stores the proof of a key. A proof that is stored already stays: it is of an earlier start. */
export async function recordDataKey(db: Queryable, id: string, proof: Uint8Array): Promise<void> {
  await db.query({
    name: 'record-data-key',
    text: `insert into data_keys (id, proof) values ($1, $2)
      on conflict (id) do update set proof = coalesce(data_keys.proof, excluded.proof)`,
    values: [id, proof],
  });
}
