/**
 * Turns the document that the routes' schemas give into one for readers and generators: with named
 * bodies, plain schemas, and described responses with headers and examples. It changes sentences
 * and names, never what is valid. The descriptions of responses are in replies.ts, the headers in
 * headers.ts, and what is valid is decided in http/schema.
 */

import { headerComponents } from './headers.ts';
import { parameterComponents, parametersOf } from './parameters.ts';
import { createExample, payoutExamples } from './payout-examples.ts';
import { problemExamples } from './problem-examples.ts';
import { describeReplies } from './replies.ts';
import { isJson, type Json, simplify } from './simplify.ts';

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const schemaRef = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** A form has texts only: generators write no other type into one. */
function asForm(schema: Json): Json {
  const { properties, required } = schema;
  const texts = Object.entries(isJson(properties) ? properties : {}).map(([name, field]) => {
    const { description, enum: words } = isJson(field) ? field : {};
    return [name, { type: 'string', ...(words === undefined ? {} : { enum: words }), description }];
  });
  return { type: 'object', properties: Object.fromEntries(texts), required };
}

const FORM = 'application/x-www-form-urlencoded';

/** Gives the schema of a body a name, where it has none yet, and moves it to `schemas`. */
function nameBody(body: unknown, name: string, schemas: Json): unknown {
  if (!isJson(body) || !isJson(body['content'])) return body;
  const { content } = body;
  const json = content['application/json'];
  if (!isJson(json) || !isJson(json['schema']) || '$ref' in json['schema']) return body;
  schemas[name] = json['schema'];
  const named = { ...json, schema: schemaRef(name) };
  const form = isJson(content[FORM]) ? { [FORM]: { schema: asForm(json['schema']) } } : {};
  return { ...body, content: { ...content, 'application/json': named, ...form } };
}

/** Header names in their usual spelling; HTTP ignores the case. */
const headerNames: Readonly<Record<string, string>> = { 'idempotency-key': 'Idempotency-Key' };

function renamed(parameter: unknown): unknown {
  if (!isJson(parameter)) return parameter;
  const name = headerNames[String(parameter['name'])];
  return name === undefined ? parameter : { ...parameter, name, example: '"5f1c8a52-6d1f"' };
}

/** Puts path parameters first, so that they come first in generated functions too. */
const pathFirst = (parameters: readonly unknown[]): unknown[] => {
  const isPath = (parameter: unknown): boolean => isJson(parameter) && parameter['in'] === 'path';
  return [...parameters.filter(isPath), ...parameters.filter((one) => !isPath(one))];
};

/** Marks operations whose body is optional; it is never part of the finished document. */
export const BODY_OPTIONAL = 'x-body-optional';

function withExample(body: unknown): unknown {
  if (!isJson(body) || !isJson(body['content'])) return body;
  const json = body['content']['application/json'];
  if (!isJson(json)) return body;
  return { ...body, content: { 'application/json': { ...json, example: createExample } } };
}

type Place = { method: string; path: string };

function describeOperation(place: Place, operation: Json, schemas: Json): Json {
  const operationId = String(operation['operationId']);
  const { parameters, requestBody, responses, [BODY_OPTIONAL]: optional, ...rest } = operation;
  const all = [...(Array.isArray(parameters) ? parameters : [])];
  const listed = [...pathFirst(all).map(renamed), ...(parametersOf[operationId] ?? [])];
  const named = nameBody(requestBody, `${capitalised(operationId)}Request`, schemas);
  const body = isJson(named) ? { ...named, required: optional !== true } : named;
  const replies: Json = isJson(responses) ? { ...responses } : {};
  for (const [status, reply] of Object.entries(replies)) {
    if (status.startsWith('2')) {
      replies[status] = nameBody(reply, `${capitalised(operationId)}Reply`, schemas);
    }
  }
  return {
    ...rest,
    ...(listed.length === 0 ? {} : { parameters: listed }),
    ...(body === undefined
      ? {}
      : { requestBody: operationId === 'createPayout' ? withExample(body) : body }),
    responses: describeReplies(place, operationId, replies),
  };
}

function describePaths(paths: Json, schemas: Json): Json {
  const described: Json = {};
  for (const [path, item] of Object.entries(paths)) {
    const operations = Object.entries(isJson(item) ? item : {}).map(([method, operation]) => [
      method,
      isJson(operation) ? describeOperation({ method, path }, operation, schemas) : operation,
    ]);
    described[path] = Object.fromEntries(operations);
  }
  return described;
}

/** Renames XInput to X where only requests use the schema; the generator adds the suffix. */
function withoutSuffix(document: Json, names: readonly string[]): Json {
  const input = names.filter(
    (name) => name.endsWith('Input') && !names.includes(name.slice(0, -'Input'.length)),
  );
  let text = JSON.stringify(document);
  for (const name of input) {
    const short = name.slice(0, -'Input'.length);
    text = text
      .replaceAll(`"#/components/schemas/${name}"`, `"#/components/schemas/${short}"`)
      .replaceAll(`"${name}":`, `"${short}":`);
  }
  const renamedDocument: unknown = JSON.parse(text);
  return isJson(renamedDocument) ? renamedDocument : document;
}

const payoutSamples = Object.fromEntries(
  Object.entries(payoutExamples).map(([status, value]) => [
    status,
    { summary: `A payout that is ${status}`, value },
  ]),
);

/** The examples that the document refers to. Some problem codes belong to no operation in it. */
function usedExamples(paths: Json): Json {
  const text = JSON.stringify(paths);
  const all = Object.entries({ ...payoutSamples, ...problemExamples });
  return Object.fromEntries(
    all.filter(([name]) => text.includes(`"#/components/examples/${name}"`)),
  );
}

/** Schemas of requests stay closed: an unknown field in a request is refused. */
const isOfRequest = (name: string): boolean => /Request$|Input$/.test(name);

/** An optional body is left out, and not sent as null. */
function withoutNull(schema: unknown): unknown {
  const isNullable = isJson(schema) && Array.isArray(schema['type']);
  return isNullable ? { ...schema, type: 'object' } : schema;
}

/** The whole document, enriched. Unused schemas are still in it; tidy.ts removes them. */
export function enrichDocument(document: Json): Json {
  const components = isJson(document['components']) ? document['components'] : {};
  const schemas: Json = isJson(components['schemas']) ? { ...components['schemas'] } : {};
  const paths = describePaths(isJson(document['paths']) ? document['paths'] : {}, schemas);
  const plain = Object.entries(schemas).map(([name, schema]) => [
    name,
    isOfRequest(name) ? withoutNull(simplify(schema, false)) : simplify(schema, true),
  ]);
  return {
    ...document,
    paths: simplify(paths, false),
    components: {
      ...components,
      schemas: Object.fromEntries(plain),
      parameters: parameterComponents,
      headers: headerComponents,
      examples: usedExamples(paths),
    },
  };
}

/** The last step, after unused schemas are removed. */
export function renameInputs(document: Json): Json {
  const components = isJson(document['components']) ? document['components'] : {};
  const schemas = isJson(components['schemas']) ? components['schemas'] : {};
  return withoutSuffix(document, Object.keys(schemas));
}
