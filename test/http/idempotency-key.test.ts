import { describe, expect, it } from 'vitest';
import { parseIdempotencyKey, requireIdempotencyKey } from '../../src/http/request-headers.ts';

describe('the Idempotency-Key', () => {
  it.each([
    ['5f1c-8a', '5f1c-8a'],
    ['"5f1c-8a"', '5f1c-8a'],
    ['  5f1c-8a ', '5f1c-8a'],
    ['a "b" c', 'a "b" c'],
    ['"a \\"b\\" \\\\ c"', 'a "b" \\ c'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('%s is the key %s', (header, key) => {
    expect(parseIdempotencyKey(header)).toEqual({ kind: 'key', key });
    expect(requireIdempotencyKey(header)).toBe(key);
  });

  it.each([
    ['longer than 255', 'x'.repeat(256)],
    ['empty in quotes', '""'],
    ['without a closing quote', '"abc'],
    ['quoted twice', '"a", "b"'],
    ['with a parameter', '"a";b=1'],
    ['with an unknown escape', '"a\\n"'],
    ['not ASCII', 'schlüssel'],
    ['with a control character', 'a\tb'],
    ['sent as a list', ['a', 'b']],
  ])('%s is invalid', (_what, header) => {
    expect(parseIdempotencyKey(header)).toEqual({ kind: 'invalid' });
    expect(() => requireIdempotencyKey(header)).toThrow('IDEMPOTENCY_KEY_INVALID');
  });

  it.each([undefined, '', '  '])('%j is missing', (header) => {
    expect(parseIdempotencyKey(header)).toEqual({ kind: 'missing' });
    expect(() => requireIdempotencyKey(header)).toThrow('IDEMPOTENCY_KEY_MISSING');
  });
});
