/**
 * openapi/released.yaml is the document as clients were last given it. Whoever breaks it on purpose
 * raises the API's version and replaces that file with openapi.yaml.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { breakingChanges } from '../support/breaking-changes.ts';
import { document } from '../support/document-check.ts';

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

describe('the document', () => {
  it('breaks no client of the last released one', () => {
    const message =
      'the API breaks its clients; if that is meant, raise its version and replace released.yaml';
    expect(breakingChanges(released, document), message).toEqual([]);
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
  ])('is told: %s', (_what, after, finding) => {
    expect(breakingChanges(document, after)).toContain(finding);
  });

  it('is none of what clients do not notice', () => {
    const more = changed('"properties":{"id":{', '"properties":{"more":{"type":"string"},"id":{');
    expect(breakingChanges(document, more)).toEqual([]);
    expect(
      breakingChanges(document, changed('"summary":"Ask for a payout"', '"summary":"x"')),
    ).toEqual([]);
    expect(breakingChanges(document, document)).toEqual([]);
  });
});
