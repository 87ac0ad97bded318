import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJson } from '../../src/lib/strict-json.ts';

const ANY_DEPTH = 1e6;

const repeats = (text: string) => {
  const scan = scanJson(text, ANY_DEPTH);
  return scan.kind === 'scanned' && scan.repeatsName;
};

/** Values as JSON.stringify writes them, with a member next to each of every object's, maybe. */
function render(value: unknown, before: (name: string) => string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((one) => render(one, before)).join(' , ')}]`;
  const members = Object.entries(value).map(
    ([name, one]) => `${before(name)}${JSON.stringify(name)} : ${render(one, before)}`,
  );
  return `{${members.join(',')}}`;
}

const hasName = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  ((!Array.isArray(value) && Object.keys(value).length > 0) || Object.values(value).some(hasName));

const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });

/** Pieces of JSON in any order: far more often nearly JSON than any text is. */
const junk = fc
  .array(fc.constantFrom('{', '}', '[', ']', ':', ',', '"', '\\', '"a"', '"\\u00', '1', 't', ' '))
  .map((pieces) => pieces.join(''));

describe('scanning JSON', () => {
  it('finds no name twice where every object has each of its names once', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(repeats(render(value, () => ''))).toBe(false);
      }),
    );
  });

  it('finds a name that occurs twice, in whatever object it is and however it is written', () => {
    const escaped = (name: string) =>
      name.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    fc.assert(
      fc.property(json.filter(hasName), (value) => {
        expect(repeats(render(value, (name) => `"${escaped(name)}":[{}],`))).toBe(true);
      }),
    );
  });

  it('distinguishes one name in two objects, and a name from a text', () => {
    expect(repeats('[{"a":1},{"a":{"a":"a"}},["a","a"]]')).toBe(false);
    expect(repeats('{"a":{"b":[{"c":1,"c":2}]}}')).toBe(true);
  });

  it('counts the levels of nesting, but not those in texts', () => {
    const depthOf = (text: string) =>
      Array.from({ length: 9 }, (_, depth) => depth).find(
        (depth) => scanJson(text, depth).kind !== 'too_deep',
      );
    expect(['1', '{}', '[[],[{}]]', '{"a":{"b":["[[[[{"]}}'].map(depthOf)).toEqual([0, 1, 3, 3]);
  });

  it('of any text never throws, and says not_json only of what JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.oneof(junk, fc.string({ unit: 'binary' }), fc.json()), (text) => {
        if (scanJson(text, ANY_DEPTH).kind !== 'not_json') return;
        expect(() => JSON.parse(text)).toThrow(SyntaxError);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['"', '\\"', '"\\', '{"a', '{"\\u00', '{', '}', '":"'])(
    'reads a text of nothing but %s in linear time',
    (piece) => {
      const text = piece.repeat(200_000);
      const begun = performance.now();
      scanJson(text, 16);
      expect(performance.now() - begun).toBeLessThan(3000);
    },
  );
});
