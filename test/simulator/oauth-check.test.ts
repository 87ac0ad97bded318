import { describe, expect, it } from 'vitest';
import { createNonceMemory } from '../../src/dev/simulator/gateway/nonce-memory.ts';
import {
  createOauthCheck,
  percentEncode,
  signatureBaseString,
} from '../../src/dev/simulator/gateway/oauth-check.ts';
import { createMerchants } from '../../src/dev/simulator/merchants.ts';
import vectors from './oauth-vectors.json' with { type: 'json' };

type Vector = (typeof vectors.signed)[number];

function checkAt(nowMs: number) {
  const clock = () => nowMs;
  const merchants = createMerchants([
    {
      login: 'merchantlogin',
      controlKey: 'key',
      publicKeyPem: vectors.publicKeyPem,
      endpointIds: ['39915'],
      groupIds: [],
    },
  ]);
  return createOauthCheck({ merchants, nonces: createNonceMemory(clock), clock });
}

function callOf(vector: Vector) {
  const { url, authorization } = vector;
  return { method: 'POST', url, authorization, bodyPairs: Object.entries(vector.body) };
}

describe('percent encoding', () => {
  it.each([
    ["!'()*", '%21%27%28%29%2A'],
    ['John Smith', 'John%20Smith'],
    ['a+b', 'a%2Bb'],
    ['abcXYZ019-._~', 'abcXYZ019-._~'],
  ])('writes %s as %s', (text, expected) => {
    expect(percentEncode(text)).toBe(expected);
  });
});

describe('the base string', () => {
  it.each(vectors.baseStrings)('of $url is the published one', (vector) => {
    const pairs = Object.entries(vector.parameters);
    expect(signatureBaseString(vector.method, vector.url, pairs)).toBe(vector.expected);
  });

  it('sorts a name before a longer one that begins with it, and equal names by value', () => {
    const pairs = [
      ['a1', 'x'],
      ['a', 'z'],
      ['a', 'y'],
    ] as const;
    expect(signatureBaseString('POST', 'http://h/', pairs)).toBe(
      'POST&http%3A%2F%2Fh%2F&a%3Dy%26a%3Dz%26a1%3Dx',
    );
  });
});

describe('the signature check', () => {
  it.each(vectors.signed)('believes $name', (vector) => {
    const verdict = checkAt(Number(vector.timestamp) * 1000)(callOf(vector));
    expect(verdict).toMatchObject({ kind: 'signed', merchant: { login: 'merchantlogin' } });
  });

  it.each(vectors.signed)(
    'refuses $name with another URL, body or an altered signature',
    (vector) => {
      const check = checkAt(Number(vector.timestamp) * 1000);
      const call = callOf(vector);
      const mismatch = { kind: 'forbidden', reason: 'oauth_signature does not match' };
      expect(check({ ...call, url: `${call.url}1` })).toEqual(mismatch);
      expect(check({ ...call, bodyPairs: [...call.bodyPairs, ['more', '']] })).toEqual(mismatch);
      const other = call.authorization.replace(/oauth_signature="..../, 'oauth_signature="AAAA');
      expect(check({ ...call, authorization: other })).toEqual(mismatch);
    },
  );

  it('refuses a nonce the second time, but not one that only a forger has used', () => {
    const [vector] = vectors.signed;
    if (vector === undefined) throw new Error('no vector');
    const check = checkAt(Number(vector.timestamp) * 1000);
    const call = callOf(vector);
    expect(check({ ...call, bodyPairs: [] }).kind).toBe('forbidden');
    expect(check(call).kind).toBe('signed');
    expect(check(call)).toEqual({ kind: 'forbidden', reason: 'oauth_nonce was used before' });
  });

  it.each([
    [300, 'signed'],
    [-300, 'signed'],
    [301, 'forbidden'],
    [-301, 'forbidden'],
  ])('says of a timestamp that is %i seconds away: %s', (seconds, kind) => {
    const [vector] = vectors.signed;
    if (vector === undefined) throw new Error('no vector');
    const check = checkAt((Number(vector.timestamp) + seconds) * 1000);
    expect(check(callOf(vector)).kind).toBe(kind);
  });
});

describe('the memory of nonces', () => {
  it('keeps a nonce for at least ten minutes and forgets it after twenty', () => {
    let now = 0;
    const nonces = createNonceMemory(() => now);
    expect(nonces.isNew('a')).toBe(true);
    now = 600_000;
    expect(nonces.isNew('a')).toBe(false);
    now = 1_200_000;
    expect(nonces.isNew('b')).toBe(true);
    expect(nonces.isNew('a')).toBe(true);
  });

  it('stays bounded when nonces come faster than they age', () => {
    const nonces = createNonceMemory(() => 0, 2);
    const seen = ['a', 'b', 'c', 'd', 'e'].map((nonce) => nonces.isNew(nonce));
    expect(seen).toEqual([true, true, true, true, true]);
    expect(nonces.isNew('c')).toBe(false);
    expect(nonces.isNew('a')).toBe(true);
  });
});
