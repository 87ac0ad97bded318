/**
 * Short, stable words for why a call got no answer. They go into logs, the journal and metrics, so
 * they are made from error codes only: messages can carry addresses, and those can carry secrets.
 */

/** Where the call was when it failed: a code means another thing before the write than after. */
export type Stage = 'before_write' | 'before_headers' | 'in_body';

/** The `code` of an error (ECONNREFUSED, UND_ERR_SOCKET …); null for one that has none. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // undici leaves the code of this one undefined where the answer is not HTTP from its first byte.
  return error.name === 'HTTPParserError' ? 'HPE_UNKNOWN' : null;
}

const words: Readonly<Record<string, string>> = {
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

/** Codes with which Node's TLS refuses a peer: handshake faults and every certificate verdict. */
const tlsCode =
  /^(EPROTO|ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/;

const lostConnection = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);

/** The word for an error. An unlisted system error keeps its code; the rest is "other". */
export function causeOf(error: unknown, stage: Stage): string {
  const code = errorCode(error);
  if (code === null) return 'other';
  if (lostConnection.has(code)) return stage === 'in_body' ? 'body_cut' : 'reset';
  if (code === 'ETIMEDOUT' && stage !== 'before_write') return 'reset';
  const word = words[code];
  if (word !== undefined) return word;
  if (tlsCode.test(code)) return 'tls';
  if (code.startsWith('HPE_')) return 'malformed';
  return /^E[A-Z_]{2,30}$/.test(code) ? code : 'other';
}
