/**
 * Simplifies JSON Schemas for readers and generators: removes zod's repetitions, and the bounds and
 * patterns that only repeat a type or a format. Nothing here changes what is valid, except that
 * schemas of responses are opened, since responses may gain fields. What is valid is decided in
 * http/schema.
 */

export type Json = { [key: string]: unknown };

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const SAFE = Number.MAX_SAFE_INTEGER;

/** Formats whose pattern is a page long and adds nothing. */
const SELF_EVIDENT = ['date-time'];

function withoutNoise(schema: Json): Json {
  const { minimum, maximum, pattern, propertyNames, ...rest } = schema;
  const names = isJson(propertyNames) && Object.keys(propertyNames).length > 1;
  return {
    ...rest,
    ...(minimum === undefined || minimum === -SAFE ? {} : { minimum }),
    ...(maximum === undefined || maximum === SAFE ? {} : { maximum }),
    ...(pattern === undefined || SELF_EVIDENT.includes(String(rest['format'])) ? {} : { pattern }),
    ...(names ? { propertyNames } : {}),
  };
}

/** Turns `anyOf` of one plain type and null into a list of the two types. */
function withoutNullBranch(schema: Json): Json {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return schema;
  const [main, other] = anyOf;
  if (!isJson(main) || !isJson(other) || other['type'] !== 'null') return schema;
  if (typeof main['type'] !== 'string') return schema;
  return { ...main, ...rest, type: [main['type'], 'null'] };
}

/** Any value in the place of several types, which generators cannot read; a sentence names them. */
function withoutTypeList(schema: Json): Json {
  const { type, ...rest } = schema;
  const isSeveral = Array.isArray(type) && type.filter((one) => one !== 'null').length > 1;
  return isSeveral ? rest : schema;
}

/** A schema and everything in it, simplified; `open`: later responses may hold more fields. */
export function simplify(schema: unknown, open: boolean): unknown {
  if (Array.isArray(schema)) return schema.map((part) => simplify(part, open));
  if (!isJson(schema)) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, simplify(value, open)]);
  const simple = withoutTypeList(withoutNullBranch(withoutNoise(Object.fromEntries(entries))));
  if (!open || simple['additionalProperties'] !== false) return simple;
  const { additionalProperties: _closed, ...rest } = simple;
  return rest;
}
