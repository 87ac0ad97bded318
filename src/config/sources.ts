/**
 * The source of a variable's text: the environment, or for a secret the file that NAME_FILE names.
 * Unset and empty are the same, because container tools pass empty variables for unset ones. Which
 * variables are secrets is decided in variables.ts.
 */

import { isSecret, type VariableName, variableNames } from './variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a whole file as UTF-8; throws when it cannot. */
export type ReadFile = (path: string) => string;

export type Source =
  | { kind: 'text'; text: string }
  | { kind: 'absent' }
  | { kind: 'problem'; problem: string };

/** A misspelt name with one of these prefixes would silently leave a default in place. */
const OWN_PREFIXES = ['PAYNETEASY_', 'PRAXIS_'];

/** The largest secret is a list of a hundred API keys, about 20 kB. */
const FILE_TEXT_MAX = 65_536;

export function readSource(name: VariableName, env: Environment, readFile: ReadFile): Source {
  const text = env[name] ?? '';
  const path = isSecret(name) ? (env[`${name}_FILE`] ?? '') : '';
  if (text !== '' && path !== '') {
    return { kind: 'problem', problem: `${name}: is set together with ${name}_FILE; set only one` };
  }
  if (path !== '') return readSecretFile(name, path, readFile);
  return text === '' ? { kind: 'absent' } : { kind: 'text', text };
}

function readSecretFile(name: VariableName, path: string, readFile: ReadFile): Source {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    // Only the system's code is reported: the message might quote the file.
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return { kind: 'problem', problem: `${name}_FILE: cannot be read${code}` };
  }
  if (text.length > FILE_TEXT_MAX) {
    return { kind: 'problem', problem: `${name}_FILE: is larger than ${FILE_TEXT_MAX} characters` };
  }
  const trimmed = text.replace(/(?:\r?\n)+$/, '');
  if (trimmed === '') return { kind: 'problem', problem: `${name}_FILE: is empty` };
  return { kind: 'text', text: trimmed };
}

/** One warning for every unknown variable with a prefix of this service. */
export function warnOfUnknown(env: Environment): string[] {
  const known = new Set<string>(variableNames);
  for (const name of variableNames) if (isSecret(name)) known.add(`${name}_FILE`);
  return Object.keys(env)
    .filter((name) => OWN_PREFIXES.some((prefix) => name.startsWith(prefix)) && !known.has(name))
    .toSorted()
    .map((name) => `${name}: is not a known variable and is ignored; is it misspelt?`);
}

/** By these names many programs are told of a proxy, in either letter case. */
const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'];

/**
 * One warning for every proxy that this machine names. Through a proxy the service could no longer
 * tell a call that certainly did not happen from one whose outcome is unknown, so it uses none.
 */
export function warnOfProxy(env: Environment): string[] {
  return PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()])
    .filter((name) => (env[name] ?? '') !== '')
    .map((name) => `${name}: is not used; gateway and platform are called directly`);
}
