/**
 * Compares two OpenAPI documents and says, one sentence each, what a client of the first one would
 * trip over in the second: what was taken away, what changed its type, what is newly required.
 */

import { KNOWN_VALUES } from '../../src/http/schema/fields.ts';

type Json = { [key: string]: unknown };

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const jsonIn = (part: unknown, key: string): Json => {
  const value = isJson(part) ? part[key] : undefined;
  return isJson(value) ? value : {};
};

const listIn = (part: unknown, key: string): unknown[] => {
  const value = isJson(part) ? part[key] : undefined;
  return Array.isArray(value) ? value : [];
};

const textOf = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);

function resolve(document: Json, part: unknown): Json {
  let found: unknown = part;
  while (isJson(found) && typeof found['$ref'] === 'string') {
    const keys = found['$ref'].slice(2).split('/');
    found = keys.reduce<unknown>(
      (inner, key) => (isJson(inner) ? inner[key] : undefined),
      document,
    );
  }
  return isJson(found) ? found : {};
}

/** Whether a schema is read by clients or written by them: what breaks is not the same. */
type Direction = 'reply' | 'request';

type Pair = { before: Json; after: Json };

/**
 * The words that a schema lists: all there are, or, in an open string, those of its version. An
 * answer's closed list may be opened, and never closed again; what it listed stays listed.
 */
type Words = { kind: 'closed' | 'open' | 'none'; words: unknown[] };

function wordsOf(schema: Json): Words {
  const [closed, open] = [listIn(schema, 'enum'), listIn(schema, KNOWN_VALUES)];
  if (closed.length > 0) return { kind: 'closed', words: closed };
  return { kind: open.length > 0 ? 'open' : 'none', words: open };
}

/** Compares schemas of two documents; `tell` is called for each finding, with its place. */
function createSchemaComparison(
  documents: Pair,
  direction: Direction,
  tell: (finding: string) => void,
) {
  const compared = new Set<string>();

  const compareProperties = (place: string, { before, after }: Pair): void => {
    const [had, has] = [jsonIn(before, 'properties'), jsonIn(after, 'properties')];
    const [needed, needs] = [listIn(before, 'required'), listIn(after, 'required')];
    for (const [name, schema] of Object.entries(had)) {
      const where = `${place}.${name}`;
      if (!(name in has)) {
        tell(`${where} was removed`);
        continue;
      }
      if (direction === 'reply' && needed.includes(name) && !needs.includes(name)) {
        tell(`${where} may be missing now`);
      }
      compare(where, schema, has[name]);
    }
    if (direction === 'reply') return;
    for (const name of needs) {
      if (!needed.includes(name)) tell(`${place}.${textOf(name)} is required now`);
    }
  };

  /** Clients of a closed list fail at a word that it did not have; those of an open one do not. */
  const compareWordsOfReply = (place: string, had: Words, has: Words): void => {
    if (had.kind === 'open' && has.kind === 'closed') tell(`${place} is a closed list now`);
    if (had.kind !== 'closed' || has.kind !== 'closed') return;
    for (const word of has.words) {
      if (!had.words.includes(word)) tell(`${place} can be ${textOf(word)} now`);
    }
  };

  const compareWords = (place: string, { before, after }: Pair): void => {
    const [had, has] = [wordsOf(before), wordsOf(after)];
    if (direction === 'request' && has.kind !== 'closed') return;
    for (const word of had.words) {
      if (!has.words.includes(word)) tell(`${place} can no longer be ${textOf(word)}`);
    }
    if (direction === 'reply') compareWordsOfReply(place, had, has);
    else if (had.kind !== 'closed') {
      tell(`${place} takes only ${has.words.map(textOf).join(', ')} now`);
    }
  };

  const compareBranches = (place: string, { before, after }: Pair): void => {
    const [had, has] = [listIn(before, 'anyOf'), listIn(after, 'anyOf')];
    if (had.length !== has.length) {
      tell(`${place} had ${had.length} forms and has ${has.length}`);
      return;
    }
    for (const [index, branch] of had.entries()) compare(place, branch, has[index]);
  };

  function compare(place: string, first: unknown, second: unknown): void {
    const key = JSON.stringify([first, second]);
    if (isJson(first) && '$ref' in first && compared.has(key)) return;
    compared.add(key);
    const pair = {
      before: resolve(documents.before, first),
      after: resolve(documents.after, second),
    };
    for (const word of ['type', 'format'] as const) {
      const [was, is] = [textOf(pair.before[word]), textOf(pair.after[word])];
      // A form that was asked of clients and is not any more: what they send is still taken.
      if (direction === 'request' && was === 'email' && is === 'none') continue;
      if (was !== is) tell(`${place}: its ${word} was ${was} and is ${is}`);
    }
    compareWords(place, pair);
    compareBranches(place, pair);
    compareProperties(place, pair);
    for (const inner of ['items', 'additionalProperties'] as const) {
      if (isJson(pair.before[inner])) compare(`${place}[]`, pair.before[inner], pair.after[inner]);
    }
  }

  return compare;
}

type Tell = (finding: string) => void;

function compareContent(
  documents: Pair,
  place: string,
  { before, after }: Pair,
  direction: Direction,
  tell: Tell,
): void {
  const [had, has] = [jsonIn(before, 'content'), jsonIn(after, 'content')];
  for (const [type, media] of Object.entries(had)) {
    if (type in has) {
      const compare = createSchemaComparison(documents, direction, tell);
      compare(place, jsonIn(media, 'schema'), jsonIn(has[type], 'schema'));
    } else tell(`${place}: ${type} was removed`);
  }
}

/** Names that do not depend on the order in which parameters are written. */
const parametersOf = (document: Json, operation: Json): Map<string, Json> =>
  new Map(
    listIn(operation, 'parameters')
      .map((parameter) => resolve(document, parameter))
      .map((found) => [`${textOf(found['in'])} ${textOf(found['name']).toLowerCase()}`, found]),
  );

function compareParameters(documents: Pair, place: string, { before, after }: Pair, tell: Tell) {
  const [had, has] = [parametersOf(documents.before, before), parametersOf(documents.after, after)];
  for (const [name, parameter] of had) {
    const now = has.get(name);
    if (now === undefined) tell(`${place}: the parameter ${name} was removed`);
    else {
      const compare = createSchemaComparison(documents, 'request', tell);
      compare(`${place}: ${name}`, jsonIn(parameter, 'schema'), jsonIn(now, 'schema'));
    }
  }
  for (const [name, parameter] of has) {
    const wasRequired = had.get(name)?.['required'] === true;
    if (parameter['required'] === true && !wasRequired) {
      tell(`${place}: the parameter ${name} is required now`);
    }
  }
}

function compareOperation(documents: Pair, place: string, pair: Pair, tell: Tell): void {
  const { before, after } = pair;
  if (before['operationId'] !== after['operationId']) {
    tell(`${place} was called ${textOf(before['operationId'])}, and generated functions with it`);
  }
  compareParameters(documents, place, pair, tell);
  const bodies = { before: jsonIn(before, 'requestBody'), after: jsonIn(after, 'requestBody') };
  compareContent(documents, `${place} request`, bodies, 'request', tell);
  if (bodies.after['required'] === true && bodies.before['required'] !== true) {
    tell(`${place} request: a body is required now`);
  }
  const [had, has] = [jsonIn(before, 'responses'), jsonIn(after, 'responses')];
  for (const status of Object.keys(had)) {
    const where = `${place} ${status}`;
    if (!(status in has)) {
      tell(`${where} was removed`);
      continue;
    }
    const replies = { before: jsonIn(had, status), after: jsonIn(has, status) };
    compareContent(documents, where, replies, 'reply', tell);
    for (const header of Object.keys(jsonIn(replies.before, 'headers'))) {
      if (!(header in jsonIn(replies.after, 'headers'))) {
        tell(`${where}: the header ${header} was removed`);
      }
    }
  }
}

/** Every breaking change from one document to the next; nothing when old clients go on working. */
export function breakingChanges(before: Json, after: Json): string[] {
  const found = new Set<string>();
  const tell: Tell = (finding) => void found.add(finding);
  const documents = { before, after };
  for (const part of ['paths', 'webhooks']) {
    for (const [path, item] of Object.entries(jsonIn(before, part))) {
      for (const [method, operation] of Object.entries(isJson(item) ? item : {})) {
        const place = `${method.toUpperCase()} ${path}`;
        const now = jsonIn(jsonIn(jsonIn(after, part), path), method);
        if (Object.keys(now).length === 0) tell(`${place} was removed`);
        else if (isJson(operation)) {
          compareOperation(documents, place, { before: operation, after: now }, tell);
        }
      }
    }
  }
  return [...found];
}
