/** A complete environment for the tests of the configuration, with keys made for this run. */

import { generateKeyPairSync } from 'node:crypto';
import { loadConfig } from '../../src/config/config.ts';

export const pemOf = (bits: number): string =>
  generateKeyPairSync('rsa', { modulusLength: bits })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

export const PRIVATE_KEY = pemOf(2048);

export const complete: Readonly<Record<string, string>> = {
  PUBLIC_BASE_URL: 'https://pay.example.com',
  INSTALLATION_NAME: 'main',
  PAYNETEASY_BASE_URL: 'https://sandbox.payneteasy.com/paynet',
  PAYNETEASY_ENDPOINT_ID: '1234',
  PAYNETEASY_LOGIN: 'merchant',
  PAYNETEASY_CONTROL_KEY: 'canary-control-key',
  PAYNETEASY_PRIVATE_KEY: PRIVATE_KEY,
  API_KEYS: JSON.stringify([
    { name: 'platform', sha256: 'a'.repeat(64), scopes: ['payouts:read', 'payouts:write'] },
  ]),
  DATA_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  ROW_KEY: `r1:${Buffer.alloc(32, 8).toString('base64')}`,
};

/** Loads the complete environment with changes; an undefined value unsets a variable. */
export function load(
  changes: Record<string, string | undefined> = {},
  files: Record<string, string> = {},
) {
  return loadConfig({ ...complete, ...changes }, (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('canary'), { code: 'ENOENT' });
    return text;
  });
}

export function problemsOf(...args: Parameters<typeof load>): string[] {
  const loaded = load(...args);
  return loaded.kind === 'problems' ? loaded.problems : [];
}

export function configOf(...args: Parameters<typeof load>) {
  const loaded = load(...args);
  if (loaded.kind === 'problems') throw new Error(loaded.problems.join('\n'));
  return loaded;
}
