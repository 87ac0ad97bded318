/**
 * Every error has the one shape, whichever part found it: a route, the validation, Fastify, or Node
 * before a request existed. Real sockets only where Fastify's injection does not go through Node's
 * parser.
 */

import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import supertest from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RequestProblem } from '../../../src/flow/api/request-problem.ts';
import { problemReplies, problemSchema } from '../../../src/http/problems/schema.ts';
import { createBareServer } from '../bare-server.ts';

const { server, lines } = createTestApp();

function createTestApp() {
  const bare = createBareServer();
  bare.server.route({
    method: 'POST',
    url: '/things/:id',
    schema: {
      params: z.object({ id: z.string().max(10) }),
      querystring: z.strictObject({ limit: z.string().max(2).optional() }),
      body: z.strictObject({
        name: z.string().min(1).max(5),
        count: z.int().min(1).max(9).optional(),
        kind: z.enum(['a', 'b']).optional(),
        inner: z.strictObject({ list: z.array(z.string()) }).optional(),
      }),
      response: { 200: z.object({ name: z.string() }), ...problemReplies('VALIDATION_FAILED') },
    },
    handler: async (request) => ({ name: request.body.name }),
  });
  bare.server.get('/throws', () => {
    throw new Error('canary of the inside');
  });
  bare.server.get('/status', () => {
    throw Object.assign(new Error('canary'), { statusCode: 404, code: 'UND_ERR' });
  });
  bare.server.get('/string', () => {
    // oxlint-disable-next-line typescript/only-throw-error -- libraries do throw such things
    throw 'canary';
  });
  bare.server.get(
    '/bad-reply',
    { schema: { response: { 200: z.object({ a: z.string() }) } } },
    () =>
      // The reply is what a fault in a presenter would make of it.
      JSON.parse('{"a":1}'),
  );
  bare.server.get('/taken', () => {
    throw new RequestProblem('REFERENCE_TAKEN', { payoutId: 'po_1', detail: 'Taken.' });
  });
  bare.server.post('/bare', () => ({ done: true }));
  bare.server.post('/optional', { schema: { body: z.strictObject({}).nullish() } }, () => ({
    done: true,
  }));
  bare.server.get('/files/*', (_request, reply) => {
    reply.callNotFound();
  });
  bare.server.get('/in-use', () => {
    throw new RequestProblem('IDEMPOTENCY_KEY_IN_USE', { retryAfterSeconds: 1 });
  });
  return bare;
}

afterEach(() => {
  lines.length = 0;
});

const post = (payload: unknown, url = '/things/1') =>
  server.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    payload:
      typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
  });

/** The problem in a reply, after the checks that hold for every one. */
function problemOf(reply: Awaited<ReturnType<typeof post>>) {
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = problemSchema.parse(reply.json());
  expect(problem.status).toBe(reply.statusCode);
  expect(problem.request_id).toBe(reply.headers['x-request-id']);
  expect(problem.type).toBe(`/docs/problems/${problem.code.toLowerCase().replaceAll('_', '-')}`);
  expect(reply.body).not.toContain('canary');
  expect(reply.body).not.toContain('node:');
  return problem;
}

describe('validation', () => {
  it('names every field that is missing, unknown or wrong', async () => {
    const reply = await post({ count: 10, kind: 'c', inner: { list: [1], deeper: 1 }, more: 1 });
    const problem = problemOf(reply);
    expect(problem).toMatchObject({
      status: 400,
      code: 'VALIDATION_FAILED',
      instance: '/things/1',
    });
    expect(problem.errors).toEqual([
      { path: 'name', message: 'is required' },
      { path: 'count', message: 'must be at most 9' },
      { path: 'kind', message: 'must be one of a, b' },
      { path: 'inner.list.0', message: 'must be text' },
      { path: 'inner.deeper', message: 'is not a known field' },
      { path: 'more', message: 'is not a known field' },
    ]);
  });

  it.each([
    [{ name: '' }, 'name', 'must not be empty'],
    [{ name: 'abcdef' }, 'name', 'must be at most 5 characters'],
    [{ name: 'a', count: 1.5 }, 'count', 'must be a whole number'],
    [{ name: 'a', inner: [] }, 'inner', 'must be an object'],
    [[], 'body', 'must be an object'],
    ['null', 'body', 'must be an object'],
  ])('%j gets %s: %s', async (body, path, message) => {
    expect(problemOf(await post(body)).errors).toEqual([{ path, message }]);
  });

  it('covers the query and the path', async () => {
    const query = problemOf(await post({ name: 'a' }, '/things/1?limit=100&x=1'));
    expect(query.errors?.map(({ path }) => path)).toEqual(['limit', 'x']);
    expect(query.instance).toBe('/things/1');
    const path = problemOf(await post({ name: 'a' }, '/things/12345678901'));
    expect(path.errors).toEqual([{ path: 'id', message: 'must be at most 10 characters' }]);
  });

  it('lists at most 50 fields, and only the beginning of a long name', async () => {
    const names = Array.from({ length: 500 }, (_, index) => [`x${index}`, 1]);
    const many = problemOf(await post({ name: 'a', ...Object.fromEntries(names) }));
    expect(many.errors).toHaveLength(50);
    const long = problemOf(await post({ name: 'a', ['y'.repeat(1000)]: 1 }));
    expect(long.errors?.[0]?.path).toHaveLength(200);
  });
});

describe('a body that is not JSON', () => {
  it.each([
    ['cut off', '{"name":'],
    ['empty', ''],
    ['a name that reaches into prototypes', '{"name":"a","__proto__":{"x":1}}'],
    ['the same with an escape', '{"name":"a","\\u005f_proto__":{"x":1}}'],
    ['a constructor', '{"constructor":{"prototype":{"x":1}}}'],
    ['too deep', `{"name":${'['.repeat(17)}${']'.repeat(17)}}`],
    ['much too deep', '['.repeat(60_000)],
    ['quotes without an end', '"\\"'.repeat(20_000)],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('%s is MALFORMED_JSON', async (_what, payload) => {
    expect(problemOf(await post(payload))).toMatchObject({ status: 400, code: 'MALFORMED_JSON' });
  });

  it.each(['/bare', '/optional'])('but empty is none where %s needs none', async (url) => {
    const reply = await post('', url);
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toEqual({ done: true });
    expect(problemOf(await post('{', url)).code).toBe('MALFORMED_JSON');
  });

  it('may hold brackets in text as deep as it likes', async () => {
    const reply = await post({ name: '[[[[[' });
    expect(reply.json()).toEqual({ name: '[[[[[' });
  });

  it('of another media type is UNSUPPORTED_MEDIA_TYPE', async () => {
    for (const type of ['text/plain', 'application/xml', 'nonsense']) {
      const headers = { 'content-type': type };
      const reply = await server.inject({
        method: 'POST',
        url: '/things/1',
        headers,
        payload: 'x',
      });
      expect(problemOf(reply)).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
    }
  });

  it('of 2 MB is BODY_TOO_LARGE', async () => {
    const reply = await post({ name: 'a'.repeat(2_000_000) });
    expect(problemOf(reply)).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });
});

describe('an address', () => {
  it('that no route serves is ROUTE_NOT_FOUND', async () => {
    for (const url of ['/nothing', '/things/1/', '/things', '/Things/1']) {
      const reply = await server.inject({ method: 'GET', url });
      expect(problemOf(reply)).toMatchObject({
        status: 404,
        code: 'ROUTE_NOT_FOUND',
        instance: url,
      });
    }
  });

  it('whose route finds nothing is ROUTE_NOT_FOUND, although it takes the method', async () => {
    const reply = await server.inject({ method: 'GET', url: '/files/missing.js' });
    expect(problemOf(reply)).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
  });

  it('with another method is METHOD_NOT_ALLOWED and lists its own', async () => {
    const reply = await server.inject({ method: 'DELETE', url: '/things/1?x=1' });
    expect(problemOf(reply)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect(reply.headers['allow']).toBe('POST');
    const other = await server.inject({ method: 'OPTIONS', url: '/taken' });
    expect(other.headers['allow']).toBe('GET, HEAD');
  });

  it('that cannot be decoded is MALFORMED_REQUEST', async () => {
    const reply = await server.inject({ method: 'GET', url: '/things/%zz' });
    expect(problemOf(reply)).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' });
  });

  it('with a part that is too long is URL_TOO_LONG', async () => {
    const reply = await post({ name: 'a' }, `/things/${'1'.repeat(101)}`);
    expect(problemOf(reply)).toMatchObject({ status: 414, code: 'URL_TOO_LONG' });
  });
});

describe('a problem that a route throws', () => {
  it('carries its own detail and the address of the payout in the way', async () => {
    const reply = await server.inject({ method: 'GET', url: '/taken' });
    expect(problemOf(reply)).toMatchObject({ detail: 'Taken.', payout: '/v1/payouts/po_1' });
    expect(reply.headers['link']).toBe('</v1/payouts/po_1>; rel="related"');
  });

  it('says when to come back', async () => {
    const reply = await server.inject({ method: 'GET', url: '/in-use' });
    problemOf(reply);
    expect(reply.headers['retry-after']).toBe('1');
  });
});

describe('a fault of ours', () => {
  it.each(['/throws', '/status', '/string', '/bad-reply'])(
    'at %s is INTERNAL, logged under the request id and not told',
    async (url) => {
      const headers = { 'x-request-id': 'id-of-the-fault' };
      const reply = await server.inject({ method: 'GET', url, headers });
      expect(problemOf(reply)).toMatchObject({ status: 500, code: 'INTERNAL' });
      const logged = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
      expect(logged).toEqual([
        expect.objectContaining({
          requestId: 'id-of-the-fault',
          msg: 'The request failed unexpectedly.',
        }),
      ]);
    },
  );
});

describe('over a real socket', () => {
  it('a client that sends no HTTP gets the same shape', async () => {
    await server.listen({ host: '127.0.0.1', port: 0 });
    const oversize = `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`;
    const expected = { 'NONSENSE\r\n\r\n': 'MALFORMED_REQUEST', [oversize]: 'HEADERS_TOO_LARGE' };
    for (const [sent, code] of Object.entries(expected)) {
      const { port } = server.server.address() as AddressInfo;
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      socket.write(sent);
      await once(socket, 'close');
      const [head = '', body = ''] = text.split('\r\n\r\n');
      expect(head).toContain('content-type: application/problem+json');
      const problem = problemSchema.parse(JSON.parse(body));
      expect(problem.code).toBe(code);
      expect(head).toContain(`HTTP/1.1 ${problem.status} `);
      expect(head).toContain(`x-request-id: ${problem.request_id}`);
    }
  });

  it('a HEAD request gets the status without a body', async () => {
    const reply = await supertest(server.server).head('/nothing');
    expect(reply.status).toBe(404);
    expect(reply.text).toBeUndefined();
  });
});
