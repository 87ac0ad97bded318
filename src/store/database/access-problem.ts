/**
 * Why a server that was reached refuses a connection with this address, in words for the operator:
 * of the start, of the command line and of its doctor.
 * A server that is not reached yet is a matter of `database-errors.ts`.
 */

import { DatabaseError } from 'pg';
import { isTlsFailure } from './database-errors.ts';

/** What to do about a certificate or a handshake, by a part of the code or the words. */
const TLS_ADVICE: readonly (readonly [part: RegExp, advice: string])[] = [
  [/does not support SSL/, 'switch ssl on at the server, or write sslmode=disable'],
  [/ALTNAME/, 'name the host as the certificate does, or write sslmode=verify-ca'],
  [/EXPIRED|NOT_YET_VALID/, 'renew the certificate of the server, or set the clock'],
  [/SELF_SIGNED|ISSUER|LEAF/, 'name the authority of its certificate in sslrootcert'],
  [/PEM|OSSL/, 'check the files in sslrootcert, sslcert and sslkey'],
];

/** What to do about a refusal, by the first characters of its code. */
const REFUSAL_ADVICE: readonly (readonly [code: string, advice: string])[] = [
  ['28P01', 'compare user and password'],
  ['28000', 'compare the user, or allow it in pg_hba.conf'],
  ['3D000', 'create the database, or correct its name'],
];

/**
 * A sentence that begins with DATABASE_URL; null where the error has another cause. It contains
 * what the server said, which names user and database but never the password.
 */
export function accessProblem(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (isTlsFailure(error)) {
    const code = 'code' in error ? String(error.code) : '';
    const advice = TLS_ADVICE.find(([part]) => part.test(`${code} ${error.message}`))?.[1];
    const more = advice === undefined ? '' : `; ${advice}`;
    return `DATABASE_URL: the encrypted connection failed (${error.message})${more}.`;
  }
  if (/client password must be/.test(error.message)) {
    return 'DATABASE_URL: the server requires a password, and the address has none.';
  }
  if (!(error instanceof DatabaseError) || !/^(?:28|3D000)/.test(error.code ?? '')) return null;
  const isPlain = /no encryption/.test(error.message);
  const advice = isPlain
    ? 'with sslmode=verify-full the connection is encrypted'
    : REFUSAL_ADVICE.find(([code]) => code === error.code)?.[1];
  const more = advice === undefined ? '' : `; ${advice}`;
  return `DATABASE_URL: the server refuses the connection (${error.message})${more}.`;
}
