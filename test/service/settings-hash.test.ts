/**
 * The hash by which refusals under other settings are told apart. A change of any setting that may
 * be wrong has to show in it, and no secret may be read out of it.
 */

import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSecret } from '../../src/lib/secret.ts';
import { settingsHash } from '../../src/service/configured-gateway.ts';

const newKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const settings: Parameters<typeof settingsHash>[0] = {
  baseUrl: 'https://gateway.test/paynet',
  endpoint: { name: 'default', kind: 'endpoint', id: '123' },
  login: 'merchant',
  controlKey: createSecret('control key'),
  privateKey: newKey(),
};

test('it is the same for the same settings', () => {
  const again = { ...settings, controlKey: createSecret('control key') };
  expect(settingsHash(again)).toBe(settingsHash(settings));
});

test.each<[string, Partial<typeof settings>]>([
  ['base URL', { baseUrl: 'https://other.test/paynet' }],
  ['endpoint number', { endpoint: { name: 'default', kind: 'endpoint', id: '124' } }],
  ['kind of endpoint', { endpoint: { name: 'default', kind: 'group', id: '123' } }],
  ['login', { login: 'another' }],
  ['control key', { controlKey: createSecret('another key') }],
  ['private key', { privateKey: newKey() }],
])('another %s is another hash', (_what, changes) => {
  expect(settingsHash({ ...settings, ...changes })).not.toBe(settingsHash(settings));
});
