/**
 * What an error of the driver or the server means: the statement was refused, the database is out
 * of reach, or a connection was lost.
 */

import { DatabaseError } from 'pg';
import { DatabaseUnfit } from './session.ts';

/** PostgreSQL's code of an error (`23505`, `55P03`, …); null for anything else. */
export function sqlState(error: unknown): string | null {
  return error instanceof DatabaseError ? (error.code ?? null) : null;
}

/**
 * Whether the server judged a statement and refused it, so that certainly nothing of it is saved. A
 * lost connection (08), a stop of the server or of the statement (57), and 40003 leave that open: a
 * stop may come between a commit and its answer.
 */
export function isRefusal(error: unknown): boolean {
  const state = sqlState(error);
  // No statement is sent to a server that must not be used.
  if (error instanceof DatabaseUnfit) return true;
  return state !== null && !/^(08|57|40003)/.test(state);
}

/** read_only_sql_transaction: the server was made read-only under a session that could write. */
export const READ_ONLY = '25006';

/** lock_not_available: an uncommitted row of another session is in the way. */
export const LOCK_NOT_AVAILABLE = '55P03';

/** feature_not_supported: "cached plan must not change result type". */
export const STALE_PLAN = '0A000';

/** query_canceled: by a person, or after `statement_timeout`. */
export const QUERY_CANCELED = '57014';

const TOO_MANY_CONNECTIONS = '53300';

/** Codes of Node and PostgreSQL for a server that is not there yet, or no longer. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  // cannot_connect_now, admin_shutdown, crash_shutdown, too_many_connections.
  '57P03',
  '57P01',
  '57P02',
  TOO_MANY_CONNECTIONS,
  READ_ONLY,
]);

/**
 * pg has no code for these six; the fourth comes from its pool, which has no free connection. To
 * the last one the server answered an error before it said whether it encrypts.
 */
const WORDS_OF_PG: readonly RegExp[] = [
  /connection terminated/i,
  /timeout expired/i,
  /not queryable/i,
  /timeout exceeded when/i,
  /read timeout/i,
  /error establishing an SSL/i,
];

/** Codes of Node for a certificate or a handshake, the first words of OpenSSL's among them. */
const TLS_CODES =
  /^(?:ERR_(?:TLS|SSL|OSSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_|INVALID_)/;

/** Whether the server was reached, and no encrypted connection to it could be made. */
export function isTlsFailure(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof DatabaseError) return false;
  if ('code' in error) return TLS_CODES.test(String(error.code));
  return /server does not support SSL/.test(error.message);
}

/** These severities end a session or refuse one, whatever the error code is. */
const FATAL = new Set(['FATAL', 'PANIC']);

/**
 * The same by code: connection_exception, authorization (28), no such database, a session that was
 * idle for too long, and operator_intervention. A server with `lc_messages` in Russian or Polish
 * translates the severity, and only a superuser may change that setting.
 */
const FATAL_CODES = /^(?:08|28|3D000|25P0[34]|57P)/;

const isFatal = ({ severity, code }: DatabaseError): boolean =>
  FATAL.has(severity ?? '') || FATAL_CODES.test(code ?? '');

/**
 * Refusals that are not about the statement: transaction_rollback (40: a deadlock),
 * insufficient_resources (53: the disk is full), lock_not_available (55P03), query_canceled (57014:
 * by a person, or after `statement_timeout`), system_error (58), and insufficient_privilege (42501:
 * a grant was revoked while the service runs).
 */
const NOT_OF_THE_STATEMENT = /^(?:40|53|58|55P03|57014|42501)/;

/** Codes of a server that takes no writes, although it may still answer reads. */
const WRITES_REFUSED = /^(?:25006|53100|53400|58)/;

/** Whether the server refused a write that it would refuse from every other caller as well. */
export const isWriteRefused = (error: unknown): boolean =>
  WRITES_REFUSED.test(sqlState(error) ?? '');

/**
 * Whether the database is away, ended or refused the session, or lacks what it needs, so that the
 * same request may succeed later. The start waits only for a database that {@link isUnreachable}:
 * a wrong password, for example, is an operator's to correct.
 */
export function isUnavailable(error: unknown): boolean {
  if (isUnreachable(error) || isTlsFailure(error)) return true;
  if (!(error instanceof DatabaseError)) return false;
  return isFatal(error) || NOT_OF_THE_STATEMENT.test(error.code ?? '');
}

/**
 * Whether the error means that the database is away, and not that it refuses us or the statement.
 */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isUnreachable);
  if (!(error instanceof Error)) return false;
  if (error instanceof DatabaseUnfit) return true;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return UNREACHABLE.has(code);
  return WORDS_OF_PG.some((words) => words.test(error.message));
}

/** The server answered, or the pool has no free connection: no connection is lost by either. */
const NOT_LOST = /timeout exceeded when trying to connect/i;

/** Whether a connection, or every way to one, was lost with this error. */
export function isLost(error: unknown): boolean {
  if (error instanceof DatabaseUnfit) return false;
  if (error instanceof DatabaseError) {
    return isFatal(error) && error.code !== TOO_MANY_CONNECTIONS;
  }
  return isUnreachable(error) && !(error instanceof Error && NOT_LOST.test(error.message));
}
