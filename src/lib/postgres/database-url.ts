/**
 * Reads DATABASE_URL into its parts, or names the part that is wrong and what to write instead. A
 * problem never repeats what was written, since that may be the password. The parameters after the
 * question mark are read in `url-parameters.ts`; `store/database/client-options.ts` connects with
 * the result.
 */

import { isIPv6 } from 'node:net';
import { readParameters, type Tls } from './url-parameters.ts';

export type DatabaseAddress = {
  /** A name, an IP address without brackets, or the folder of a Unix socket. */
  host: string;
  port: number;
  user: string;
  /** Empty where the server requires none. */
  password: string;
  database: string;
  /** Command-line options for the session, as in `-c search_path=payouts`; empty for none. */
  options: string;
  /** Null: not encrypted. */
  tls: Tls | null;
};

export type ReadUrl =
  | { kind: 'address'; address: DatabaseAddress }
  /** A sentence without its subject and full stop, such as "names no user: write …". */
  | { kind: 'problem'; problem: string };

/** What each step throws, so that the first problem ends the reading. */
class UrlProblem extends Error {}

const fail = (problem: string): never => {
  throw new UrlProblem(problem);
};

const FORM = 'postgres://USER:PASSWORD@HOST:5432/DATABASE';

const DEFAULT_PORT = 5432;

/** Signs that end the host where they are not written in code. */
const CODES: Readonly<Record<string, string>> = { '/': '%2F', '?': '%3F', '#': '%23' };

/** White space around the text is left out: a file or a form often adds it. */
export function readDatabaseUrl(text: string): ReadUrl {
  try {
    return { kind: 'address', address: readAddress(text.trim()) };
  } catch (error) {
    if (!(error instanceof UrlProblem)) throw error;
    return { kind: 'problem', problem: error.message };
  }
}

function readAddress(text: string): DatabaseAddress {
  if (/^["']/.test(text)) fail('is in quotes: leave them out');
  const [, rest] = /^postgres(?:ql)?:\/\/(.*)$/is.exec(text) ?? [];
  if (rest === undefined)
    return fail(`must begin with postgres:// or postgresql://, as in ${FORM}`);
  if (/[\s\p{Cc}]/u.test(rest)) fail('has white space in it: write %20');
  const { authority, path, query } = split(rest);
  const at = authority.lastIndexOf('@');
  const [user = '', ...password] = authority.slice(0, Math.max(at, 0)).split(':');
  if (user === '') fail(`names no user: write ${FORM}`);
  const parameters = readParameters(query);
  if (parameters.kind === 'problem') return fail(parameters.problem);
  const { socketFolder, options, tls } = parameters;
  const { host, port } = readHost(authority.slice(at + 1), socketFolder);
  const plainUser = decode(user, 'user name');
  return {
    host,
    port,
    user: plainUser,
    password: decode(password.join(':'), 'password'),
    // As PostgreSQL's own programs do it.
    database: decode(path, 'database') || plainUser,
    options,
    // A Unix socket does not leave the machine, and PostgreSQL's own programs never encrypt it.
    tls: host.startsWith('/') ? null : tls,
  };
}

/** Host and user, the database, and the parameters. */
function split(rest: string): { authority: string; path: string; query: string } {
  const end = rest.search(/[/?#]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const tail = rest.slice(authority.length);
  // The sign stood for itself in the user name or the password, and ended the host too early.
  if (tail.includes('@')) {
    const [sign = ''] = tail;
    fail(`has ${sign} in the user name or password: write ${CODES[sign]} (and %40 for an @ in it)`);
  }
  if (tail.includes('#')) fail('has # after the host: write %23');
  const question = tail.indexOf('?');
  const path = question === -1 ? tail : tail.slice(0, question);
  return {
    authority,
    path: path.slice(1),
    query: question === -1 ? '' : tail.slice(question + 1),
  };
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return fail(`has % in the ${part} without the code of a character after it: write %25`);
  }
}

function readHost(text: string, socketFolder: string | null): { host: string; port: number } {
  if (text.includes(',')) {
    fail('names several hosts: write one, the address that follows the primary');
  }
  const [, bracketed, named, digits] = /^(?:\[(.*)\]|([^:[]*))(?::([^:]*))?$/.exec(text) ?? [];
  if (bracketed === undefined && named === undefined) {
    fail('has several colons in the host: write an IPv6 address in brackets, as in [::1]:5432');
  }
  const port = digits === undefined || digits === '' ? DEFAULT_PORT : readPort(digits);
  if (socketFolder !== null) return { host: socketFolder, port };
  if (bracketed !== undefined) {
    if (!isIPv6(bracketed)) fail('has brackets around a host that is no IPv6 address');
    return { host: bracketed, port };
  }
  const host = decode(named ?? '', 'host');
  if (host === '') fail(`names no host: write ${FORM}`);
  if (!host.startsWith('/') && !/^[\p{L}\p{N}._-]+$/u.test(host))
    fail('has a sign in the host that no host name has');
  return { host, port };
}

function readPort(digits: string): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) fail('has a port that is no number from 1 to 65535');
  return port;
}
