import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { expect, it } from 'vitest';
import { problemCodes } from '../../../src/flow/api/request-problem.ts';
import { problemAddress } from '../../../src/http/problems/body.ts';
import { problemRegistry } from '../../../src/http/problems/registry.ts';
import { createBareServer } from '../bare-server.ts';

it.each(problemCodes)('the type of %s leads to a page that explains it', async (code) => {
  const reply = await createBareServer().server.inject({
    method: 'GET',
    url: problemAddress(code),
  });
  expect(reply.statusCode).toBe(200);
  expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(reply.body).toContain(code);
  expect(reply.body).toContain(`${problemRegistry[code].status}`);
  expect(reply.body).toContain('Is the outcome known?');
});

it('an unknown problem is not found', async () => {
  const reply = await createBareServer().server.inject({
    method: 'GET',
    url: '/docs/problems/none',
  });
  expect(reply.json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
});

it('the pages live next to Swagger UI at /docs', async () => {
  const { server } = createBareServer();
  await server.register(swagger, { openapi: { info: { title: 't', version: '1' } } });
  await server.register(swaggerUi, { routePrefix: '/docs' });
  expect((await server.inject('/docs/problems/internal')).statusCode).toBe(200);
  expect((await server.inject('/docs/json')).statusCode).toBe(200);
});
