/**
 * What no operation asks for: a field or a parameter that is not known is refused by its name,
 * wherever it is sent, and a command is not done without what it was meant to say.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { payoutBody } from '../../support/api-client.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

let service: RunningService;
let id: string;
beforeAll(async () => {
  service = await startRunningService();
  const created = await service.api.create({ release: 'on_authorization' });
  ({ id } = created);
  await service.api.untilStatus(id, 'bank_confirmed');
});
afterAll(() => service.close());

async function send(method: string, path: string, body?: string, type = 'application/json') {
  const response = await fetch(`${service.url}${path.replace('{id}', id)}`, {
    method,
    headers: {
      authorization: `Bearer ${service.secrets.apiKey}`,
      'idempotency-key': randomUUID(),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const answer: Record<string, unknown> = JSON.parse(await response.text());
  return { ...answer, httpStatus: response.status, errors: answer['errors'] };
}

const commands = [
  '/v1/payouts/{id}/authorize',
  '/v1/payouts/{id}/cancel',
  '/v1/payouts/{id}/notifications/redeliver',
];
const withBody = ['/v1/payouts/{id}/attention/acknowledge', '/v1/pause', '/v1/resume'];

const unknown = (path: string) => [{ path, message: 'is not a known field' }];

describe.each([...commands, ...withBody])('%s', (path) => {
  test('refuses an unknown field of its body, by name', async () => {
    const answer = await send('POST', path, '{"if_match":"1"}');
    expect(answer).toMatchObject({ httpStatus: 400, code: 'VALIDATION_FAILED' });
    expect(answer.errors).toEqual(unknown('if_match'));
  });

  test.each(['[]', '5', '"text"'])('refuses %s for a body', async (body) => {
    const answer = await send('POST', path, body);
    expect(answer.errors).toEqual([{ path: 'body', message: 'must be an object' }]);
  });
});

test.each<[method: string, path: string, body?: string]>([
  ['POST', '/v1/payouts', JSON.stringify(payoutBody())],
  ['POST', '/v1/payouts/{id}/resolve', '{"finding":"paid","evidence":"x","name":"Grace"}'],
  ...[...commands, ...withBody].map((path): [string, string] => ['POST', path]),
  ['GET', '/v1/pause'],
  ['GET', '/v1/payouts'],
  ['GET', '/v1/payouts/{id}'],
  ['GET', '/v1/payouts/{id}/timeline'],
  ['GET', '/v1/events'],
])('%s %s refuses an unknown parameter, by name', async (method, path, body) => {
  const answer = await send(method, `${path}?waits=20`, body);
  expect(answer).toMatchObject({ httpStatus: 400, code: 'VALIDATION_FAILED' });
  expect(answer.errors).toEqual(unknown('waits'));
});

test('nothing was done by what was refused', async () => {
  expect(await service.api.read(id)).toMatchObject({ status: 'bank_confirmed', attention: null });
  expect(await send('GET', '/v1/pause')).toMatchObject({ paused: false });
});

test.each([undefined, '', '{}', 'null'])('a body of %j is none', async (body) => {
  expect((await send('POST', '/v1/payouts/{id}/notifications/redeliver', body)).httpStatus).toBe(
    200,
  );
  expect((await send('POST', '/v1/payouts/{id}/authorize', body)).httpStatus).toBe(200);
});
