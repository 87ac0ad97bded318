import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { requireVersion } from '../../src/http/request-headers.ts';

const read = (value?: string) =>
  requireVersion({ headers: value === undefined ? {} : { 'if-match': value } } as FastifyRequest);

describe('If-Match', () => {
  it.each([
    ['"3"', [3]],
    ['3', [3]],
    ['W/"3"', [3]],
    ['"3", "4"', [3, 4]],
    [' "3" ,W/"5" ', [3, 5]],
    ['"another"', []],
    ['"0"', []],
    ['"99999999999999999999"', []],
  ])('%s names the versions %j', (header, versions) => {
    expect(read(header)).toEqual(versions);
  });

  it.each([[undefined], ['*'], [' * ']])('%j is met by any version', (header) => {
    expect(read(header)).toBeNull();
  });

  it.each(['', 'abc', '"3', '3, 4', '"3",', "'3'", 'w/"3"'])('%j is refused', (header) => {
    expect(() => read(header)).toThrow('VALIDATION_FAILED');
  });
});
