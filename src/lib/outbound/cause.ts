/**
 * Why a call has no whole answer, in one word. What a cause means for the outcome of the call is
 * decided in call.ts.
 */

/** Why a call has no whole answer, in one word; it is logged and stored as it is. */
export type OutboundCause =
  | 'connect_timeout'
  | 'closed'
  | 'invalid_request'
  | 'headers_too_large'
  | 'body_cut'
  | 'body_too_large'
  | 'reset'
  | 'tls'
  | 'malformed'
  | 'total_timeout'
  /** The caller's `mayStillSend` stopped it before the first byte. */
  | 'too_late'
  | 'other'
  /** The code of a system error that has no word here, such as ECONNREFUSED. */
  | `E${string}`;

/** Where the call was when it failed: a code means another thing before the write than after. */
export type Stage = 'before_write' | 'before_headers' | 'in_body';

/** The `code` of an error (ECONNREFUSED, UND_ERR_SOCKET …); null for an error without one. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // undici sets no code on this error when the answer is not HTTP from its first byte.
  return error.name === 'HTTPParserError' ? 'HPE_UNKNOWN' : null;
}

const words: Readonly<Record<string, OutboundCause>> = {
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_INVALID_ARG: 'invalid_request',
  UND_ERR_NOT_SUPPORTED: 'invalid_request',
  UND_ERR_HEADERS_OVERFLOW: 'headers_too_large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'body_cut',
  HPE_INVALID_EOF_STATE: 'body_cut',
};

/**
 * Codes with which Node's TLS rejects a server: failed handshakes and every certificate verdict.
 */
const tlsCode =
  /^(EPROTO|ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/;

const lostConnection = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);

const isSystemCode = (code: string): code is `E${string}` => /^E[A-Z_]{2,30}$/.test(code);

/** The word for an error. An unlisted system error keeps its code; the rest is "other". */
export function causeOf(error: unknown, stage: Stage): OutboundCause {
  const code = errorCode(error);
  if (code === null) return 'other';
  if (lostConnection.has(code)) return stage === 'in_body' ? 'body_cut' : 'reset';
  if (code === 'ETIMEDOUT' && stage !== 'before_write') return 'reset';
  const word = words[code];
  if (word !== undefined) return word;
  if (tlsCode.test(code)) return 'tls';
  if (code.startsWith('HPE_')) return 'malformed';
  return isSystemCode(code) ? code : 'other';
}
