/**
 * Text that no database stores: NUL, and half of a pair of surrogates. It must not keep a fact from
 * being recorded.
 */

import { expect, test } from 'vitest';
import { parseReply } from '../../src/payneteasy/form.ts';
import { errorTextOf, readAnswer } from '../../src/payneteasy/reply.ts';

const fieldsOf = (body: string) => {
  const parsed = parseReply(body, null);
  return parsed.kind === 'fields' ? Object.fromEntries(parsed.fields) : parsed.kind;
};

test('is taken out of a form', () => {
  expect(fieldsOf('status=approved%00&error-message=a%00b')).toEqual({
    status: 'approved',
    'error-message': 'ab',
  });
});

test('is taken out of JSON', () => {
  expect(fieldsOf(String.raw`{"status":"approved","error-message":"a\u0000b\ud83dc"}`)).toEqual({
    status: 'approved',
    'error-message': 'ab\ufffdc',
  });
});

test('is not made by cutting an error text in the middle of a pair', () => {
  const message = `${'x'.repeat(499)}😀 and more`;
  const headers = { contentType: null, retryAfter: null, date: null };
  const body = `type=validation-error&error-message=${encodeURIComponent(message)}`;
  const answer = readAnswer({ kind: 'answered', httpStatus: 200, headers, body, durationMs: 1 });
  expect(answer.kind).toBe('rejected');
  const fields = answer.kind === 'rejected' ? answer.reply.fields : new Map<string, string>();
  const text = errorTextOf(fields, 'error-message') ?? '';
  expect(text).toHaveLength(500);
  expect(text.isWellFormed()).toBe(true);
});
