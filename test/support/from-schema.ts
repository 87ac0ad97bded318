/**
 * Random values that a JSON schema of the document allows: what a caller might send who knows
 * nothing but the document.
 */

import fc, { type Arbitrary } from 'fast-check';
import { document } from './document-check.ts';

type Json = { [key: string]: unknown };

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const numberOr = (value: unknown, other: number): number =>
  typeof value === 'number' ? value : other;

const formats: Readonly<Record<string, Arbitrary<string>>> = {
  uri: fc.webUrl({ validSchemes: ['https'] }),
  email: fc.emailAddress(),
  ipv4: fc.ipV4(),
  ipv6: fc.ipV6(),
};

/** What the document says of every text in a sentence, since no pattern says it portably. */
const isText = (text: string, minLength: number): boolean =>
  !/[\p{Cc}\u2028\u2029]/u.test(text) && (minLength === 0 || text.trim() !== '');

function textFrom(schema: Json): Arbitrary<string> {
  const minLength = numberOr(schema['minLength'], 0);
  const maxLength = Math.min(numberOr(schema['maxLength'], 60), 600);
  const format = formats[String(schema['format'])];
  const pattern = typeof schema['pattern'] === 'string' ? new RegExp(schema['pattern']) : null;
  const fits = (text: string): boolean =>
    text.length >= minLength &&
    text.length <= maxLength &&
    (pattern?.test(text) ?? true) &&
    isText(text, minLength);
  const plain = fc.string({ unit: 'binary', minLength, maxLength });
  const matching = pattern === null ? plain : fc.stringMatching(pattern, { maxLength });
  return (format ?? fc.oneof(matching, fc.string({ minLength, maxLength }))).filter(fits);
}

function objectFrom(schema: Json): Arbitrary<unknown> {
  const { properties, additionalProperties, propertyNames } = schema;
  if (!isJson(properties)) {
    // The one name that JSON can carry and no object should have.
    const names = (isJson(propertyNames) ? textFrom(propertyNames) : fc.string()).filter(
      (name) => name !== '__proto__',
    );
    const most = numberOr(schema['maxProperties'], 3);
    return fc.dictionary(names, fromSchema(additionalProperties), { maxKeys: Math.min(most, 20) });
  }
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, part]) => [name, fromSchema(part)]),
  );
  return fc.record(model, { requiredKeys: required });
}

/** Values that the schema allows; rules that join fields are not in it. */
function fromSchema(given: unknown): Arbitrary<unknown> {
  if (!isJson(given)) return fc.jsonValue({ maxDepth: 1 });
  if (typeof given['$ref'] === 'string') {
    return fromSchema(document.components.schemas[given['$ref'].split('/').at(-1) ?? '']);
  }
  const { anyOf, type } = given;
  if (Array.isArray(given['enum'])) return fc.constantFrom(...given['enum']);
  if (Array.isArray(anyOf)) {
    return fc.oneof(
      ...anyOf.map((branch) => fromSchema({ ...given, anyOf: undefined, ...branch })),
    );
  }
  if (type === 'string') return textFrom(given);
  if (type === 'integer') {
    const min = numberOr(given['minimum'], 0);
    return fc.integer({ min, max: Math.min(numberOr(given['maximum'], 1e9), 2 ** 31 - 1) });
  }
  if (type === 'object') return objectFrom(given);
  throw new Error(`no values for ${JSON.stringify(given)}`);
}

/** Objects that a named schema of the document allows. */
export const recordsFrom = (name: string): Arbitrary<Json> =>
  fromSchema(document.components.schemas[name]).filter(isJson);
