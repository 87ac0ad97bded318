/**
 * What `npm run payout -- doctor` reads from the database. Nothing here writes. What a result means
 * is decided in service/doctor/database.ts.
 */

import type { Queryable } from './database/pool.ts';

export type ServerFacts = {
  version: string;
  role: string;
  /** Settings that the role or the database brings to each session, as "name=value". */
  settings: string[];
};

/** The facts of the server and of the role that is connected. */
export async function readServerFacts(db: Queryable): Promise<ServerFacts> {
  const { rows } = await db.query<{
    version: string;
    role: string;
    settings: string[] | null;
  }>({
    text: `select current_setting('server_version') as version,
      current_user as role,
      (select array_agg(distinct setting order by setting)
        from pg_db_role_setting s, unnest(s.setconfig) as setting
        where s.setrole in (0, (select oid from pg_roles where rolname = current_user))
          and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
      ) as settings`,
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the server did not describe itself');
  return {
    version: row.version,
    role: row.role,
    settings: row.settings ?? [],
  };
}

/** How many of the newest payouts are looked at: a page of the index takes milliseconds. */
const SAMPLE = 1000;

export type SealedSample = { keyId: string; payoutId: string; sealed: Uint8Array };

/**
 * The newest payout for each data key that sealed one of the newest thousand receivers. The format
 * of a sealed receiver is decided in payouts/receiver-seal.ts.
 */
export async function sampleReceivers(db: Queryable): Promise<SealedSample[]> {
  const { rows } = await db.query<{ key_id: string; id: string; receiver: Uint8Array }>({
    text: `select distinct on (key_id) key_id, id, receiver
      from (
        select id, receiver, created_at,
          encode(substring(receiver from 3 for get_byte(receiver, 1)), 'escape') as key_id
        from (
          select id, receiver, created_at from payouts
          where octet_length(receiver) > 2 order by created_at desc, id desc limit ${SAMPLE}
        ) newest
      ) sealed
      order by key_id, created_at desc`,
  });
  return rows.map(({ key_id: keyId, id: payoutId, receiver: sealed }) => ({
    keyId,
    payoutId,
    sealed,
  }));
}

/** Open payouts by the endpoint that they were created for. */
export async function countOpenByEndpoint(
  db: Queryable,
): Promise<{ endpoint: string; count: number }[]> {
  const { rows } = await db.query<{ endpoint: string; count: number }>({
    text: `select endpoint, count(*)::int as count from payouts
      where finalized_at is null group by endpoint order by endpoint`,
  });
  return rows;
}
