/**
 * Health, the API's documents, and addresses where there is nothing.
 */

import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startRunningService();
});
afterAll(() => service.close());

const get = (path: string) => request(service.url).get(path);

describe('health', () => {
  test('says that the process runs and that it can work', async () => {
    const live = await get('/health/live');
    expect([live.status, live.body]).toEqual([200, { status: 'ok' }]);
    const ready = await get('/health/ready');
    expect([ready.status, ready.body]).toEqual([200, { status: 'ok', problems: [] }]);
  });

  test('says that the database is away, in a sentence without its address', async () => {
    const lost = await startRunningService();
    await lost.database.drop();
    const ready = await request(lost.url).get('/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.body.status).toBe('unavailable');
    expect(ready.body.problems).toHaveLength(1);
    expect(JSON.stringify(ready.body)).not.toContain(
      new URL(lost.database.connectionString).pathname.slice(1),
    );
    expect((await request(lost.url).get('/health/live')).status).toBe(200);
    const create = await request(lost.url)
      .get('/v1/payouts')
      .set('authorization', `Bearer ${lost.secrets.apiKey}`);
    expect(create.headers['content-type']).toContain('application/problem+json');
    expect([500, 503]).toContain(create.status);
    await lost.close().catch(() => undefined);
  });
});

describe('documents', () => {
  test('the API is described by OpenAPI 3.1 with every route of its callers', async () => {
    const { status, body } = await get('/openapi.json');
    expect(status).toBe(200);
    expect(body.openapi).toMatch(/^3\.1\./);
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/v1/payouts',
        '/v1/payouts/{id}',
        '/v1/payouts/{id}/authorize',
        '/v1/payouts/{id}/cancel',
        '/health/live',
        '/health/ready',
      ]),
    );
    expect(JSON.stringify(body)).not.toContain('/callbacks/');
  });

  test('Swagger UI is there for people', async () => {
    const page = await get('/docs/');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).toContain('swagger-ui');
    const policy = page.headers['content-security-policy'];
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("default-src 'none'");
    expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)/);
  });

  test('the type of a problem is an address that explains it', async () => {
    const missing = await get('/nowhere');
    const page = await get(missing.body.type);
    expect(page.status).toBe(200);
    expect(page.text).toContain('ROUTE_NOT_FOUND');
  });
});

describe('addresses', () => {
  test('where there is nothing are answered with a problem', async () => {
    const answer = await get('/v1/nothing?secret=1');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      code: 'ROUTE_NOT_FOUND',
      instance: '/v1/nothing',
      request_id: answer.headers['x-request-id'],
    });
  });

  test('that do not take a method say which ones they take', async () => {
    const answer = await request(service.url).delete('/v1/payouts');
    expect([answer.status, answer.body.code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers['allow']).toContain('GET');
    expect(answer.headers['allow']).toContain('POST');
  });
});
