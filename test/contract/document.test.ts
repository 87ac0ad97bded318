/**
 * The document cannot lie: every operation is called until every answer that is documented for it
 * was seen, and each answer is held against the document by a library. An answer that is not
 * documented fails as well.
 */

import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashApiKey } from '../../src/lib/api-key.ts';
import { payoutBody } from '../support/api-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type DatabaseDoor, openDatabaseDoor } from '../support/database-door.ts';
import {
  type Answer,
  createDocumentCheck,
  document,
  faultsOf,
  operations,
} from '../support/document-check.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';
import { waitFor } from '../support/wait-for.ts';

const NO_PAYOUT = 'po_01kz6w3h8fe2vs5m8q4c9t7r2d';
const NO_PROPOSAL = 'prop_01kz6w3h8fe2vs5m8q4c9t7r2d';

/** What an operation is about where the test names nothing: well formed, and nowhere. */
const absentOf = (path: string): string =>
  path.startsWith('/v1/proposals/') ? NO_PROPOSAL : NO_PAYOUT;
const ALL = ['payouts:read', 'payouts:write', 'payouts:authorize', 'operator'];
const API_KEYS = JSON.stringify([
  { name: 'all', sha256: hashApiKey('all-key'), scopes: ALL },
  { name: 'busy', sha256: hashApiKey('busy-key'), scopes: ALL },
  { name: 'reader', sha256: hashApiKey('reader-key'), scopes: ['payouts:read'] },
  { name: 'desk', sha256: hashApiKey('desk-key'), scopes: ['payouts:authorize'] },
]);

const check = createDocumentCheck();

type Sent = {
  id?: string;
  action?: string;
  query?: string;
  key?: string | null;
  body?: unknown;
  headers?: object;
};

const withKey = operations.filter(({ path }) => path.startsWith('/v1/'));
const operationOf = (operationId: string) => {
  const found = operations.find(({ operation }) => operation.operationId === operationId);
  if (found === undefined) throw new Error(`no operation ${operationId}`);
  return found;
};

/** A body that the operation takes, where it needs one. */
const bodyOf = (operationId: string): unknown => {
  if (operationId === 'createPayout') return payoutBody();
  if (operationId === 'resolvePayout') {
    return { finding: 'paid', evidence: 'ticket 4711', name: 'Grace' };
  }
  if (operationId === 'proposeBreakGlass') {
    return { finding: 'not_paid', evidence: 'letter of the bank', name: 'Grace' };
  }
  if (operationId === 'approveProposal') return { name: 'Ada' };
  if (operationId === 'bulkCommand') return { filter: { status: 'paying' } };
  return undefined;
};

/** Calls an operation, and holds what it answers against the document. */
async function call(url: string, operationId: string, sent: Sent = {}): Promise<Answer> {
  const { path, method } = operationOf(operationId);
  const {
    id = absentOf(path),
    action = 'due',
    query = '',
    key = 'all',
    body = bodyOf(operationId),
    headers = {},
  } = sent;
  const isText = typeof body === 'string';
  const response = await fetch(
    `${url}${path.replace('{id}', id).replace('{action}', action)}${query}`,
    {
      method: method.toUpperCase(),
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}-key` }),
        ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
        ...(operationId === 'createPayout' ? { 'idempotency-key': randomUUID() } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    },
  );
  const answer = {
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  };
  check.check(operationId, answer);
  return answer;
}

const codeOf = (answer: Answer): string => JSON.parse(answer.text).code;
const payoutOf = (answer: Answer) => JSON.parse(answer.text);

let service: RunningService;
let broken: RunningService;
let shut: RunningService;
let door: DatabaseDoor;
let behindDoor: TestDatabase;

beforeAll(async () => {
  behindDoor = await createTestDatabase();
  door = await openDatabaseDoor(behindDoor.connectionString);
  [service, broken, shut] = await Promise.all([
    startRunningService({ environment: { API_KEYS, PRAXIS_ALLOW_UNAUTHENTICATED: 'true' } }),
    startRunningService({
      environment: {
        API_KEYS,
        PRAXIS_ALLOW_UNAUTHENTICATED: 'false',
        PRAXIS_BASIC_AUTH: 'till:secret',
      },
    }),
    startRunningService({
      environment: {
        API_KEYS,
        PRAXIS_ALLOW_UNAUTHENTICATED: 'false',
        PRAXIS_ALLOWED_IPS: '10.0.0.0/8',
        DATABASE_URL: door.connectionString,
      },
    }),
  ]);
});

afterAll(async () => {
  await Promise.all([service.close(), broken.close(), shut.close()]);
  await door.shut();
  await behindDoor.drop();
});

async function untilStatus(id: string, status: string): Promise<void> {
  await waitFor(`${id} to be ${status}`, async () => {
    const answer = await call(service.url, 'getPayout', { id });
    return payoutOf(answer).status === status;
  });
}

async function payoutIn(status: string, changes: object = {}): Promise<string> {
  const created = await call(service.url, 'createPayout', { body: payoutBody(changes) });
  expect(created.status).toBe(201);
  const { id } = payoutOf(created);
  await untilStatus(id, status);
  return id;
}

describe('answers to what is asked rightly', () => {
  it('create, and its repeats and conflicts', async () => {
    const { url } = service;
    const body = payoutBody();
    const headers = { 'idempotency-key': `"${randomUUID()}"` };
    const first = await call(url, 'createPayout', {
      body,
      headers: { ...headers, prefer: 'wait=5' },
    });
    expect(first.headers.get('preference-applied')).toBe('wait=5');
    const again = await call(url, 'createPayout', { body, headers });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const reused = await call(url, 'createPayout', { body: payoutBody(), headers });
    expect(codeOf(reused)).toBe('IDEMPOTENCY_KEY_REUSED');
    const taken = await call(url, 'createPayout', { body });
    expect([taken.status, codeOf(taken)]).toEqual([409, 'REFERENCE_TAKEN']);
    expect(taken.headers.get('link')).toContain(payoutOf(first).id);
  });

  it('commands, in time and too late', async () => {
    const { url } = service;
    const id = await payoutIn('bank_confirmed', { release: 'on_authorization' });
    const stale = { id, headers: { 'if-match': '"1"' } };
    const ahead = { id, headers: { 'if-match': '"999"' } };
    expect(codeOf(await call(url, 'authorizePayout', ahead))).toBe('AHEAD_OF_HISTORY');
    expect(codeOf(await call(url, 'authorizePayout', stale))).toBe('VERSION_MISMATCH');
    expect(codeOf(await call(url, 'cancelPayout', stale))).toBe('VERSION_MISMATCH');
    expect(codeOf(await call(url, 'deauthorizePayout', stale))).toBe('VERSION_MISMATCH');
    expect((await call(url, 'deauthorizePayout', { id })).status).toBe(200);
    expect((await call(url, 'authorizePayout', { id })).status).toBe(200);
    await untilStatus(id, 'approved');
    expect(codeOf(await call(url, 'deauthorizePayout', { id }))).toBe('NOT_DEAUTHORIZABLE');
    expect((await call(url, 'cancelPayout', { id })).status).toBe(409);
    const other = await payoutIn('bank_confirmed', { release: 'on_authorization' });
    expect((await call(url, 'cancelPayout', { id: other })).status).toBe(200);
    expect((await call(url, 'authorizePayout', { id: other })).status).toBe(409);
  });

  it('what operators do', async () => {
    const { url } = service;
    const id = await payoutIn('processing', { amount: '10.04' });
    await waitFor('attention', async () => {
      return payoutOf(await call(url, 'getPayout', { id })).attention !== null;
    });
    const stale = { id, headers: { 'if-match': '"1"' } };
    expect((await call(url, 'acknowledgeAttention', stale)).status).toBe(412);
    expect((await call(url, 'acknowledgeAttention', { id })).status).toBe(200);
    expect((await call(url, 'resolvePayout', stale)).status).toBe(412);
    expect((await call(url, 'resolvePayout', { id })).status).toBe(200);
    const open = await payoutIn('bank_confirmed', { release: 'on_authorization' });
    expect((await call(url, 'resolvePayout', { id: open })).status).toBe(409);
    expect((await call(url, 'acknowledgeAttention', { id: open })).status).toBe(409);
    const outdated = { id: open, headers: { 'if-match': '"1"' } };
    expect((await call(url, 'redeliverNotifications', outdated)).status).toBe(412);
    expect((await call(url, 'redeliverNotifications', { id: open })).status).toBe(200);
    await service.database.query(
      `insert into notifications (id, payout_id, position, letter, body, state, due_at, created_at)
       values ($1, $1, 0, 'A', '{}', 'skipped', now(), now())`,
      [open],
    );
    expect((await call(url, 'redeliverNotifications', { id: open })).status).toBe(409);
    for (const operationId of ['getPause', 'pausePayments', 'getPause', 'resumePayments']) {
      expect((await call(url, operationId)).status).toBe(200);
    }
    await service.database.query(
      `insert into pauses (scope, value, paused, by, key, since)
       select 'api_key', n::text, true, 'Grace', 'all', now() from generate_series(1, 200) as n`,
    );
    const part = { body: { currency: 'EUR' } };
    expect(codeOf(await call(url, 'pausePayments', part))).toBe('TOO_MANY_PAUSES');
    expect((await call(url, 'getPause')).status).toBe(200);
    expect((await call(url, 'resumePayments', part)).status).toBe(200);
    expect((await call(url, 'bulkCommand')).status).toBe(200);
    const some = { filter: { created_from: '2026-01-01T00:00:00Z' }, expected: 0 };
    expect((await call(url, 'bulkCommand', { body: some })).status).toBe(409);
    expect((await call(url, 'bulkCommand', { body: { ...some, expected: 10_000 } })).status).toBe(
      200,
    );
  });

  it('what two operators decide without the gateway', async () => {
    const { url, database } = service;
    const id = await payoutIn('processing', { amount: '10.04' });
    const stale = { id, headers: { 'if-match': '"1"' } };
    expect((await call(url, 'proposeBreakGlass', stale)).status).toBe(412);
    expect(codeOf(await call(url, 'proposeBreakGlass', { id }))).toBe('NOT_RESOLVABLE');
    await database.query(
      `update payouts set gateway_identity = 'closed', revision = revision + 1,
        status_since = now() - interval '2 days', due_at = now() + interval '1 hour',
        memory = jsonb_set(jsonb_set(memory, '{reply,askedAt}', '0'), '{pay,endedAt}', '0')
        where id = $1`,
      [id],
    );
    const proposed = await call(url, 'proposeBreakGlass', { id });
    expect(proposed.status).toBe(201);
    const proposal = { id: JSON.parse(proposed.text).id };
    expect(codeOf(await call(url, 'proposeBreakGlass', { id }))).toBe('PROPOSAL_OPEN');
    expect((await call(url, 'listProposals')).status).toBe(200);
    expect(codeOf(await call(url, 'approveProposal', proposal))).toBe('SAME_PERSON');
    const second = { ...proposal, key: 'busy' };
    expect((await call(url, 'approveProposal', second)).status).toBe(200);
    expect(codeOf(await call(url, 'approveProposal', second))).toBe('PROPOSAL_CLOSED');
    expect(payoutOf(await call(url, 'getPayout', { id }))).toMatchObject({
      status: 'declined',
      attention: { code: 'resolved_unseen', severity: 'urgent' },
    });
  });

  it('a second payout-check that an operator allows', async () => {
    const { url, simulator, database } = service;
    const faults = [{ command: 'payout-check', fault: 'hang', times: 1 } as const];
    simulator.control.setBehaviour({ faults });
    const id = await payoutIn('checking');
    const code = 'check_outcome_unknown';
    const until = Date.now();
    const refused = { key: '', since: until - 3_600_000, until, count: 9, knownAnsweredAt: null };
    await database.query(
      `update payouts set attention = $2, revision = revision + 1,
        memory = jsonb_set(memory, '{check,refusedLookups}', $3) where id = $1`,
      [
        id,
        JSON.stringify([{ code, since: 1, detail: null, acknowledgedBy: null }]),
        JSON.stringify(refused),
      ],
    );
    const stale = { id, headers: { 'if-match': '"1"' } };
    expect((await call(url, 'releaseCheck', stale)).status).toBe(412);
    expect(payoutOf(await call(url, 'getPayout', { id })).allowed_actions).toContain(
      'release_check',
    );
    expect((await call(url, 'releaseCheck', { id })).status).toBe(200);
    expect((await call(url, 'releaseCheck', { id })).status).toBe(409);
  });

  it('what is read', async () => {
    const { url } = service;
    const id = await payoutIn('approved');
    const reads: [string, Sent][] = [
      ['listPayouts', { query: '?limit=3&status=approved,canceled' }],
      ['listEvents', { query: '?after=0&limit=200' }],
      ['getTimeline', { id, query: '?limit=200' }],
      ['getPayout', { id, query: '?after_version=1&wait=1' }],
      ['getLiveness', {}],
      ['getReadiness', {}],
    ];
    for (const [operationId, sent] of reads) {
      expect((await call(url, operationId, sent)).status).toBe(200);
    }
    const ahead: [string, Sent][] = [
      ['listEvents', { query: '?after=999999999' }],
      ['getPayout', { id, query: '?after_version=999999999' }],
    ];
    for (const [operationId, sent] of ahead) {
      const answer = await call(url, operationId, sent);
      expect([answer.status, codeOf(answer)]).toEqual([409, 'AHEAD_OF_HISTORY']);
    }
  });

  it('the cashier', async () => {
    const letter = { PIN: '7', FrontEndName: 'x', ExtPayoutID: 'nobody', Status: 'A' };
    const send = (url: string, body: unknown, headers: object = {}) =>
      call(url, 'updatePayout', { key: null, body, headers });
    expect(JSON.parse((await send(service.url, letter)).text).Status).toBe(2);
    expect((await send(broken.url, letter)).status).toBe(401);
    expect((await send(shut.url, letter)).status).toBe(403);
    expect((await send(service.url, 'x', { 'content-type': 'text/xml' })).status).toBe(415);
    expect((await send(service.url, { ...letter, PP: 'x'.repeat(1_000_000) })).status).toBe(413);
    const { path } = operationOf('updatePayout');
    const refused = await fetch(`${service.url}${path}`);
    check.check('updatePayout', {
      status: refused.status,
      headers: refused.headers,
      text: await refused.text(),
    });
    expect(refused.status).toBe(405);
    const strangers = Array.from({ length: 40 }, () => send(broken.url, letter));
    const answers = (await Promise.all(strangers)).map(({ status }) => status);
    expect(new Set(answers)).toEqual(new Set([401, 429]));
  });
});

/** What a server answers to bytes that are not HTTP, on the path of an operation. */
async function sendBroken(url: string, method: string, path: string): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`${method.toUpperCase()} ${path} HTTP/1.1\r\nhost: x\r\nnot a header\r\n\r\n`);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  const lines = head.split('\r\n').slice(1);
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(': ')[0] ?? '', line.split(': ')[1] ?? '']),
  );
  return { status: Number(head.split(' ')[1]), headers, text: body };
}

const wrongly = withKey.map(({ method, path, operation }) => ({ method, path, ...operation }));

describe('answers to what is asked wrongly', () => {
  it.each(wrongly)('$operationId: a request that is no HTTP', async (operation) => {
    const { method, path, operationId } = operation;
    const answer = await sendBroken(service.url, method, path.replace('{id}', absentOf(path)));
    check.check(operationId, answer);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'MALFORMED_REQUEST']);
  });

  it.each(wrongly)('$operationId: no key, and a key that may not', async ({ operationId }) => {
    const anonymous = await call(service.url, operationId, { key: null });
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const key = operationId.endsWith('uthorizePayout') ? 'reader' : 'desk';
    expect((await call(service.url, operationId, { key })).status).toBe(403);
  });

  it.each(wrongly.filter(({ path }) => path.includes('{id}')))(
    '$operationId: no such payout, and an id that is much too long',
    async ({ operationId }) => {
      expect((await call(service.url, operationId)).status).toBe(404);
      expect((await call(service.url, operationId, { id: 'x'.repeat(200) })).status).toBe(414);
    },
  );

  it('bulkCommand: an action that is not known, and one that is much too long', async () => {
    const sent = (action: string) => call(service.url, 'bulkCommand', { action });
    expect((await sent('resolve')).status).toBe(400);
    expect((await sent('x'.repeat(200))).status).toBe(414);
  });

  it.each(wrongly.filter(({ method }) => method === 'post'))(
    '$operationId: a body that is too large, of another type, or broken',
    async ({ operationId }) => {
      const send = async (body: string, type = 'application/json'): Promise<number> =>
        (await call(service.url, operationId, { body, headers: { 'content-type': type } })).status;
      expect(await send(`"${'x'.repeat(100_000)}"`)).toBe(413);
      expect(await send('x', 'text/plain')).toBe(415);
      expect(await send('{')).toBe(400);
    },
  );
});

describe('answers of a service that cannot work', () => {
  it('too many requests of one key', async () => {
    // The window of a second does not end while the clock stands.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      let left = 2000;
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          while (left > 0) {
            left -= 1;
            await call(service.url, 'getPayout', { id: 'x', key: 'busy' });
          }
        }),
      );
      for (const { operation } of withKey) {
        const answer = await call(service.url, operation.operationId, { key: 'busy' });
        expect([answer.status, codeOf(answer)]).toEqual([429, 'RATE_LIMITED']);
      }
      expect((await call(service.url, 'listPayouts')).status).toBe(200);
    } finally {
      vi.useRealTimers();
    }
  }, 60_000);

  it('a fault of ours', async () => {
    await broken.database.query('drop schema public cascade');
    for (const { operation } of withKey) {
      const answer = await call(broken.url, operation.operationId);
      expect([operation.operationId, answer.status]).toEqual([operation.operationId, 500]);
    }
  });

  it('a database that is gone', async () => {
    await door.shut();
    for (const { operation } of withKey) {
      const answer = await call(shut.url, operation.operationId);
      expect([operation.operationId, answer.status]).toEqual([operation.operationId, 503]);
    }
    expect((await call(shut.url, 'getReadiness')).status).toBe(503);
  });
});

describe('the document', () => {
  it('documents no answer that was not seen here', () => {
    expect(check.unseen()).toEqual([]);
  });

  it('has examples that are as its schemas say', () => {
    for (const { operation } of operations) {
      const bodies = [operation.requestBody, ...Object.values(operation.responses)];
      for (const { schema, example, examples } of bodies.flatMap((body) =>
        Object.values(body?.content ?? {}),
      )) {
        const named = Object.entries(examples ?? {}).map(([name, entry]) =>
          '$ref' in entry ? document.components.examples[name]?.value : entry['value'],
        );
        const given = [...named, example].filter((value) => value !== undefined);
        const faults = given.map((value) => (schema ? faultsOf(schema, value) : 'no schema'));
        expect(faults, operation.operationId).toEqual(given.map(() => null));
      }
    }
  });
});
