import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from '../../src/http/openapi/openapi-document.ts';

const operationSchema = z.looseObject({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  parameters: z.array(z.looseObject({})).optional(),
  requestBody: z.looseObject({ required: z.boolean() }).optional(),
  responses: z.record(z.string(), z.unknown()),
});

const documentSchema = z.looseObject({
  tags: z.array(z.looseObject({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

const document = documentSchema.parse(await openApiDocument());
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

const referencesIn = (part: unknown): string[] =>
  [...JSON.stringify(part).matchAll(/"\$ref":"#\/components\/schemas\/(?<name>[^"]+)"/g)].map(
    ({ groups }) => groups?.['name'] ?? '',
  );

describe('the OpenAPI document', () => {
  it('names only schemas that it has, and has only schemas that it names', () => {
    const schemas = Object.keys(document.components.schemas);
    expect([...new Set(referencesIn(document))].toSorted()).toEqual(schemas);
  });

  it('has one name for a schema that is only answered', () => {
    const names = Object.keys(document.components.schemas);
    expect(names).toContain('Problem');
    expect(names.filter((name) => name.endsWith('Input'))).toEqual([]);
  });

  it('gives each operation its own id, a summary and tags that are explained', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.toSorted()).toEqual([...new Set(ids)].toSorted());
    const used = new Set(operations.flatMap(({ tags }) => tags));
    expect(new Set(document.tags.map(({ name }) => name))).toEqual(used);
  });

  it('asks for an Idempotency-Key at create', () => {
    const parameters = document.paths['/v1/payouts']?.['post']?.parameters;
    expect(parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', required: true }),
    );
  });

  it('asks for a body only where a request without one is refused', () => {
    const needs = operations.flatMap(({ operationId, requestBody }) =>
      requestBody === undefined ? [] : [[operationId, requestBody.required]],
    );
    expect(Object.fromEntries(needs)).toEqual({
      createPayout: true,
      resolvePayout: true,
      updatePayout: true,
      acknowledgeAttention: false,
      redeliverNotifications: false,
      bulkCommand: true,
      proposeBreakGlass: true,
      approveProposal: true,
      pausePayments: false,
      resumePayments: false,
    });
    expect(JSON.stringify(document)).not.toContain('x-body-optional');
  });

  it('shows the rules that only code checks', () => {
    const text = JSON.stringify(document.components.schemas);
    expect(text).toContain('"pattern":"^[A-Z]{3}$"');
    expect(text).toContain('IPv4 or IPv6 address, without a zone.');
    expect(text).toContain('"maxProperties":20');
  });
});
