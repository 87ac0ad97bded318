import { createVerify, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import {
  createAuthorize,
  normalizeParameters,
  percentEncode,
  signatureBaseString,
} from '../../src/payneteasy/signature.ts';
import { baseStrings, pairs, percentEncodings, signaturePublicKey, signatures } from './vectors.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('percent encoding', () => {
  test.each(percentEncodings)('of "$input"', ({ input, expected }) => {
    expect(percentEncode(input)).toBe(expected);
  });

  test('replaces half a character as a form does, and never throws', () => {
    expect(percentEncode('a\uD800')).toBe('a%EF%BF%BD');
    expect(new URLSearchParams([['a', 'a\uD800']]).toString()).toBe('a=a%EF%BF%BD');
  });
});

describe('the base string', () => {
  test.each(baseStrings)('$id', ({ input, expectedNormalizedParameters, expectedBaseString }) => {
    const parameters = pairs(input.params);
    expect(normalizeParameters(parameters)).toBe(expectedNormalizedParameters);
    const url = new URL(input.url ?? 'https://gateway.example/');
    const whole = signatureBaseString(input.method ?? 'POST', url, parameters);
    expect(whole).toBe(expectedBaseString ?? whole);
    expect(whole).toMatch(/^POST&https%3A%2F%2Fgateway\.example/);
  });

  test.each(signatures)('$id', ({ input, expected }) => {
    const parameters = pairs({ ...input.bodyParams, ...input.oauthParams });
    expect(normalizeParameters(parameters)).toBe(expected.normalizedParameters);
    const whole = signatureBaseString(input.method, new URL(input.url), parameters);
    expect(whole).toBe(expected.signatureBaseString);
    const signature = Buffer.from(expected.signatureBase64, 'base64');
    expect(verify('sha256', Buffer.from(whole), signaturePublicKey, signature)).toBe(true);
  });

  test('sorts a repeated name by value and leaves out query and default port', () => {
    const url = new URL('HTTPS://Gateway.Example:443/Path?a=1');
    expect(
      signatureBaseString('post', url, [
        ['b', '2'],
        ['b', '10'],
      ]),
    ).toBe('POST&https%3A%2F%2Fgateway.example%2FPath&b%3D10%26b%3D2');
  });
});

describe('the Authorization header', () => {
  test.each(signatures)('has the form of $id and a signature that verifies', async (vector) => {
    const { input, expected } = vector;
    const authorize = createAuthorize(input.oauthParams.oauth_consumer_key, privateKey);
    const request = {
      method: 'POST',
      url: new URL(input.url),
      body: pairs(input.bodyParams),
      nonce: input.oauthParams.oauth_nonce,
      timestampSeconds: Number(input.oauthParams.oauth_timestamp),
    } as const;
    const header = await authorize(request);
    expect(await authorize(request)).toBe(header);
    const [, before = '', encoded = ''] = /^(.*oauth_signature=")([^"]+)"$/.exec(header) ?? [];
    expect(expected.authorizationHeader.startsWith(before)).toBe(true);
    expect(before).toContain('oauth_version="1.0"');
    const verifier = createVerify('sha256').update(expected.signatureBaseString);
    expect(verifier.verify(publicKey, decodeURIComponent(encoded), 'base64')).toBe(true);
  });
});

describe('a private key is refused at start', () => {
  test('when it is shorter than 2048 bits', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    expect(() => createAuthorize('x', short)).toThrow(/2048/);
  });

  test('when it is no RSA key', () => {
    const other = generateKeyPairSync('ed25519').privateKey;
    expect(() => createAuthorize('x', other)).toThrow(/RSA/);
  });
});
