/**
 * What tells one database history from another: the server, the database in it, the payouts table,
 * and the timeline of the write-ahead log. This file reads and compares them; `epoch.ts` decides
 * what follows from a difference.
 *
 * Privileges: to_regclass, pg_database and the write-ahead log functions are open to every role,
 * and so is pg_control_system() as PostgreSQL installs it. Where a function is missing (another
 * engine) or revoked, its part is null, and a part that is null on either side is not compared.
 */

import type { Queryable } from '../database/pool.ts';

export type Fingerprint = {
  /** pg_control_system(): one number for all copies of one cluster, standbys included. */
  systemIdentifier: string | null;
  /** Differs after each `create database`, also from a template. */
  databaseOid: string | null;
  /** Differs where the table was dropped and restored. */
  payoutsOid: string | null;
  /** Eight hexadecimal digits; grows with each promotion and point-in-time recovery. */
  timeline: string | null;
};

export const fingerprintParts = [
  'systemIdentifier',
  'databaseOid',
  'payoutsOid',
  'timeline',
] as const satisfies readonly (keyof Fingerprint)[];

export type FingerprintPart = (typeof fingerprintParts)[number];

/** Which functions this role may call on this server; this does not change during a connection. */
export type FingerprintAccess = { control: boolean; log: boolean };

/** Looks functions up by name, so that a missing or revoked one gives an answer and no error. */
export async function readFingerprintAccess(db: Queryable): Promise<FingerprintAccess> {
  const { rows } = await db.query<FingerprintAccess>({
    name: 'fingerprint-access',
    text: `select
        coalesce(has_function_privilege(to_regprocedure('pg_control_system()'), 'execute'), false)
          as control,
        coalesce(has_function_privilege(to_regprocedure('pg_current_wal_lsn()'), 'execute')
          and has_function_privilege(to_regprocedure('pg_walfile_name(pg_lsn)'), 'execute')
          and has_function_privilege(to_regprocedure('pg_is_in_recovery()'), 'execute'), false)
          as log`,
  });
  return rows[0] ?? { control: false, log: false };
}

/** The present fingerprint as columns of a statement, named found_… */
export const fingerprintColumns = ({ control, log }: FingerprintAccess): string => `
  ${control ? '(select system_identifier::text from pg_control_system())' : 'null::text'}
    as found_system,
  (select oid::text from pg_database where datname = current_database()) as found_database,
  to_regclass('payouts')::oid::text as found_payouts,
  ${
    // A server in recovery has no position of its own.
    log
      ? `case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end`
      : 'null::text'
  } as found_timeline`;

export type FoundColumns = {
  found_system: string | null;
  found_database: string | null;
  found_payouts: string | null;
  found_timeline: string | null;
};

export const toFingerprint = (row: FoundColumns): Fingerprint => ({
  systemIdentifier: row.found_system,
  databaseOid: row.found_database,
  payoutsOid: row.found_payouts,
  timeline: row.found_timeline,
});

/** The parts that are known on both sides and differ. */
export const differingParts = (stored: Fingerprint, found: Fingerprint): FingerprintPart[] =>
  fingerprintParts.filter(
    (part) => stored[part] !== null && found[part] !== null && stored[part] !== found[part],
  );

/** The parts that were not known before and are now. */
export const newlyKnownParts = (stored: Fingerprint, found: Fingerprint): FingerprintPart[] =>
  fingerprintParts.filter((part) => stored[part] === null && found[part] !== null);
