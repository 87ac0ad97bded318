/**
 * What leaves for the platform on each attempt, judged by the standardwebhooks package, which knows
 * nothing of this code.
 */

import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import type { OutboundRequest } from '../../src/lib/outbound/call.ts';
import { createPlatformClient } from '../../src/praxis/client.ts';

const secretOf = (text: string): string =>
  `whsec_${Buffer.from(text.padEnd(32)).toString('base64')}`;
const OLD = secretOf('old');
const NEW = secretOf('new');
const BODY = '{"Status":"A","PIN":"Zoë"}';

function createClient(secrets: string[], authorization: string | null = null) {
  const sent: OutboundRequest[] = [];
  let now = Date.now();
  const client = createPlatformClient({
    outbound: {
      send: async (request) => {
        sent.push(request);
        const headers = { contentType: 'application/json', retryAfter: null, date: null };
        const body = '{"Status":0,"Description":"ok"}';
        return { kind: 'answered', httpStatus: 200, headers, body, durationMs: 1 };
      },
    },
    url: 'https://platform.example/UpdatePayout',
    secrets,
    authorization,
    clock: { now: () => now },
  });
  const send = async () => {
    await client.send({ id: 'po_1_A', body: BODY }, () => true);
    now += 2000;
    return sent.at(-1)?.headers ?? {};
  };
  return { send, sent };
}

it('is verified by an independent library with the old and with the new secret', async () => {
  const headers = await createClient([NEW, OLD]).send();
  for (const secret of [OLD, NEW]) {
    expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  }
  expect(() => new Webhook(secretOf('other')).verify(BODY, headers)).toThrow('signature');
  expect(() => new Webhook(NEW).verify(`${BODY} `, headers)).toThrow('signature');
});

it('keeps its id over the attempts and takes the time of each', async () => {
  const { send, sent } = createClient([NEW]);
  const [first, second] = [await send(), await send()];
  expect(first['webhook-id']).toBe(second['webhook-id']);
  expect(Number(second['webhook-timestamp']) - Number(first['webhook-timestamp'])).toBe(2);
  expect(sent.map(({ body }) => body)).toEqual([BODY, BODY]);
});

it('says its content type, and the Authorization the platform wants', async () => {
  expect(await createClient([], 'Bearer platform').send()).toEqual({
    'content-type': 'application/json',
    authorization: 'Bearer platform',
    'webhook-id': 'po_1_A',
  });
  expect(await createClient([]).send()).not.toHaveProperty('authorization');
});
