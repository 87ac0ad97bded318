/**
 * The edge of the service against callers who know only the document, who make mistakes, or who
 * mean harm: a documented answer every time, never a fault of ours, and no row without a 201.
 */

import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payoutBody, receiverBody } from '../support/api-client.ts';
import { createDocumentCheck } from '../support/document-check.ts';
import { recordsFrom } from '../support/from-schema.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';
import { waitFor } from '../support/wait-for.ts';

const check = createDocumentCheck();
let service: RunningService;

beforeAll(async () => {
  service = await startRunningService();
});
afterAll(() => service.close());

const rows = async (): Promise<number> => {
  const [row] = await service.database.query<{ count: string }>('select count(*) from payouts');
  return Number(row?.count);
};

/** Sends a body as it is; the answer has to be documented, and tells nothing of the inside. */
async function post(body: string | Uint8Array, headers: object = {}) {
  const response = await fetch(`${service.url}/v1/payouts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${service.secrets.apiKey}`,
      'idempotency-key': randomUUID(),
      'content-type': 'application/json',
      ...headers,
    },
    body: typeof body === 'string' ? body : Buffer.from(body),
  });
  const text = await response.text();
  check.check('createPayout', { status: response.status, headers: response.headers, text });
  expect(response.status).toBeLessThan(500);
  expect(text).not.toMatch(/node:|\.ts:\d|node_modules|\bat [\w.<>]+ \(/);
  return { status: response.status, body: JSON.parse(text) };
}

const bodies = recordsFrom('CreatePayoutRequest').map((body) => ({ ...body, endpoint: 'default' }));

/** Bodies that also keep the rules that join fields, which no schema can say. */
const soundBodies = fc
  .tuple(
    bodies,
    fc.integer({ min: 1, max: 99_999_999 }),
    fc.constantFrom('EUR', 'USD', 'JPY', 'KWD'),
  )
  .map(([body, minor, currency]) => {
    const decimals =
      new Map([
        ['JPY', 0],
        ['KWD', 3],
      ]).get(currency) ?? 2;
    const amount = (minor / 10 ** decimals).toFixed(decimals);
    return { ...body, reference: randomUUID(), amount, currency, receiver: receiverBody() };
  });

describe('bodies made from the schema', () => {
  it('are taken, or refused by a documented problem, and leave a row only when taken', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const before = await rows();
        const { status } = await post(JSON.stringify(body));
        expect((await rows()) - before).toBe(status === 201 ? 1 : 0);
      }),
      { numRuns: 60 },
    );
  });

  it('are always taken where they keep the rules that join fields', async () => {
    await fc.assert(
      fc.asyncProperty(soundBodies, async (body) => {
        const answer = await post(JSON.stringify(body));
        expect([answer.status, answer.body.errors]).toEqual([201, undefined]);
        expect(answer.body).toMatchObject({ amount: body.amount, currency: body.currency });
      }),
      { numRuns: 60 },
    );
  });
});

describe('bodies with one mistake', () => {
  const wrong = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.constant([]),
    fc.constant({ nothing: 'known' }),
  );
  const mistakes = fc.oneof(
    fc.constantFrom('reference', 'amount', 'currency', 'receiver').map((name) => (body: object) => {
      return Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));
    }),
    fc
      .tuple(fc.constantFrom('reference', 'amount', 'currency', 'receiver', 'release'), wrong)
      .map(([name, value]) => (body: object) => ({ ...body, [name]: value })),
    fc
      .string({ minLength: 1 })
      .filter((name) => !(name in Object.prototype))
      .map((name) => (body: object) => ({ ...body, [`x-${name}`]: 1 })),
    fc
      .constantFrom('0', '-1', '1e3', ' 1', '1.', '.5', '1,5', '١', '12345678901')
      .map((amount) => (body: object) => ({ ...body, amount })),
  );

  it('are refused with the field that is wrong, and leave no row', async () => {
    await fc.assert(
      fc.asyncProperty(soundBodies, mistakes, async (body, mistake) => {
        const before = await rows();
        const { status, body: problem } = await post(JSON.stringify(mistake(body)));
        expect([status, problem.code]).toEqual([400, 'VALIDATION_FAILED']);
        expect(problem.errors.length).toBeGreaterThan(0);
        expect(await rows()).toBe(before);
      }),
      { numRuns: 80 },
    );
  });
});

describe('bodies that are no requests at all', () => {
  it('are refused, whatever they are', async () => {
    const before = await rows();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 400 })),
        async (body) => {
          const { status } = await post(body);
          expect(status).toBe(400);
        },
      ),
      { numRuns: 100 },
    );
    expect(await rows()).toBe(before);
  });

  it.each([
    ['a prototype', `{"__proto__":{"amount":"1.00"},"reference":"r"}`],
    ['a prototype deep inside', `{"receiver":{"bank_account":{"__proto__":{"x":1}}}}`],
    ['a constructor', `{"metadata":{"constructor":{"prototype":{"x":1}}}}`],
    ['depth', `${'{"receiver":'.repeat(5000)}1${'}'.repeat(5000)}`],
  ])('%s is MALFORMED_JSON', async (_what, body) => {
    expect((await post(body)).body.code).toBe('MALFORMED_JSON');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it.each([
    ['the amount', '"amount":', '"amount":"99.99","amount":'],
    ['the same with an escape', '"amount":', '"\\u0061mount":"99.99","amount":'],
    ['the account', '"account_number":', '"account_number":"1","account_number":'],
    ['the receiver', '"receiver":', '"receiver":{},"receiver":'],
  ])('that say twice what is %s are refused, since it is unknown which is meant', async (...to) => {
    const [, from, twice] = to;
    const sound = JSON.stringify(payoutBody({ receiver: receiverBody() }));
    expect(sound).toContain(from);
    const before = await rows();
    const { status, body } = await post(sound.replace(from, twice));
    expect([status, body.code]).toEqual([400, 'MALFORMED_JSON']);
    expect(body.detail).toBe('A member name occurs twice in one object of the body.');
    expect(await rows()).toBe(before);
  });

  it('may use a name once in each object, and colons in texts', async () => {
    const metadata = { amount: '":{', reference: 'a:b', 'x:y': '\\":', ['\\']: ':' };
    const answer = await post(JSON.stringify({ ...payoutBody(), metadata }));
    expect([answer.status, answer.body.metadata]).toEqual([201, metadata]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'x'])(
    'JSON that calls itself %s is refused',
    async (type) => {
      const { status } = await post(JSON.stringify(payoutBody()), { 'content-type': type });
      expect(status).toBe(415);
    },
  );
});

describe('addresses', () => {
  const send = (method: string, path: string) =>
    fetch(`${service.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${service.secrets.apiKey}` },
    });

  it('answer HEAD like GET, without the body', async () => {
    for (const path of ['/v1/payouts', '/v1/events', '/health/live', '/docs']) {
      const [get, head] = [await send('GET', path), await send('HEAD', path)];
      expect([path, head.status, await head.text()]).toEqual([path, get.status, '']);
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
    }
  });

  it('list their methods to those who use another', async () => {
    for (const method of ['OPTIONS', 'DELETE', 'PUT', 'PATCH']) {
      const answer = await send(method, '/v1/payouts');
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
    }
  });

  it('are not the same with a slash at the end, doubled slashes or other letters', async () => {
    for (const path of ['/v1/payouts/', '/v1//payouts', '/V1/payouts', '/v1/payouts/x/', '/v1']) {
      const answer = await send('GET', path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
  });

  it('never lead to a fault, whatever is in their path and query', async () => {
    const word = fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => text.isWellFormed());
    const names = fc.constantFrom(
      'after_version',
      'wait',
      'limit',
      'cursor',
      'status',
      'after',
      'x',
    );
    const part = fc.oneof(word, fc.constantFrom('..', '%00', 'po_', "'; drop table payouts; --"));
    const query = fc.array(fc.tuple(names, fc.oneof(word, fc.constantFrom('0', '-1', '1e9'))));
    const base = fc.constantFrom(
      '/v1/payouts',
      '/v1/events',
      '/v1/payouts/{}',
      '/v1/payouts/{}/timeline',
    );
    await fc.assert(
      fc.asyncProperty(base, part, query, async (path, id, parameters) => {
        // A wait of seconds is not what is looked for here.
        const kept = parameters.filter(([name]) => name !== 'wait');
        const address = path.replace('{}', encodeURIComponent(id));
        const answer = await send('GET', `${address}?${new URLSearchParams(kept).toString()}`);
        expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
  });
});

describe('slow callers', () => {
  it('are waited for as long as they go on, and delay no other request', async () => {
    const text = JSON.stringify(payoutBody());
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
    });
    const head = [
      'POST /v1/payouts HTTP/1.1',
      'host: x',
      `authorization: Bearer ${service.secrets.apiKey}`,
      'idempotency-key: slow',
      'content-type: application/json',
      `content-length: ${text.length}`,
      'connection: close',
      '',
      '',
    ].join('\r\n');
    for (const piece of (head + text).match(/[^]{1,40}/g) ?? []) {
      socket.write(piece);
      await sleep(10);
      if (piece.includes('amount'))
        expect((await post(JSON.stringify(payoutBody()))).status).toBe(201);
    }
    await waitFor('the answer', () => received.includes('\r\n\r\n'));
    socket.destroy();
    expect(received).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('that hang up in the middle leave nothing behind', async () => {
    const before = await rows();
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    const head = [
      'POST /v1/payouts HTTP/1.1',
      'host: x',
      `authorization: Bearer ${service.secrets.apiKey}`,
      'idempotency-key: half',
      'content-type: application/json',
      'content-length: 900',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n{"ref`);
    await sleep(50);
    socket.destroy();
    expect((await post('{}')).status).toBe(400);
    expect(await rows()).toBe(before);
  });
});
