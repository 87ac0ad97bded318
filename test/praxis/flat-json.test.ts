import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BODY_MAX_BYTES, type FlatValue, readFlatJson } from '../../src/praxis/flat-json.ts';

const members = (body: string) => {
  const read = readFlatJson(body);
  if (read.kind !== 'members') throw new Error(read.why);
  return read.members;
};

/** An object with arrays in it, `depth` levels in all. */
const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

const number = (name: string, source: string) => ({ name, value: { kind: 'number', source } });

describe('reading a flat JSON object', () => {
  it('keeps the digits of every number as they were written', () => {
    expect(members('{"a":0.1,"b":1e2,"c":100.10,"d":-0,"e":12345678901234567890.1}')).toEqual([
      number('a', '0.1'),
      number('b', '1e2'),
      number('c', '100.10'),
      number('d', '-0'),
      number('e', '12345678901234567890.1'),
    ]);
  });

  it('shows names that occur twice, which JSON.parse hides, also when one is escaped', () => {
    expect(members('{"a":1,"a":2,"\\u0061":3}')).toEqual([
      number('a', '1'),
      number('a', '2'),
      number('a', '3'),
    ]);
  });

  it('takes the members of the outermost object only', () => {
    const value: FlatValue = { kind: 'other' };
    expect(members('{"a":{"x":1,"y":["}",{}]},"b":[1,{"x":2}],"c":[],"d":{},"e":true}')).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, value })),
    );
  });

  it('reads strings with quotes, braces and escapes in them', () => {
    expect(members(' { "a" : "{\\"b\\":1,}\\\\" , "c" : "\\u20ac" , "d" : null } ')).toEqual([
      { name: 'a', value: { kind: 'text', text: '{"b":1,}\\' } },
      { name: 'c', value: { kind: 'text', text: '€' } },
      { name: 'd', value: { kind: 'null' } },
    ]);
  });

  it('takes __proto__ for a name like any other', () => {
    expect(members('{"__proto__":1,"constructor":2}')).toEqual([
      number('__proto__', '1'),
      number('constructor', '2'),
    ]);
    expect(Object.prototype).not.toHaveProperty('0');
  });

  it('passes over a byte order mark', () => {
    expect(members('\uFEFF{"a":1}')).toEqual([number('a', '1')]);
  });

  it.each([
    ['', 'the body is not JSON'],
    ['{', 'the body is not JSON'],
    ["{'a':1}", 'the body is not JSON'],
    ['{"a":1}{"b":2}', 'the body is not JSON'],
    ['{"a":NaN}', 'the body is not JSON'],
    ['null', 'the body is not a JSON object'],
    ['[]', 'the body is not a JSON object'],
    ['"{}"', 'the body is not a JSON object'],
  ])('says why %j cannot be read', (body, why) => {
    expect(readFlatJson(body)).toEqual({ kind: 'unreadable', why });
  });

  it('tolerates nesting to a depth of eight and no further', () => {
    expect(readFlatJson(nested(8)).kind).toBe('members');
    expect(readFlatJson(nested(9))).toEqual({
      kind: 'unreadable',
      why: 'the body is nested too deeply',
    });
  });

  it('survives the deepest nesting and the longest string that fit', () => {
    const depth = BODY_MAX_BYTES / 2 - 4;
    expect(readFlatJson(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`).kind).toBe('unreadable');
    expect(readFlatJson('['.repeat(BODY_MAX_BYTES)).kind).toBe('unreadable');
    expect(readFlatJson('{"a":'.repeat(BODY_MAX_BYTES / 5)).kind).toBe('unreadable');
    const long = '\\"'.repeat(BODY_MAX_BYTES / 2 - 4);
    expect(members(`{"a":"${long}"}`)).toHaveLength(1);
  });

  it('counts the size in bytes', () => {
    const body = `{"a":"${'€'.repeat(BODY_MAX_BYTES / 3)}"}`;
    expect(readFlatJson(body)).toEqual({ kind: 'unreadable', why: 'the body is too large' });
  });

  it('agrees with JSON.parse on every object whose names differ', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), value), (object) => {
        const body = JSON.stringify(object, null, 1);
        const read = members(body);
        const flat = new Map(read.map((member) => [member.name, plain(member.value)]));
        expect(flat).toEqual(
          // Each value for itself: an object would take a name like __proto__ for something else.
          new Map(
            Object.entries(object).map(([name, member]) => [
              name,
              flattened(JSON.parse(JSON.stringify(member))),
            ]),
          ),
        );
        expect(read).toHaveLength(flat.size);
      }),
    );
  });
});

function plain(value: FlatValue): unknown {
  if (value.kind === 'text') return value.text;
  if (value.kind === 'number') return Number(value.source);
  return value.kind;
}

function flattened(value: unknown): unknown {
  if (value === null) return 'null';
  return typeof value === 'string' || typeof value === 'number' ? value : 'other';
}
