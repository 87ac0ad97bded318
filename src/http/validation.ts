/**
 * Validates requests by zod. Every message completes a sentence about its field, and none repeats a
 * value. What is valid is decided by the schemas in http/schema.
 */

import type { FastifyInstance, FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { type FieldError, RequestProblem } from '../flow/api/request-problem.ts';

const nouns: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** The message of an issue whose schema has none; undefined keeps zod's own message. */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return 'is required';
    return `must be ${nouns[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
  if (issue.code === 'too_small') {
    if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty';
    return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
  }
  if (issue.code === 'invalid_value')
    return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'unrecognized_keys') return 'is not a known field';
  return issue.code === 'invalid_key' ? 'is not an accepted name' : undefined;
}

const unitOf = (origin: string): string => (origin === 'string' ? ' characters' : '');

/** Checks data against a schema; throws VALIDATION_FAILED, which names every invalid field. */
export function parseInput<T>(schema: z.ZodType<T>, data: unknown, part = 'body'): T {
  const parsed = z.safeParse(schema, data, { error: describeIssue });
  if (parsed.success) return parsed.data;
  throw new RequestProblem('VALIDATION_FAILED', {
    errors: parsed.error.issues.flatMap((issue) => toFieldErrors(issue, part)),
  });
}

/** One entry for an issue, or one for each unknown field; `part` names an issue of the whole. */
function toFieldErrors(issue: z.core.$ZodIssue, part: string): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: issue.message }));
  }
  return [{ path: path.length === 0 ? part : path.join('.'), message: issue.message }];
}

/** Fastify's hook for validation; Fastify throws the problem that it returns. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    try {
      return { value: parseInput(schema, data, httpPart) };
    } catch (error) {
      if (error instanceof RequestProblem) return { error };
      throw error;
    }
  };

/**
 * A client may not send what a route does not declare: a route without a schema for its query or
 * its body accepts no parameter and no field. Otherwise a misspelt condition would be ignored, and
 * the command would be carried out without it.
 */
const nothing = z.strictObject({});
const emptyBody = nothing.nullish();

/** Refuses undeclared fields below /v1/ with VALIDATION_FAILED, which names each of them. */
export function registerUndeclared(server: FastifyInstance): void {
  server.addHook('preValidation', (request, _reply, done) => {
    const { url, schema } = request.routeOptions;
    if (url?.startsWith('/v1/')) {
      if (schema?.querystring === undefined) parseInput(nothing, request.query, 'querystring');
      if (schema?.body === undefined) parseInput(emptyBody, request.body);
    }
    done();
  });
}
