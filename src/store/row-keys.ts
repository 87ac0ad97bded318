/**
 * What the database knows of ROW_KEY: the keys that have made MACs in it, whether payouts without
 * MACs are refused, and the open payouts that still lack theirs. `integrity/row-signer.ts` makes
 * the MACs, and `flow/api/sign-rows.ts` decides which are stored.
 */

import { UNSIGNING_SESSION } from './database/client-options.ts';
import type { Queryable } from './database/pool.ts';
import type { Macs } from './integrity/row-signer.ts';
import { type RawRow, readList } from './payouts/rows.ts';

/** The migration from which on versions sign rows: an older one would write rows without MACs. */
export const SIGNING_SINCE = 10;

export type KnownRowKey = { id: string; proof: string };

export async function listRowKeys(db: Queryable): Promise<KnownRowKey[]> {
  const { rows } = await db.query<KnownRowKey>({
    name: 'list-row-keys',
    text: 'select id, proof from row_keys order by id',
  });
  return rows;
}

/** Stores the proof of a key; one that is stored already stays. */
export async function recordRowKey(db: Queryable, { id, proof }: KnownRowKey): Promise<void> {
  await db.query({
    name: 'record-row-key',
    text: 'insert into row_keys (id, proof) values ($1, $2) on conflict do nothing',
    values: [id, proof],
  });
}

export type Signing = {
  /** Whether payouts without MACs are refused. */
  isDeclared: boolean;
  /** Whether a session is connected that signs nothing: an older version, or without ROW_KEY. */
  hasUnsigningSession: boolean;
  hasPayouts: boolean;
};

export async function readSigning(db: Queryable): Promise<Signing> {
  const { rows } = await db.query<Signing>({
    name: 'read-signing',
    text: `select rows_signed_at is not null as "isDeclared",
        ${UNSIGNING_SESSION} as "hasUnsigningSession",
        exists (select from payouts) as "hasPayouts"
      from installation where id = 1`,
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the row of the installation is missing');
  return row;
}

/** In SQL: whether an open payout lacks a MAC. */
const UNSIGNED = `exists (select from payouts
  where finalized_at is null
    and (row_mac is null or authorization_mac is null or order_mac is null))`;

/**
 * Declares that payouts without MACs are refused from now on, and that no version may start that
 * writes such rows. False where an open payout lacks a MAC, or a session that signs nothing is
 * connected.
 */
export async function declareSigned(db: Queryable, by: string): Promise<boolean> {
  const { rows } = await db.query({
    name: 'declare-rows-signed',
    text: `update installation
      set rows_signed_at = clock_timestamp(), rows_signed_by = $1,
        oldest_reader = greatest(oldest_reader, ${SIGNING_SINCE})
      where id = 1 and not ${UNSIGNING_SESSION} and not ${UNSIGNED}
      returning id`,
    values: [by],
  });
  return rows.length > 0;
}

/** The last row of a batch, after which the next one begins. */
export type Position = { statusSince: Date; id: string };

/** Open payouts of one status in the order of their index, not parsed yet. */
export async function findOpenRows(
  db: Queryable,
  status: string,
  after: Position | null,
  limit: number,
): Promise<RawRow[]> {
  const { rows } = await db.query({
    name: 'find-open-rows',
    text: `select ${readList('payouts')} from payouts
      where finalized_at is null and status = $1
        and (status_since, id) > (coalesce($2::timestamptz, '-infinity'), $3)
      order by status_since, id limit $4`,
    values: [status, after?.statusSince ?? null, after?.id ?? '', limit],
  });
  return rows;
}

export type StoredMacs = { id: string; revision: number; macs: Macs };

/** Stores MACs of rows that have not changed since they were read; returns the ids of these. */
export async function storeMacs(db: Queryable, signed: readonly StoredMacs[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'store-macs',
    // In the order of the ids, like a save of several payouts: see saveText.
    text: `with signed as materialized (
        select id, revision, "row", "authorization", "order"
        from jsonb_to_recordset($1::jsonb) as s(id text, revision int, "row" text,
          "authorization" text, "order" text)
      ), fit as materialized (
        select p.id from payouts p join signed s on s.id = p.id and s.revision = p.revision
        order by p.id for no key update of p
      )
      update payouts p
      set row_mac = s."row", authorization_mac = s."authorization", order_mac = s."order"
      from fit join signed s on s.id = fit.id
      where p.id = fit.id returning p.id`,
    values: [JSON.stringify(signed.map(({ id, revision, macs }) => ({ id, revision, ...macs })))],
  });
  return rows.map(({ id }) => id);
}
