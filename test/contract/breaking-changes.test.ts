/**
 * openapi/released.yaml is the document as clients were last given it. A change that breaks it on
 * purpose raises the API's version and replaces that file with openapi.yaml.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KNOWN_VALUES } from '../../src/http/schema/fields.ts';
import { breakingChanges } from '../support/breaking-changes.ts';
import { document, operations } from '../support/document-check.ts';

const released = parse(
  readFileSync(new URL('../../openapi/released.yaml', import.meta.url), 'utf8'),
);

/** The document with one piece of its text replaced. */
function changed(from: string, to: string) {
  const text = JSON.stringify(document);
  expect(text).toContain(from);
  return JSON.parse(text.replace(from, to));
}

/** The document with one place in it set to another value, or taken out. */
function without(...keys: string[]) {
  const copy = structuredClone(document);
  let part: Record<string, unknown> = copy;
  for (const key of keys.slice(0, -1)) {
    part = part[key] as Record<string, unknown>;
  }
  const last = keys.at(-1) ?? '';
  expect(part).toHaveProperty([last]);
  delete part[last];
  return copy;
}

/**
 * What changed on purpose since: one type for each field, since several stop generators. The
 * service takes what it took, so a client that is not generated anew works on.
 */
const meant = [
  'POST /UpdatePayout request.PIN: its type was none and is string',
  'POST /UpdatePayout request.PIN had 2 forms and has 0',
  'POST /UpdatePayout request.ExtPayoutID: its type was none and is string',
  'POST /UpdatePayout request.ExtPayoutID had 2 forms and has 0',
  'POST /UpdatePayout request.SiteID: its type was none and is integer',
  'POST /UpdatePayout request.SiteID had 2 forms and has 0',
  'POST /UpdatePayout request.TraceID: its type was none and is string',
  'POST /UpdatePayout request.TraceID had 2 forms and has 0',
  'POST /UpdatePayout request.Amount: its type was ["number","string"] and is number',
  'POST /UpdatePayout request.Fee: its type was ["number","string"] and is number',
  'POST /UpdatePayout request.SiteID: its type was none and is string',
  'POST /UpdatePayout request.Amount: its type was ["number","string"] and is string',
  'POST /UpdatePayout request.Fee: its type was ["number","string"] and is string',
  'POST /v1/pause request: its type was ["object","null"] and is object',
  'POST /v1/payouts request.receiver.ip_address had 2 forms and has 0',
  'POST /v1/payouts request.cashier.site_id: its type was none and is integer',
  'POST /v1/payouts request.cashier.site_id had 2 forms and has 0',
  'POST /v1/payouts request.cashier.trace_id: its type was none and is string',
  'POST /v1/payouts request.cashier.trace_id had 2 forms and has 0',
  'POST /v1/payouts/{id}/attention/acknowledge request: its type was ["object","null"] and is object',
  'GET /v1/payouts/{id}/timeline 200.data[].details[]: its type was ["string","number","boolean","null"] and is none',
  'POST /v1/resume request: its type was ["object","null"] and is object',
];

describe('the document', () => {
  it('breaks no client of the last released one', () => {
    const message =
      'the API breaks its clients; if that is meant, raise its version and replace released.yaml';
    expect(breakingChanges(released, document), message).toEqual(meant);
  });
});

/** Where a part of the document has a closed list of words. */
function closedLists(part: unknown, place: string): string[] {
  if (typeof part !== 'object' || part === null) return [];
  if ('$ref' in part && typeof part.$ref === 'string') {
    const name = part.$ref.split('/').at(-1) ?? '';
    return closedLists(document.components.schemas[name], name);
  }
  return Object.entries(part).flatMap(([key, inner]) =>
    key === 'enum' ? [place] : closedLists(inner, `${place}.${key}`),
  );
}

describe('answers', () => {
  it('have no closed list of words, so that a later version may add some', () => {
    const closed = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap(({ content = {} }) =>
        Object.values(content).flatMap(({ schema }) => closedLists(schema, operation.operationId)),
      ),
    );
    expect(closed).toEqual([]);
  });
});

describe('a breaking change', () => {
  const schema = (name: string, ...more: string[]) =>
    without('components', 'schemas', name, ...more);

  it.each([
    [
      'a field of an answer',
      schema('Payout', 'properties', 'amount'),
      'GET /v1/events 200.data[].payout.amount was removed',
    ],
    [
      'a field of a request',
      schema('CreatePayoutRequest', 'properties', 'purpose'),
      'POST /v1/payouts request.purpose was removed',
    ],
    ['an operation', without('paths', '/v1/events'), 'GET /v1/events was removed'],
    [
      'a status code',
      without('paths', '/v1/payouts', 'post', 'responses', '409'),
      'POST /v1/payouts 409 was removed',
    ],
    [
      'a header',
      without('paths', '/v1/payouts', 'post', 'responses', '201', 'headers', 'ETag'),
      'POST /v1/payouts 201: the header ETag was removed',
    ],
    [
      'a word of an enum',
      changed('"awaiting_receiver",', ''),
      'GET /v1/events 200.data[].payout.status can no longer be awaiting_receiver',
    ],
    [
      'a field of an answer that says nothing of its words any more',
      schema('PayoutAttention', 'properties', 'severity', KNOWN_VALUES),
      'GET /v1/events 200.data[].payout.attention.severity can no longer be urgent',
    ],
    [
      'a word of a request',
      changed('"enum":["automatic","on_authorization"]', '"enum":["automatic"]'),
      'POST /v1/payouts request.release can no longer be on_authorization',
    ],
    [
      'a type',
      changed('"version":{"type":"integer"', '"version":{"type":"string"'),
      'GET /v1/events 200.data[].payout.version: its type was integer and is string',
    ],
    [
      'a field that may be missing now',
      changed('"required":["id","reference",', '"required":["id",'),
      'GET /v1/events 200.data[].payout.reference may be missing now',
    ],
    [
      'a field that is required now',
      changed(
        '"required":["reference","amount","currency","receiver"]',
        '"required":["reference","amount","currency","receiver","purpose"]',
      ),
      'POST /v1/payouts request.purpose is required now',
    ],
    [
      'the name of an operation',
      changed('"operationId":"listEvents"', '"operationId":"getEvents"'),
      'GET /v1/events was called listEvents, and generated functions with it',
    ],
    [
      'a parameter',
      without('paths', '/v1/events', 'get', 'parameters'),
      'GET /v1/events: the parameter query after was removed',
    ],
  ])('is reported: %s', (_what, after, finding) => {
    expect(breakingChanges(document, after)).toContain(finding);
  });

  const open = '"x-extensible-enum":["urgent","normal","info"]';
  const closed = changed(open, '"enum":["urgent","normal","info"]');
  const severity = 'GET /v1/events 200.data[].payout.attention.severity';

  it('is an open list of an answer that is closed again, and not one that is opened', () => {
    expect(breakingChanges(document, closed)).toContain(`${severity} is a closed list now`);
    expect(breakingChanges(closed, document)).toEqual([]);
  });

  it('is a word that a closed list of an answer gains, and not one that an open list gains', () => {
    const more = (list: string) => list.replace('"urgent"', '"fatal","urgent"');
    const closedMore = changed(open, more(open).replace('x-extensible-enum', 'enum'));
    expect(breakingChanges(closed, closedMore)).toContain(`${severity} can be fatal now`);
    expect(breakingChanges(document, changed(open, more(open)))).toEqual([]);
    expect(breakingChanges(closed, changed(open, more(open)))).toEqual([]);
  });

  it('is an opened list that has lost a word or its type', () => {
    const fewer = changed(open, '"x-extensible-enum":["urgent","normal"]');
    expect(breakingChanges(closed, fewer)).toEqual(
      expect.arrayContaining([`${severity} can no longer be info`]),
    );
    const number = JSON.parse(
      JSON.stringify(document).replace(/"type":"string"([^{}]*"urgent")/, '"type":"integer"$1'),
    );
    expect(breakingChanges(closed, number)).toContain(
      `${severity}: its type was string and is integer`,
    );
  });

  it('is none of what clients do not notice', () => {
    const more = changed('"properties":{"id":{', '"properties":{"more":{"type":"string"},"id":{');
    expect(breakingChanges(document, more)).toEqual([]);
    expect(
      breakingChanges(document, changed('"summary":"Create a payout"', '"summary":"x"')),
    ).toEqual([]);
    expect(breakingChanges(document, document)).toEqual([]);
  });
});
