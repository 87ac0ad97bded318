/**
 * The identity of a gateway is the same however its address is written, and another one as soon as
 * orders may be others.
 */

import { expect, test } from 'vitest';
import { gatewayIdentity } from '../../src/payneteasy/gateway.ts';

const address = {
  baseUrl: 'https://gate.example.com/paynet',
  endpoint: { kind: 'endpoint' as const, id: '123' },
  login: 'merchant one',
};

test('it names host and path, endpoint and login', () => {
  expect(gatewayIdentity(address)).toBe(
    'https://gate.example.com/paynet endpoint/123 merchant one',
  );
  expect(gatewayIdentity({ ...address, endpoint: { kind: 'group', id: '9' } })).toBe(
    'https://gate.example.com/paynet group/9 merchant one',
  );
});

test.each([
  'https://GATE.example.com/paynet',
  'https://gate.example.com:443/paynet',
  'HTTPS://gate.example.com/paynet/',
  'https://gate.example.com/paynet//',
])('%s is the same gateway', (baseUrl) => {
  expect(gatewayIdentity({ ...address, baseUrl })).toBe(gatewayIdentity(address));
});

test.each([
  { baseUrl: 'https://sandbox.example.com/paynet' },
  { baseUrl: 'https://gate.example.com/Paynet' },
  { baseUrl: 'https://gate.example.com:8443/paynet' },
  { baseUrl: 'http://gate.example.com/paynet' },
  { endpoint: { kind: 'endpoint' as const, id: '124' } },
  { endpoint: { kind: 'group' as const, id: '123' } },
  { login: 'merchant' },
])('%j is another gateway', (changes) => {
  expect(gatewayIdentity({ ...address, ...changes })).not.toBe(gatewayIdentity(address));
});

test('a host alone has no path', () => {
  expect(gatewayIdentity({ ...address, baseUrl: 'http://127.0.0.1:8090/' })).toBe(
    'http://127.0.0.1:8090 endpoint/123 merchant one',
  );
});
