/**
 * What a route of the API does not declare, nobody may send to it: a route without a schema for
 * its query or its body takes no parameter and no field. Else a misspelt condition would be
 * ignored, and the command done without it.
 */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseInput } from '../validation.ts';

const nothing = z.strictObject({});
const noBody = nothing.nullish();

/** Has undeclared fields below /v1/ answered with VALIDATION_FAILED, which names each. */
export function registerUndeclared(app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    const { url, schema } = request.routeOptions;
    if (url?.startsWith('/v1/')) {
      if (schema?.querystring === undefined) parseInput(nothing, request.query, 'querystring');
      if (schema?.body === undefined) parseInput(noBody, request.body);
    }
    done();
  });
}
