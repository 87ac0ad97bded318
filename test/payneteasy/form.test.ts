import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { encodeForm, parseReply, trimFields } from '../../src/payneteasy/form.ts';
import { pairs, responses, signatures } from './vectors.ts';

const unreadable = { kind: 'unreadable' };

function fieldsOf(body: string, contentType: string | null = null): Record<string, string> {
  const parsed = parseReply(body, contentType);
  if (parsed.kind !== 'fields') throw new Error(parsed.kind);
  return Object.fromEntries(parsed.fields);
}

describe('a request body', () => {
  test.each(signatures)('is encoded as in $id', ({ input, expected }) => {
    expect(encodeForm(pairs(input.bodyParams))).toBe(expected.formBody);
  });

  test('has its values trimmed and is without the empty ones', () => {
    const fields = trimFields([
      ['a', '  x y\n'],
      ['b', '   '],
      ['c', undefined],
    ]);
    expect(fields).toEqual([['a', 'x y']]);
  });
});

describe('a reply', () => {
  test.each(responses)('is read as in $id', ({ raw, contentType, parsed, parsedExpect }) => {
    const fields = fieldsOf(raw, contentType);
    expect(fields).toEqual(parsed ?? fields);
    expect(fields).toMatchObject(parsedExpect ?? {});
    expect(Object.values(fields).every((value) => value === value.trim())).toBe(true);
  });

  test('is read alike with white space around its names', () => {
    expect(fieldsOf('\r\n type =error\r\n& error-code =7\r\n')).toEqual({
      type: 'error',
      'error-code': '7',
    });
  });

  test('is JSON by its first character, whatever its content type says', () => {
    expect(fieldsOf(' \n{"type":"error"}', 'text/html')).toEqual({ type: 'error' });
  });

  test('has every JSON scalar as the text it was sent as, and nothing nested', () => {
    const json =
      '{"type":"x","paynet-order-id":90071992547409931,"amount":10.50,"ok":true,"none":null,' +
      '"list":["y"],"object":{"type":"y"}}';
    expect(fieldsOf(json)).toEqual({
      type: 'x',
      'paynet-order-id': '90071992547409931',
      amount: '10.50',
      ok: 'true',
    });
  });

  test.each([
    ['form', 'type=error&type= error&descriptor=a&descriptor=b'],
    ['JSON', '{"type":"error","type":" error","descriptor":"a","descriptor":"b"}'],
  ])('keeps the first of a repeated field that decides nothing (%s)', (_name, body) => {
    expect(fieldsOf(body)).toEqual({ type: 'error', descriptor: 'a' });
  });

  test.each([
    'type=error&status=approved&status=declined',
    '{"type":"error","status":"approved","status":"declined"}',
    '{"type":"error","status":"approved"," st\\u0061tus":"declined"}',
    '{"paynet-order-id":90071992547409931,"type":"error","paynet-order-id":90071992547409932}',
    '{"type":"error","status":"approved","status":["declined"]}',
    '{"type":"error","status":{"status":"declined"},"status":"approved"}',
    '{"type":"error","status":"approved","status":false}',
    '{"type":"error","status":null,"status":"approved"}',
    '{"type":"error","amount":null,"amount":10}',
    '{"type":"error","paynet-order-id":[1],"paynet-order-id":5}',
  ])('contradicts itself where a field that decides has another value too: %s', (body) => {
    expect(parseReply(body, null)).toEqual({ kind: 'contradictory' });
  });

  test.each([
    '{"type":"error","status":"approved","status":"approved"}',
    '{"type":"error","status":"approved","object":{"status":"declined"}}',
  ])('says the same twice: %s', (body) => {
    expect(fieldsOf(body)).toEqual({ type: 'error', status: 'approved' });
  });

  test('survives broken percent signs', () => {
    expect(fieldsOf('type=error&error-message=100%+sure%zz')['error-message']).toBe('100% sure%zz');
  });

  test('drops a value that is longer than any field', () => {
    expect(fieldsOf(`type=error&html=${'x'.repeat(5_000)}`)).toEqual({ type: 'error' });
  });
});

describe('unreadable is', () => {
  test.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['plain text', 'Bad Gateway'],
    ['a form of another system', 'a=1&b=2'],
    ['an HTML page', '<html><body>type=async-response&paynet-order-id=1</body></html>'],
    ['a page behind text', 'Oops <a href="/x?y=1&type=async-response&paynet-order-id=1">x</a>'],
    ['a page behind a field', 'type=async-response&paynet-order-id=1&<p>x=1</p>'],
    ['broken JSON', '{"type":"async-response"'],
    ['a JSON list', '["type","async-response"]'],
    ['JSON of another system', '{"message":"Service Unavailable"}'],
    ['an abyss of JSON', `{"type":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a form with too many fields', `type=error${'&a=1'.repeat(200)}`],
  ])('%s', (_name, body) => {
    expect(parseReply(body, 'text/html;charset=utf-8')).toEqual(unreadable);
  });

  test('a form that is called JSON', () => {
    expect(parseReply('type=error', 'application/json')).toEqual(unreadable);
  });
});

test('reading any text never throws and gives text only', () => {
  const body = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.webQueryParameters(),
    fc.string().map((text) => `type=error&${text}`),
    fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
  );
  const contentType = fc.constantFrom(null, 'text/html', 'application/vnd.pay+json', '');
  fc.assert(
    fc.property(body, contentType, (text, type) => {
      const parsed = parseReply(text, type);
      const values = parsed.kind === 'fields' ? [...parsed.fields.values()] : [];
      expect(values.every((value) => typeof value === 'string' && value !== '')).toBe(true);
    }),
  );
});

test('what was encoded as a form is read back', () => {
  const value = fc.string({ unit: 'grapheme', maxLength: 50 });
  fc.assert(
    fc.property(value, (text) => {
      const body = encodeForm(
        trimFields([
          ['type', 'error'],
          ['error-message', text],
        ]),
      );
      expect(fieldsOf(body)['error-message'] ?? '').toBe(text.trim().toWellFormed());
    }),
  );
});
