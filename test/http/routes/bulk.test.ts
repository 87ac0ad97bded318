/**
 * POST /v1/bulk/{action} and `npm run payout -- bulk`: many payouts by a filter, counted first and
 * limited, each with its own entry in its own timeline.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runPayoutCommand } from '../../../src/cli/payout/run.ts';
import { platformEnvironment } from '../../../src/dev/sandbox/sandbox.ts';
import { hashApiKey } from '../../../src/lib/api-key.ts';
import type { PayoutBody } from '../../../src/http/schema/payout.ts';
import { type ApiClient, createApiClient } from '../../support/api-client.ts';
import { type StartedService, startServiceOn } from '../../support/running-service.ts';
import { createSetup, type Setup } from '../../support/service-setup.ts';
import { waitFor } from '../../support/wait-for.ts';

type Bulk = {
  matched: number;
  done: number;
  unchanged: number;
  refused: { id: string; code: string; detail: string | null }[];
  next_cursor: string | null;
};
type Problem = { code: string; detail?: string; errors?: { path: string }[] };

const cashier = { pin: '7', front_end_name: 'TEST EUR' };
const scopes = {
  all: ['payouts:read', 'payouts:write', 'payouts:authorize', 'operator'],
  operator: ['operator'],
  platform: ['payouts:read', 'payouts:write', 'payouts:authorize'],
};

let setup: Setup;
let service: StartedService;
let env: Record<string, string>;
let api: ApiClient;
/** Payouts that were created since, so that tests do not see each other's. */
let since: string;

beforeAll(async () => {
  setup = await createSetup();
  env = await setup.environment({
    ...platformEnvironment(setup.secrets, setup.simulatorUrl),
    API_KEYS: JSON.stringify(
      Object.entries(scopes).map(([name, its]) => ({
        name,
        sha256: hashApiKey(name),
        scopes: its,
      })),
    ),
  });
  service = await startServiceOn(setup, env);
  api = createApiClient(service.url, 'all');
});
afterAll(async () => {
  await service.close();
  await setup.close();
});
beforeEach(async () => {
  const [row] = await setup.database.query<{ at: Date }>(
    `select coalesce(max(created_at), now() - interval '1 hour') + interval '1 ms' as at
     from payouts`,
  );
  since = row?.at.toISOString() ?? '';
});

const bulk = async (action: string, body: object, key = 'all') =>
  createApiClient(service.url, key).send<Bulk & Problem>('POST', `/v1/bulk/${action}`, { body });

const waiting = { cashier, release: 'on_authorization' };

/** Payouts that wait for an authorization, the newest first as the list has them. */
async function waitingPayouts(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.unshift((await api.create(waiting)).id);
  for (const id of ids) await api.untilStatus(id, 'bank_confirmed');
  return ids;
}

/** Payouts that were paid. */
async function paidPayouts(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.unshift((await api.create({ cashier })).id);
  for (const id of ids) await api.untilStatus(id, 'approved');
  return ids;
}

const filter = (conditions: object = {}) => ({ created_from: since, ...conditions });

/** The sentences in the timeline of a payout. */
async function sentencesOf(id: string): Promise<string> {
  const { body } = await api.send<{ data: unknown[] }>(
    'GET',
    `/v1/payouts/${id}/timeline?limit=200`,
  );
  return JSON.stringify(body.data);
}

async function cli(...words: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runPayoutCommand(words, env, {
    print: (line) => void out.push(line),
    complain: (line) => void err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** Every letter of these payouts as a platform leaves it that was dead for three days. */
async function park(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await waitFor(`the letters of ${id}`, async () => {
      const rows = await setup.database.query<{ state: string }>(
        'select state from notifications where payout_id = $1',
        [id],
      );
      return rows.length > 0 && rows.every(({ state }) => state === 'delivered');
    });
  }
  await setup.database.query(
    `update notifications set state = 'parked' where payout_id = any($1)`,
    [ids],
  );
  await setup.database.query(
    `update payouts set revision = revision + 1, version = version + 1, attention =
       '[{"code":"notification_parked","since":1,"detail":"A: timeout","acknowledgedBy":null}]'
     where id = any($1)`,
    [ids],
  );
}

const lettersOf = (id: string) =>
  setup.database.query<{ letter: string; state: string; round: number }>(
    'select letter, state, round from notifications where payout_id = $1 order by position',
    [id],
  );

describe('counting', () => {
  test('changes nothing', async () => {
    const ids = await waitingPayouts(3);
    const { status, body } = await bulk('cancel', { filter: filter({ status: 'bank_confirmed' }) });
    expect(status).toBe(200);
    expect(body).toEqual({ matched: 3, done: 0, unchanged: 0, refused: [], next_cursor: null });
    for (const id of ids) expect((await api.read(id)).status).toBe('bank_confirmed');
  });

  test('comes first: where more match than were counted, nothing is done', async () => {
    const [newest = ''] = await waitingPayouts(2);
    const { status, body } = await bulk('authorize', { filter: filter(), expected: 1 });
    expect([status, body.code]).toEqual([409, 'MORE_THAN_EXPECTED']);
    expect(body.detail).toBe('The filter matches 2 payouts now, and 1 were expected.');
    expect((await api.read(newest)).status).toBe('bank_confirmed');
  });

  test.each([
    ['no condition', { filter: {} }, 'filter'],
    ['no filter', {}, 'filter'],
    ['an unknown condition', { filter: { state: 'paying' } }, 'filter.state'],
    ['an unknown status', { filter: { status: 'paid' } }, 'filter.status'],
    ['a limit that is too large', { filter: { status: 'paying' }, limit: 201 }, 'limit'],
    [
      'a number of payouts that is too large',
      { filter: { status: 'paying' }, expected: 10_001 },
      'expected',
    ],
    ['a foreign cursor', { filter: { status: 'paying' }, cursor: 'x' }, 'cursor'],
    [
      'the start of a redelivery',
      { filter: { status: 'paying' }, from_letter: 'A' },
      'from_letter',
    ],
  ])('refuses %s', async (_what, body, path) => {
    const answer = await bulk('cancel', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.errors?.[0]?.path).toBe(path);
  });

  test('refuses an unknown action', async () => {
    expect((await bulk('resolve', { filter: filter() })).status).toBe(400);
  });
});

describe('the scope', () => {
  test.each([
    ['authorize', 'operator', 403],
    ['cancel', 'operator', 403],
    ['due', 'operator', 200],
    ['redeliver', 'operator', 200],
    ['acknowledge', 'operator', 200],
    ['authorize', 'platform', 403],
    ['cancel', 'platform', 403],
    ['due', 'platform', 403],
    ['authorize', 'all', 200],
  ])('of %s with the key %s: %i', async (action, key, status) => {
    expect((await bulk(action, { filter: filter() }, key)).status).toBe(status);
  });
});

describe('each action', () => {
  test('authorize pays the payouts that match, in pages, each one by its key', async () => {
    const ids = await waitingPayouts(3);
    const request = { filter: filter({ status: 'bank_confirmed' }), expected: 3, limit: 2 };
    const first = await bulk('authorize', request);
    expect(first.body).toMatchObject({ matched: 3, done: 2, unchanged: 0, refused: [] });
    const cursor = first.body.next_cursor;
    const second = await bulk('authorize', { ...request, cursor });
    expect(second.body).toMatchObject({ matched: 1, done: 1, next_cursor: null });
    for (const id of ids) {
      await api.untilStatus(id, 'approved');
      expect(await sentencesOf(id)).toMatch(/all (?:released|authorized)|by all|"by":"all"/);
    }
  });

  test('cancel names the payouts that refuse, and cancels the others', async () => {
    const [, held = ''] = await waitingPayouts(2);
    const paid = await api.create({ cashier });
    await api.untilStatus(paid.id, 'approved');
    const { body } = await bulk('cancel', { filter: filter(), expected: 3 });
    expect(body).toMatchObject({ matched: 3, done: 2 });
    expect(body.refused).toEqual([
      { id: paid.id, code: 'NOT_CANCELABLE', detail: expect.any(String) },
    ]);
    expect((await api.read(held)).status).toBe('canceled');
    expect((await api.read(paid.id)).status).toBe('approved');
  });

  test('redeliver empties three days of a dead platform', async () => {
    const ids = await paidPayouts(3);
    await park(ids);
    const request = { filter: filter({ attention: 'notification_parked' }) };
    expect((await bulk('redeliver', request)).body).toMatchObject({ matched: 3, done: 0 });
    expect((await bulk('redeliver', { ...request, expected: 3 })).body).toMatchObject({ done: 3 });
    for (const id of ids) {
      await waitFor('the second delivery', async () =>
        (await lettersOf(id)).every(({ state, round }) => state === 'delivered' && round === 2),
      );
      await api.until(id, ({ attention }) => attention === null);
      const rows = await lettersOf(id);
      const letters = rows.map(({ letter }) => letter).join(', ');
      expect(await sentencesOf(id)).toContain(`all requested the redelivery of ${letters}.`);
    }
  });

  test('redeliver sends delivered letters again from a time on', async () => {
    const ids = await paidPayouts(2);
    await park(ids);
    await setup.database.query(
      `update notifications set state = 'delivered' where payout_id = any($1)`,
      [ids],
    );
    const request = { filter: filter(), expected: 2 };
    const without = await bulk('redeliver', request);
    expect(without.body).toMatchObject({ done: 0, unchanged: 2 });
    const later = await bulk('redeliver', { ...request, from_time: '2100-01-01T00:00:00Z' });
    expect(later.body).toMatchObject({ done: 0, unchanged: 2 });
    expect((await bulk('redeliver', { ...request, from_time: since })).body).toMatchObject({
      done: 2,
    });
    for (const id of ids) {
      await waitFor('the second delivery', async () =>
        (await lettersOf(id)).every(({ state, round }) => state === 'delivered' && round === 2),
      );
    }
  });

  test('acknowledge takes the item whose code the filter names', async () => {
    const [id = ''] = await paidPayouts(1);
    await park([id]);
    const by = (payout: PayoutBody) => payout.attention?.acknowledged_by;
    const request = { filter: filter({ attention: 'notification_parked' }), expected: 1 };
    expect((await bulk('acknowledge', request, 'operator')).body).toMatchObject({ done: 1 });
    expect(by(await api.read(id))).toBe('operator');
    const none = await bulk('acknowledge', { filter: filter({ attention: 'slow' }), expected: 1 });
    expect(none.body).toMatchObject({ matched: 0, done: 0, refused: [] });
  });

  test('due polls open payouts, and has nothing to do for others', async () => {
    const [open = ''] = await waitingPayouts(1);
    const closed = await api.create(waiting);
    await api.untilStatus(closed.id, 'bank_confirmed');
    await api.send('POST', `/v1/payouts/${closed.id}/cancel`);
    await setup.database.query('update payouts set due_at = null where id = $1', [closed.id]);
    const { body } = await bulk('due', { filter: filter(), expected: 2 });
    expect(body).toMatchObject({ matched: 2, refused: [] });
    expect(body.done + body.unchanged).toBe(2);
    expect(await sentencesOf(open)).toContain('"by":"all"');
  });

  test('leaves a payout to the newer version that wrote it, and goes on', async () => {
    const [newest = '', oldest = ''] = await waitingPayouts(2);
    await setup.database.query('alter table payouts drop constraint payouts_status_known');
    await setup.database.query(
      `update payouts set status = 'of_the_future', revision = revision + 1 where id = $1`,
      [newest],
    );
    const { status, body } = await bulk('cancel', { filter: filter(), expected: 2 });
    expect([status, body.done]).toEqual([200, 1]);
    expect(body.refused).toEqual([
      { id: newest, code: 'UNAVAILABLE', detail: expect.stringContaining('newer version') },
    ]);
    expect((await api.read(oldest)).status).toBe('canceled');
    await setup.database.query(`update payouts set status = 'bank_confirmed' where id = $1`, [
      newest,
    ]);
  });
});

describe('npm run payout -- bulk', () => {
  test('counts first, then acts with the name of the operator', async () => {
    const ids = await waitingPayouts(3);
    const line = ['bulk', 'cancel', '--status', 'bank_confirmed', '--created-from', since];
    expect(await cli(...line)).toEqual({
      code: 0,
      out: '3 payouts match.\nNothing was done. To do it: --expected 3',
      err: '',
    });
    const part = await cli(...line, '--expected', '3', '--limit', '2', '--name', 'Grace');
    expect(part).toEqual({ code: 0, out: 'cancel: 2 done, 0 unchanged, 0 refused.', err: '' });
    const rest = await cli(...line, '--expected', '1', '--name', 'Grace');
    expect(rest.out).toBe('cancel: 1 done, 0 unchanged, 0 refused.');
    for (const id of ids) {
      expect((await api.read(id)).status).toBe('canceled');
      expect(await sentencesOf(id)).toContain('Grace');
    }
  });

  test('names what refuses, and ends with 1', async () => {
    const [id = ''] = await waitingPayouts(1);
    await api.send('POST', `/v1/payouts/${id}/authorize`);
    await api.untilStatus(id, 'approved');
    const ran = await cli('bulk', 'cancel', '--created-from', since, '--expected', '1');
    expect(ran).toMatchObject({ code: 1, err: 'payout: 1 payouts refused the command.' });
    expect(ran.out).toContain(`${id}  NOT_CANCELABLE`);
    const more = await cli('bulk', 'cancel', '--created-from', since, '--expected', '0');
    expect(more).toMatchObject({ code: 1 });
    expect(more.err).toContain('MORE_THAN_EXPECTED');
  });

  test.each([
    [['bulk', 'resolve', '--status', 'paying'], 'bulk takes one of authorize'],
    [['bulk', 'cancel'], 'bulk needs a condition'],
    [['bulk', 'cancel', '--status', 'paid'], '--status must be one or more of'],
    [
      ['bulk', 'cancel', '--status', 'paying', '--expected', 'all'],
      '--expected must be 0 to 10000',
    ],
    [['bulk', 'cancel', '--status', 'paying', '--limit', '0'], '--limit must be 1 to 10000'],
    [['bulk', 'cancel', '--created-from', 'now'], '--created-from must be a time'],
    [['bulk', 'due', '--status', 'paying', '--from-letter', 'A'], 'belong to redeliver'],
  ])('%j is a wrong command line', async (line, about) => {
    const ran = await cli(...line);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(about);
  });
});
