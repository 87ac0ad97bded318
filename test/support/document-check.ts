/**
 * Holds answers against the OpenAPI document with a library: status, media type, headers and body.
 * It keeps which answers of which operations it has seen.
 */

import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

type Json = { [key: string]: unknown };
type Media = { schema?: Json; example?: unknown; examples?: Record<string, Json> };
export type Reply = {
  description: string;
  headers?: Record<string, Json>;
  content?: Record<string, Media>;
};
export type Operation = {
  operationId: string;
  security?: object[];
  parameters?: Json[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Reply>;
};

export type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { examples: Record<string, { value: unknown }>; schemas: Record<string, Json> };
} & Json;

export type Answer = { status: number; headers: Headers; text: string };

const file = new URL('../../openapi/openapi.yaml', import.meta.url);

/** The document as it is committed. */
export const document: Document = parse(readFileSync(file, 'utf8'));

export const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Answers may gain fields for callers; for us, a field that is not documented is a mistake. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (!isJson(part)) return part;
  const inner = Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, closed(value)]),
  );
  const isObject = inner['type'] === 'object' && isJson(inner['properties']);
  return isObject && !('additionalProperties' in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({
  $id: 'https://document.test/',
  ...(closed({ components: document.components }) as Json),
});

const validators = new Map<Json, ValidateFunction>();

function validatorOf(schema: Json): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const text = JSON.stringify(closed(schema)).replaceAll('"#/', '"https://document.test/#/');
  const made = ajv.compile(JSON.parse(text));
  validators.set(schema, made);
  return made;
}

/** What is wrong with a value by a schema of the document; null when nothing is. */
export function faultsOf(schema: Json, value: unknown): string | null {
  const validate = validatorOf(schema);
  return validate(value) ? null : ajv.errorsText(validate.errors);
}

const resolve = (part: Json): Json => {
  const ref = part['$ref'];
  if (typeof ref !== 'string') return part;
  let found: unknown = document;
  for (const key of ref.slice(2).split('/')) found = isJson(found) ? found[key] : undefined;
  if (!isJson(found)) throw new Error(`${ref} leads nowhere`);
  return found;
};

/** Headers that an answer has to carry; the others only belong to some of its cases. */
const always = (operationId: string, status: string): string[] => [
  ...(operationId === 'updatePayout' ? [] : ['X-Request-Id']),
  ...(status === '429' || status === '503' ? ['Retry-After'] : []),
];

function checkHeaders(name: string, reply: Reply, answer: Answer, required: string[]): void {
  for (const [header, described] of Object.entries(reply.headers ?? {})) {
    const value = answer.headers.get(header);
    if (value === null) {
      if (required.includes(header)) throw new Error(`${name}: ${header} is missing`);
      continue;
    }
    const schema = resolve(described)['schema'];
    const isNumber = isJson(schema) && schema['type'] === 'integer';
    const faults = isJson(schema) ? faultsOf(schema, isNumber ? Number(value) : value) : null;
    if (faults !== null) throw new Error(`${name}: ${header}: ${faults}`);
  }
  const told = [
    'etag',
    'location',
    'retry-after',
    'idempotency-replayed',
    'preference-applied',
    'link',
  ];
  const documented = Object.keys(reply.headers ?? {}).map((header) => header.toLowerCase());
  for (const header of told) {
    if (answer.headers.has(header) && !documented.includes(header)) {
      throw new Error(`${name}: ${header} is not documented`);
    }
  }
}

export type DocumentCheck = {
  /** Throws where an answer is not as documented. */
  check(operationId: string, answer: Answer): void;
  /** "operationId status" of every documented answer that was not seen. */
  unseen(): string[];
};

export function createDocumentCheck(): DocumentCheck {
  const seen = new Set<string>();
  return {
    check: (operationId, answer) => {
      const found = operations.find(({ operation }) => operation.operationId === operationId);
      const status = String(answer.status);
      const name = `${operationId} ${status}`;
      const reply = found?.operation.responses[status];
      if (reply === undefined) throw new Error(`${name} is not documented: ${answer.text}`);
      const type = (answer.headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
      const schema = reply.content?.[type]?.schema;
      if (schema === undefined) throw new Error(`${name}: ${type} is not documented`);
      const faults = faultsOf(schema, JSON.parse(answer.text));
      if (faults !== null) throw new Error(`${name}: ${faults}: ${answer.text}`);
      checkHeaders(name, reply, answer, always(operationId, status));
      seen.add(name);
    },
    unseen: () =>
      operations
        .flatMap(({ operation }) =>
          Object.keys(operation.responses).map((status) => `${operation.operationId} ${status}`),
        )
        .filter((name) => !seen.has(name)),
  };
}
