import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerStatus, pair } from '../../src/praxis/answer.ts';
import { type AttemptOutcome, readAnswer } from '../../src/praxis/read-answer.ts';
import { answerCases, publishedAnswers } from './vectors.ts';

const answered = (
  httpStatus: number,
  body: string,
  headers: Partial<(AttemptOutcome & { kind: 'answered' })['headers']> = {},
) =>
  readAnswer({
    kind: 'answered',
    httpStatus,
    headers: { contentType: 'application/json', retryAfter: null, date: null, ...headers },
    body,
  });

const kindOfClass: Record<string, string> = {
  success: 'delivered',
  logical_error: 'refused',
  retry: 'transient',
  unrecognised: 'unrecognised',
};

describe('the answer of a platform', () => {
  it.each(answerCases)('HTTP $http with $raw is $class', (example) => {
    const kind = kindOfClass[example.class];
    const read =
      example.http === null
        ? readAnswer({ kind: 'unknown', cause: 'total_timeout' })
        : answered(example.http, example.raw ?? '');
    expect(read).toMatchObject({ kind });
  });

  it.each(['not_sent', 'unknown'] as const)('that is %s is unrecognised', (kind) => {
    expect(readAnswer({ kind, cause: 'ECONNREFUSED' })).toEqual({
      kind: 'unrecognised',
      status: null,
      description: null,
      retryAfterMs: null,
    });
  });

  it.each(publishedAnswers)('$id is taken as published', ({ body }) => {
    expect(answered(200, JSON.stringify(body))).toEqual({
      kind: body.Status === 0 ? 'delivered' : 'refused',
      status: body.Status,
      description: body.Description,
      retryAfterMs: null,
    });
  });

  it('is read from every pair that we would write ourselves', () => {
    for (const status of Object.values(answerStatus)) {
      const kind = status === 0 ? 'delivered' : status > 0 ? 'refused' : 'transient';
      expect(answered(200, pair(status, ''))).toMatchObject({ kind, status });
    }
  });

  it.each(['null', 'true', '0.0', '0e0', '""', '" "', '"ok"', '[0]', '{}', '2147483648', '1e400'])(
    'is unrecognised when its Status is %s',
    (status) => {
      expect(answered(200, `{"Status":${status},"Description":"x"}`).kind).toBe('unrecognised');
    },
  );

  it.each([
    '{"Status":0,"Status":0,"Description":"x"}',
    '{"Status":4,"STATUS":0,"Description":"x"}',
    '{"Description":"x"}',
    '[{"Status":0}]',
    '"{\\"Status\\":0}"',
    '{"Status":0',
    '{"result":{"Status":0,"Description":"x"}}',
  ])('is unrecognised as %s', (body) => {
    expect(answered(200, body).kind).toBe('unrecognised');
  });

  it.each([301, 302, 303, 307, 308])('is unrecognised behind a redirect %i', (httpStatus) => {
    expect(answered(httpStatus, '{"Status":0,"Description":"ok"}').kind).toBe('unrecognised');
  });

  it.each([
    '{"timestamp":"2026-11-21","status":500,"error":"Internal Server Error","path":"/"}',
    '{"type":"about:blank","title":"Bad Gateway","status":502,"detail":"x"}',
  ])('is not taken from the error page of a framework: %s', (body) => {
    expect(answered(500, body)).toMatchObject({ kind: 'unrecognised', status: null });
  });

  it.each([
    [500, '{"Status":0,"Description":"ok"}', 'delivered'],
    [404, '{"Status":2,"Description":"no such payout"}', 'refused'],
    [503, '{"Status":-1,"Description":"later"}', 'transient'],
  ])('with HTTP %i and %s goes by the pair', (httpStatus, body, kind) => {
    expect(answered(httpStatus, body)).toMatchObject({ kind });
  });

  it.each([
    ['{"STATUS":0,"Description":"x"}', 'application/json'],
    ['{"Status":"0","Description":"x"}', 'application/json'],
    ['{"Status":" -0 ","Description":"x"}', 'application/json'],
    ['{"Status":0,"Description":null}', 'application/json'],
    ['{"Status":0,"Description":"x"}', 'text/html'],
    ['{"Status":0,"Description":"x"}', null],
  ])('%s as %s is delivered', (body, contentType) => {
    expect(answered(200, body, { contentType })).toMatchObject({
      kind: 'delivered',
      status: 0,
    });
  });

  it('with further members and a charset is still as published', () => {
    const body = '\uFEFF{"Status":0,"Description":"ok","id":{"a":[1]}}';
    expect(answered(200, body, { contentType: 'application/json; charset=utf-8' })).toMatchObject({
      kind: 'delivered',
    });
  });

  it('shows a Description without control characters and cut to its width', () => {
    const description = `a\u0000\r\n\u001b[31mb${'x'.repeat(300)}`;
    const read = answered(200, JSON.stringify({ Status: 4, Description: description }));
    expect(read.description).toBe(`a [31mb${'x'.repeat(300)}`.slice(0, 256));
  });

  it('asks to wait as Retry-After says where the notification is retried', () => {
    const headers = { retryAfter: '120' };
    expect(answered(503, '', headers).retryAfterMs).toBe(120_000);
    const transient = answered(200, '{"Status":-1,"Description":"x"}', headers);
    expect(transient.retryAfterMs).toBe(120_000);
  });

  it('asks for no wait where nothing is retried', () => {
    const headers = { retryAfter: '60' };
    expect(answered(200, '{"Status":0,"Description":"x"}', headers).retryAfterMs).toBeNull();
    expect(answered(200, '{"Status":4,"Description":"x"}', headers).retryAfterMs).toBeNull();
  });

  it('is classified whatever it is, and delivered only by a zero', () => {
    const header = fc.option(fc.string({ unit: 'binary' }));
    const body = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.jsonValue().map((Status) => JSON.stringify({ Status, Description: 'x' })),
    );
    const headers = fc.record({ contentType: header, retryAfter: header, date: header });
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), headers, body, (httpStatus, given, text) => {
        const read = answered(httpStatus, text, given);
        expect(read.kind === 'delivered').toBe(read.status === 0);
        expect(read.kind === 'unrecognised').toBe(read.status === null);
      }),
    );
  });
});
