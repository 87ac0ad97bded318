/**
 * `npm run keygen -- --name platform --scopes payouts:read,payouts:write`: makes an API key. It
 * prints the key once, next to its entry for API_KEYS, which holds only the key's hash. It stores
 * nothing. Which entries are valid is decided in config/secrets.ts.
 */

import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type ApiKey, hashApiKey, PERSON, type Scope, scopes } from '../lib/api-key.ts';

/** 256 bits cannot be guessed, so one plain hash is enough to store. */
const KEY_BYTES = 32;

/** The names that API_KEYS accepts. */
const NAME = /^[A-Za-z0-9._-]{1,50}$/;

const USAGE = `Usage: npm run keygen -- --name NAME [--scopes A,B] [--release on_authorization]
                        [--person NAME]

  --name      the client that uses the key; shown in its journal entries and log lines
  --scopes    any of ${scopes.join(', ')};
              payouts:read,payouts:write by default
  --person    the operator whose key it is; commands by it then take no other name
  --release   on_authorization: this key cannot create payouts with release automatic
`;

export type Made = { kind: 'key'; key: string; entry: ApiKey } | { kind: 'usage'; problem: string };

const isScope = (text: string): text is Scope => scopes.some((scope) => scope === text);

/** A new key as the arguments describe it, or the problem with them. */
export function makeKey(args: readonly string[]): Made {
  const options = {
    name: { type: 'string' },
    scopes: { type: 'string', default: 'payouts:read,payouts:write' },
    release: { type: 'string' },
    person: { type: 'string' },
  } as const;
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    return { kind: 'usage', problem: error instanceof Error ? error.message : String(error) };
  }
  const { name, release, person } = values;
  const wanted = values.scopes.split(',').map((scope) => scope.trim());
  const unknown = wanted.filter((scope) => !isScope(scope));
  if (name === undefined) return { kind: 'usage', problem: '--name is required.' };
  if (!NAME.test(name))
    return { kind: 'usage', problem: '--name must be 1-50 of A-Z a-z 0-9 . _ -' };
  if (unknown.length > 0)
    return { kind: 'usage', problem: `--scopes has unknown scopes: ${unknown.join(', ')}.` };
  if (release !== undefined && release !== 'on_authorization') {
    return { kind: 'usage', problem: '--release accepts only on_authorization.' };
  }
  if (person !== undefined && !PERSON.test(person)) {
    return { kind: 'usage', problem: '--person must be a name of 1-100 characters.' };
  }
  const key = `payout_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const entry: ApiKey = {
    name,
    sha256: hashApiKey(key),
    scopes: wanted.filter(isScope),
    ...(release === undefined ? {} : { release }),
    ...(person === undefined ? {} : { person }),
  };
  return { kind: 'key', key, entry };
}

if (import.meta.main) {
  const made = makeKey(process.argv.slice(2));
  if (made.kind === 'usage') {
    process.stderr.write(`${made.problem}\n\n${USAGE}`);
    process.exitCode = 1;
  } else {
    process.stdout.write(`The API key. Give it to its client only; it cannot be shown again:

  ${made.key}

Its entry for the list in API_KEYS. To rotate a key, give the new key another name, and keep the old
entry until every client uses the new key:

  ${JSON.stringify(made.entry)}
`);
  }
}
