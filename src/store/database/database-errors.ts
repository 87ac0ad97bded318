/**
 * What an error of the driver or the server means: refused, out of reach, or a lost connection.
 */

import { DatabaseError } from 'pg';
import { DatabaseUnfit } from './session.ts';

/** PostgreSQL's code of an error (`23505`, `55P03`, …); null for anything else. */
export function sqlState(error: unknown): string | null {
  return error instanceof DatabaseError ? (error.code ?? null) : null;
}

/**
 * Whether the server judged a statement and refused it, so that certainly nothing of it is saved. A
 * lost connection (08), a stop of the server or the statement (57), and 40003 tell nothing: a stop
 * may come between a commit and its answer.
 */
export function isRefusal(error: unknown): boolean {
  const state = sqlState(error);
  // Of a server that must not be used, no statement was asked at all.
  if (error instanceof DatabaseUnfit) return true;
  return state !== null && !/^(08|57|40003)/.test(state);
}

/** lock_not_available: somebody else's uncommitted row is in the way. */
export const LOCK_NOT_AVAILABLE = '55P03';

/** feature_not_supported: "cached plan must not change result type". */
export const STALE_PLAN = '0A000';

const TOO_MANY_CONNECTIONS = '53300';

/** Codes of Node and PostgreSQL that mean: not there yet, or not any more. */
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
  // read_only_sql_transaction: the server was made read-only under a session that could write.
  '25006',
]);

/** pg has no code for these five; the fourth is its pool's, for want of a free connection. */
const WORDS_OF_PG =
  /connection terminated|timeout expired|not queryable|timeout exceeded when|read timeout/i;

/**
 * Whether an error says that the database is away, rather than that it refuses us or the statement.
 */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isUnreachable);
  if (!(error instanceof Error)) return false;
  if (error instanceof DatabaseUnfit) return true;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return UNREACHABLE.has(code);
  return WORDS_OF_PG.test(error.message);
}

/** What ends a session for good, whatever the error code says beside it. */
const FATAL = new Set(['FATAL', 'PANIC']);
/** The server answered, or the pool has no connection free: nothing is lost by either. */
const NOT_LOST = /timeout exceeded when trying to connect/i;

/** Whether a connection, or every way to one, was lost with this error. */
export function isLost(error: unknown): boolean {
  if (error instanceof DatabaseUnfit) return false;
  if (error instanceof DatabaseError) {
    return FATAL.has(error.severity ?? '') && error.code !== TOO_MANY_CONNECTIONS;
  }
  return isUnreachable(error) && !(error instanceof Error && NOT_LOST.test(error.message));
}
