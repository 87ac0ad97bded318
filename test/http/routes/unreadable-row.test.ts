/**
 * Rows that something outside of the service has altered, so that they cannot be read: each is
 * shown as such, and everything else continues.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPayoutCommand } from '../../../src/cli/payout/run.ts';
import type { PayoutBody } from '../../../src/http/schema/payout.ts';
import { scrape } from '../../service/metrics/scrape.ts';
import { type ApiClient, payoutBody } from '../../support/api-client.ts';
import { startServiceOn } from '../../support/running-service.ts';
import { createSetup, type Setup } from '../../support/service-setup.ts';
import { waitFor } from '../../support/wait-for.ts';

type Page = { data: PayoutBody[]; next_cursor: string | null };
type Problem = { code: string; detail: string; payout?: string };
type Bulk = { done: number; refused: { id: string; code: string }[] };
type Timeline = { data: { kind: string }[]; next_cursor: string | null };
type Feed = { data: { payout: PayoutBody }[]; next_after: number };

/** What is set in the row, and how the attention names it. */
const damages: readonly [sql: string, named: string][] = [
  [`memory = '{}'`, 'check'],
  [`memory = '[]'`, 'memory'],
  [`memory = jsonb_set(memory, '{authorizedEpoch}', '"x"')`, 'authorizedEpoch'],
  [`attention = '{}'`, 'attention'],
  [`attention = '[1]'`, 'attention.0'],
  [`reason = '5'`, 'reason'],
  [`cashier = '{"pin": 5}'`, 'cashier.pin'],
  [`metadata = '{"a": 1}'`, 'metadata.a'],
  [`amount_decimals = 9`, 'amount_decimals'],
  [`amount_decimals = null, currency = '???'`, '???'],
  [`status_since = 'infinity'`, 'status_since'],
  [`status_since = '-infinity'`, 'status_since'],
  // Two of each, so that a page can end between them.
  [`created_at = 'infinity'`, 'created_at'],
  [`created_at = 'infinity'`, 'created_at'],
  [`created_at = '-infinity'`, 'created_at'],
  [`created_at = '-infinity'`, 'created_at'],
  [`created_at = '4713-01-01 BC'`, 'created_at'],
  [`created_at = '100000-01-01'`, 'created_at'],
  [`updated_at = '4713-01-01 BC'`, 'updated_at'],
  [`due_at = 'infinity'`, 'due_at'],
  [`expires_at = '100000-01-01'`, 'expires_at'],
  [`finalized_at = now()`, 'final without a time'],
  [`status = 'paying'`, 'paying without an attempt'],
  [`money_moved = 'yes'`, 'with money moved'],
  [`version = 0`, 'version'],
];

let setup: Setup;
let api: ApiClient;
let url: string;
let env: Record<string, string>;
let close: () => Promise<void> = async () => {};
const damaged = new Map<string, string>();
let sound: string;

beforeAll(async () => {
  setup = await createSetup();
  ({ api, url, close } = await startServiceOn(setup));
  env = await setup.environment();
  const waiting = damages.map(() => api.create({ release: 'on_authorization' }));
  const ids = (await Promise.all(waiting)).map(({ id }) => id);
  for (const [index, [sql, named]] of damages.entries()) {
    const id = ids[index] ?? '';
    // From then on the service leaves the row alone until its next hourly poll.
    await api.untilStatus(id, 'bank_confirmed');
    await setup.database.query(`update payouts set ${sql} where id = $1`, [id]);
    damaged.set(id, named);
  }
  sound = (await api.create({ release: 'on_authorization' })).id;
});
afterAll(async () => {
  await close();
  await setup.close();
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runPayoutCommand(args, env, {
    print: (line) => void out.push(line),
    complain: (line) => void err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

async function pageThrough(limit: number): Promise<PayoutBody[]> {
  const seen: PayoutBody[] = [];
  for (let query = `limit=${limit}`; ; ) {
    const { status, body } = await api.send<Page>('GET', `/v1/payouts?${query}`);
    expect(status).toBe(200);
    seen.push(...body.data);
    // A page that begins with the end of the one before never ends.
    expect(seen.length).toBeLessThan(100);
    if (body.next_cursor === null) return seen;
    query = `limit=${limit}&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
}

/** The payouts of the whole feed. */
async function readFeed(): Promise<Map<string, PayoutBody>> {
  const seen = new Map<string, PayoutBody>();
  for (let after = 0; ; ) {
    const { status, body } = await api.send<Feed>('GET', `/v1/events?after=${after}&limit=50`);
    expect(status).toBe(200);
    if (body.data.length === 0) return seen;
    for (const { payout } of body.data) seen.set(payout.id, payout);
    after = body.next_after;
  }
}

const asUnreadable = (named: string) => ({
  receiver: {},
  receiver_state: 'unreadable',
  allowed_actions: [],
  attention: {
    code: 'row_unreadable',
    severity: 'urgent',
    message: expect.stringContaining(named),
  },
});

describe('a row that cannot be read', () => {
  test('is shown alone by what can be read, without a receiver and without actions', async () => {
    for (const [id, named] of damaged) {
      const { status, body } = await api.send('GET', `/v1/payouts/${id}`);
      expect({ named, status }).toEqual({ named, status: 200 });
      expect(body).toMatchObject({ id, endpoint: 'default', ...asUnreadable(named) });
    }
    expect(await api.read(sound)).toMatchObject({ receiver_state: 'stored' });
  });

  test('shows no amount where its decimals are unknown', async () => {
    const unknown = ['amount_decimals', '???'];
    for (const [id, named] of damaged) {
      const { amount } = await api.read(id);
      expect({ named, amount }).toEqual({ named, amount: unknown.includes(named) ? '' : '10.00' });
    }
  });

  test.each([100, 3, 1])('is in the list with all others, in pages of %i', async (limit) => {
    const paged = await pageThrough(limit);
    const seen = new Map(paged.map((payout) => [payout.id, payout]));
    expect(paged).toHaveLength(seen.size);
    expect(new Set(seen.keys())).toEqual(new Set([...damaged.keys(), sound]));
    for (const [id, named] of damaged) expect(seen.get(id)).toMatchObject(asUnreadable(named));
    expect(seen.get(sound)).toMatchObject({ receiver_state: 'stored' });
  });

  test('is in the feed with all others', async () => {
    const seen = await readFeed();
    expect(new Set(seen.keys())).toEqual(new Set([...damaged.keys(), sound]));
    for (const [id, named] of damaged) expect(seen.get(id)).toMatchObject(asUnreadable(named));
  });

  test('is found by the attention filter once something has met it', async () => {
    const path = '/v1/payouts?attention=row_unreadable&limit=100';
    const { body } = await api.send<Page>('GET', path);
    expect(new Set(body.data.map(({ id }) => id))).toEqual(new Set(damaged.keys()));
    for (const { id, attention } of body.data) {
      expect(attention).toMatchObject(asUnreadable(damaged.get(id) ?? '').attention);
    }
    const counted = await run('bulk', 'cancel', '--attention', 'row_unreadable');
    expect(counted.out).toContain(`${damaged.size} payouts match.`);
  });

  test('is counted by the metric that its alert reads, and by the doctor', async () => {
    const series = 'payouts_attention_open{code="row_unreadable",severity="urgent"}';
    await waitFor('a fresh look at the database', async () => {
      return (await scrape(url)).value(series) === damaged.size;
    });
    const { out } = await run('doctor');
    expect(out).toMatch(
      new RegExp(`^wrong +database +the rows of ${damaged.size} payouts were met`, 'm'),
    );
  });

  test.each([
    ['authorize', undefined],
    ['cancel', undefined],
    ['release-check', undefined],
    ['resolve', { finding: 'not_paid', evidence: 'a letter', name: 'Ann' }],
    ['attention/acknowledge', { name: 'Ann' }],
    ['notifications/redeliver', undefined],
  ])('answers %s by saying what is wrong and what to do', async (command, body) => {
    for (const [id, named] of damaged) {
      const path = `/v1/payouts/${id}/${command}`;
      const answer = await api.send<Problem>('POST', path, body === undefined ? {} : { body });
      expect({ named, answer }).toMatchObject({
        answer: {
          status: 409,
          body: {
            code: 'ROW_UNREADABLE',
            payout: `/v1/payouts/${id}`,
            detail: expect.stringMatching(
              /^The stored row cannot be read: .* restore it from a backup/,
            ),
          },
        },
      });
      expect(answer.body.detail).toContain(named);
    }
  });

  test.each(['authorize', 'cancel', 'acknowledge', 'redeliver', 'due'])(
    'answers a bulk %s in the same way, and keeps no other from its command',
    async (action) => {
      const request = { filter: { attention: 'row_unreadable' }, expected: damaged.size };
      const { status, body } = await api.send<Bulk>('POST', `/v1/bulk/${action}`, {
        body: request,
      });
      expect(status).toBe(200);
      expect(new Set(body.refused.map(({ id }) => id))).toEqual(new Set(damaged.keys()));
      expect(new Set(body.refused.map(({ code }) => code))).toEqual(new Set(['ROW_UNREADABLE']));
    },
  );

  test('has a repeat of its create answered 503, so that the client repeats it', async () => {
    const body = payoutBody({ release: 'on_authorization' });
    const headers = { 'idempotency-key': 'of a row that is altered later' };
    const first = await api.send('POST', '/v1/payouts', { body, headers });
    await api.untilStatus(first.body.id, 'bank_confirmed');
    const alter = (version: number) =>
      setup.database.query('update payouts set version = $2 where id = $1', [
        first.body.id,
        version,
      ]);
    await alter(0);
    const again = await api.send<Problem>('POST', '/v1/payouts', { body, headers });
    expect(again).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(again.body.detail).toContain(`${first.body.id} cannot be read`);
    // Restored, it is like any other.
    await alter(100);
    expect(await api.send('POST', '/v1/payouts', { body, headers })).toMatchObject({
      status: 201,
      body: { id: first.body.id },
    });
    const canceled = await api.send('POST', `/v1/payouts/${first.body.id}/cancel`);
    expect(canceled).toMatchObject({ status: 200, body: { attention: null } });
  });

  test('leaves the metrics of all others', async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toMatch(/^database_survey_success 1$/m);
    expect(text).toMatch(/^payouts_open\{.*\} [1-9]\d*$/m);
  });

  test('leaves the others paid to their end', async () => {
    await api.untilStatus(sound, 'bank_confirmed');
    await api.send('POST', `/v1/payouts/${sound}/authorize`);
    const paid = await api.untilStatus(sound, 'approved');
    expect(paid).toMatchObject({ final: true, receiver_state: 'stored' });
  });

  test('is shown and listed by the operator commands, which act on it no more', async () => {
    const { code, out } = await run('list', '--limit', '100');
    expect(code).toBe(0);
    for (const [id, named] of damaged) {
      expect(out).toContain(id);
      const shown = await run('show', id);
      expect({ named, code: shown.code, err: shown.err }).toEqual({ named, code: 0, err: '' });
      expect(shown.out).toContain('row_unreadable');
      const acknowledged = await run('acknowledge', id, '--name', 'ann', '--code', 'slow');
      expect(acknowledged.code).toBe(1);
      expect(acknowledged.err).toMatch(`payout: the row of ${id} cannot be read: `);
      expect(acknowledged.err.split('\n')).toHaveLength(1);
    }
  });

  test('is in the list of what waits after a restore', async () => {
    await setup.database.query('update payouts set epoch = 0 where id = any($1)', [
      [...damaged.keys()],
    ]);
    const { code, out } = await run('after-restore');
    expect(code).toBe(0);
    const waiting = [...damaged].filter(([, named]) => !/^paying|^final/.test(named));
    for (const [id] of waiting) expect(out).toContain(id);
  });
});

test.each(['-infinity', 'infinity', '4713-01-01 BC', '2026-01-30 00:00:00.123456Z'])(
  'entries of the journal at %s break neither feed nor timeline',
  async (at) => {
    const { id } = await api.create({ release: 'on_authorization' });
    await api.untilStatus(id, 'bank_confirmed');
    const read = async (query: string) =>
      (await api.send<Timeline>('GET', `/v1/payouts/${id}/timeline?${query}`)).body;
    const before = (await read('limit=100')).data.length;
    await setup.database.query(
      `update payout_events set at = $2 where id in
        (select id from payout_events where payout_id = $1 order by id limit 2)`,
      [id, at],
    );
    const kinds: string[] = [];
    for (let query = 'limit=1'; ; ) {
      const { data, next_cursor: cursor } = await read(query);
      kinds.push(...data.map(({ kind }) => kind));
      expect(kinds.length).toBeLessThanOrEqual(before);
      if (cursor === null) break;
      query = `limit=1&cursor=${encodeURIComponent(cursor)}`;
    }
    expect(kinds).toHaveLength(before);
    expect((await readFeed()).has(id)).toBe(true);
    expect((await run('show', id)).code).toBe(0);
  },
);
