/**
 * The parameters of DATABASE_URL, after its question mark. What the service sets itself, and what
 * would weaken it, is refused by name. The files that they name are read by
 * `store/database/client-options.ts`.
 */

/** How the connection is encrypted, and what of the server is verified. */
export type Tls = {
  /** `authority`: who signed the certificate; `name`: also that it is for this host. */
  verifies: 'nothing' | 'authority' | 'name';
  /** File of the certificates that are trusted; null for those of Node. */
  authorityFile: string | null;
  /** Files by which the service identifies itself; null where it does not. */
  own: { certificateFile: string; keyFile: string } | null;
};

export type Parameters =
  | { kind: 'parameters'; socketFolder: string | null; options: string; tls: Tls | null }
  | { kind: 'problem'; problem: string };

const TAKEN = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'options', 'host'];

const BEFORE = 'write it before the ?, as in postgres://USER:PASSWORD@HOST:5432/DATABASE';
const SET_BY_US = 'leave it out, the service sets it';

/** What to do instead, for parameters that other programs take. */
const ADVICE: Readonly<Record<string, string>> = {
  target_session_attrs: 'leave it out, a server that takes no writes is refused anyway',
  ssl: 'write sslmode=verify-full, require or disable',
  user: BEFORE,
  password: BEFORE,
  port: BEFORE,
  dbname: BEFORE,
  application_name: SET_BY_US,
  connect_timeout: SET_BY_US,
  statement_timeout: SET_BY_US,
  lock_timeout: SET_BY_US,
  query_timeout: SET_BY_US,
  idle_in_transaction_session_timeout: SET_BY_US,
  client_encoding: SET_BY_US,
};

const MODES: Readonly<Record<string, Tls['verifies'] | 'no-tls'>> = {
  disable: 'no-tls',
  require: 'nothing',
  'no-verify': 'nothing',
  'verify-ca': 'authority',
  'verify-full': 'name',
};

/** A problem completes a sentence that begins with DATABASE_URL. */
export function readParameters(query: string): Parameters {
  const given = new URLSearchParams(query);
  const names = [...given.keys()];
  const other = names.find((name) => !TAKEN.includes(name));
  if (other !== undefined) return problem(adviceFor(other));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return problem(`has ${twice} twice: leave one out`);
  const host = given.get('host');
  if (host !== null && !host.startsWith('/')) {
    if (host.includes(',')) return problem('has several hosts in host: write one, before the ?');
    return problem(`has the parameter host, which is for the folder of a socket: ${BEFORE}`);
  }
  const tls = readTls(given);
  if (typeof tls === 'string') return problem(tls);
  return { kind: 'parameters', socketFolder: host, options: given.get('options') ?? '', tls };
}

const problem = (text: string): Parameters => ({ kind: 'problem', problem: text });

/** Names only what looks like a name: another text may be a part of the password. */
function adviceFor(name: string): string {
  if (!/^[a-z_]{1,40}$/.test(name)) {
    return `has a parameter that is not known; known are ${TAKEN.join(', ')}`;
  }
  const advice = Object.hasOwn(ADVICE, name) ? ADVICE[name] : undefined;
  return `has the parameter ${name}: ${advice ?? `leave it out; known are ${TAKEN.join(', ')}`}`;
}

/** The encryption, null for none, or a problem. */
function readTls(given: URLSearchParams): Tls | null | string {
  const mode = given.get('sslmode');
  const authority = given.get('sslrootcert') || null;
  const certificateFile = given.get('sslcert') || null;
  const keyFile = given.get('sslkey') || null;
  if (mode === null) {
    const files = authority ?? certificateFile ?? keyFile;
    return files === null ? null : 'names files of TLS without sslmode: add sslmode=verify-full';
  }
  if (mode === 'prefer' || mode === 'allow') {
    return `has sslmode=${mode}, which may send everything in clear: write verify-full, or disable`;
  }
  const verifies = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  if (verifies === undefined) {
    return 'has an sslmode that is not known: write verify-full, verify-ca, require or disable';
  }
  if (verifies === 'no-tls') return null;
  if ((certificateFile === null) !== (keyFile === null)) {
    return 'has only one of sslcert and sslkey: write both, or none';
  }
  const own = certificateFile === null || keyFile === null ? null : { certificateFile, keyFile };
  const authorityFile = authority === 'system' ? null : authority;
  if (authority === null && verifies === 'authority') {
    return 'has sslmode=verify-ca without sslrootcert: add its file, or write verify-full';
  }
  // As PostgreSQL's own programs do it: any name may have a certificate of a public authority, and
  // an authority that was named is meant to be verified.
  if (authority === 'system') return { verifies: 'name', authorityFile, own };
  const isNamed = verifies === 'nothing' && mode === 'require' && authority !== null;
  return { verifies: isNamed ? 'authority' : verifies, authorityFile, own };
}
