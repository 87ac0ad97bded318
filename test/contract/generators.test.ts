/**
 * Forms of the document at which generators stopped, left an operation out or made code that does
 * not compile: ogen for Go, openapi-python-client, OpenAPI Generator for PHP.
 */

import { describe, expect, test } from 'vitest';
import { document, operations } from '../support/document-check.ts';

type Json = Record<string, unknown>;

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every schema in a part of the document, with its place. */
function schemasIn(part: unknown, place = ''): [string, Json][] {
  if (Array.isArray(part)) return part.flatMap((one, at) => schemasIn(one, `${place}/${at}`));
  if (!isJson(part)) return [];
  const inner = Object.entries(part).flatMap(([key, value]) => schemasIn(value, `${place}/${key}`));
  return [[place, part], ...inner];
}

const places = (isWrong: (schema: Json) => boolean): string[] =>
  schemasIn(document)
    .filter(([, schema]) => isWrong(schema))
    .map(([place]) => place);

describe('the document', () => {
  test('has one type for each value, or one and null', () => {
    const isSeveral = ({ type }: Json): boolean =>
      Array.isArray(type) && type.filter((one) => one !== 'null').length !== 1;
    expect(places(isSeveral)).toEqual([]);
  });

  test('has no choice of schemas but between one of a name and null', () => {
    const isChoice = ({ anyOf, oneOf, allOf }: Json): boolean => {
      if (oneOf !== undefined || allOf !== undefined) return true;
      if (!Array.isArray(anyOf)) return false;
      const [named, none, ...more] = anyOf.map((one) => (isJson(one) ? one : {}));
      return named?.['$ref'] === undefined || none?.['type'] !== 'null' || more.length > 0;
    };
    expect(places(isChoice)).toEqual([]);
  });

  test('has no name twice, whatever its letter case, in schemas and security schemes', () => {
    const { schemas, securitySchemes } = document.components as Record<string, Json>;
    const names = [...Object.keys(schemas ?? {}), ...Object.keys(securitySchemes ?? {})];
    const lower = names.map((name) => name.toLowerCase());
    expect(names.filter((_, at) => lower.indexOf(lower[at] ?? '') < at)).toEqual([]);
  });

  const bodies = operations.flatMap(({ operation }) => {
    const body: unknown = Reflect.get(operation, 'requestBody');
    if (!isJson(body) || !isJson(body['content'])) return [];
    return [{ required: body['required'], content: body['content'] }];
  });
  const schemaOf = (media: unknown): Json => {
    const schema = isJson(media) && isJson(media['schema']) ? media['schema'] : {};
    const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
    const named: unknown = Reflect.get(document.components.schemas, name ?? '');
    return isJson(named) ? named : schema;
  };

  test('has optional bodies that are left out, and not null', () => {
    const optional = bodies.filter(({ required }) => required === false);
    expect(optional.length).toBeGreaterThan(2);
    for (const { content } of optional) {
      expect(schemaOf(content['application/json'])['type']).toBe('object');
    }
  });

  test('has forms of texts only', () => {
    const forms = bodies.flatMap(({ content }) => {
      const form = content['application/x-www-form-urlencoded'];
      return form === undefined ? [] : [schemaOf(form)];
    });
    expect(forms).toHaveLength(1);
    for (const { properties } of forms) {
      const types = Object.values(isJson(properties) ? properties : {}).map((one) =>
        isJson(one) ? one['type'] : one,
      );
      expect(new Set(types)).toEqual(new Set(['string']));
    }
  });
});
