import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TimelineEntryBody } from '../../src/http/schema/timeline.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';

type Page = { data: TimelineEntryBody[]; next_cursor: string | null };

let service: RunningService;

beforeAll(async () => {
  service = await startRunningService();
});

afterAll(() => service.close());

const read = async (id: string, query = ''): Promise<Page> =>
  (await service.api.send<Page>('GET', `/v1/payouts/${id}/timeline${query}`)).body;

describe('the timeline', () => {
  it('shows the whole of a payout in plain sentences, the oldest first', async () => {
    const { id } = await service.api.create();
    await service.api.untilStatus(id, 'approved');
    const { data, next_cursor } = await read(id);
    expect(next_cursor).toBeNull();
    const kinds = data.map(({ kind }) => kind);
    expect(kinds.slice(0, 3)).toEqual(['created', 'check_intended', 'check_accepted']);
    expect(kinds.indexOf('pay_intended')).toBeLessThan(kinds.indexOf('pay_accepted'));
    expect(data[0]).toMatchObject({ by: 'sandbox', status: 'requested', version: 1, call: null });
    expect(data.every(({ says }) => /^\p{Lu}.*\.$/u.test(says) || says.startsWith('sandbox'))).toBe(
      true,
    );
    const check = data.find(({ kind }) => kind === 'check_accepted');
    expect(check?.call).toMatchObject({ command: 'payout-check', http_status: 200 });
    const times = data.map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
  });

  it('has the attempts to notify and the calls of the cashier among them', async () => {
    const { id } = await service.api.create({ release: 'on_authorization' });
    await service.api.untilStatus(id, 'bank_confirmed');
    const at = new Date();
    await service.database.query(
      `insert into notifications (id, payout_id, position, letter, body, state, due_at, created_at)
       values ($1, $1, 1, 'A', '{}', 'delivered', $2, $2)`,
      [id, at],
    );
    await service.database.query(
      `insert into notification_attempts (notification_id, payout_id, letter, round, at,
         duration_ms, outcome, http_status, cause, status, description)
       values ($1, $1, 'A', 1, $2, 12, 'transient', 502, 'http_502', null, null),
              ($1, $1, 'A', 1, $2, 12, 'delivered', 200, null, 0, 'Saved 4111111111111111'),
              ($1, $1, 'A', 1, $2, 0, 'skipped', null, 'not_notified', null, null),
              ($1, $1, 'A', 1, $2, 0, 'skipped', null, 'not_asked_for', null, null)`,
      [id, at],
    );
    await service.database.query(
      `insert into cashier_calls (received_at, payout_id, letter, updated_by, path, address,
         content_type, body, answer_status, answer_description)
       values ($2, $1, 'A', 'till 3', '/UpdatePayout', '127.0.0.1', 'application/json', '{}',
         0, 'Done')`,
      [id, at],
    );
    const told = (await read(id)).data.slice(-5);
    expect(told.map(({ says }) => says)).toEqual([
      'The cashier sent A; the reply was Status 0 (Done).',
      'Notification A was sent; the platform did not acknowledge it: http_502.',
      'Notification A was sent; the platform replied Status 0 (Saved ****1111).',
      'Notification A was skipped: this installation did not notify its platform.',
      'Notification A was skipped: PRAXIS_NOTIFY_STATUSES does not include it.',
    ]);
    expect(told.map(({ kind }) => kind)).toEqual([
      'cashier_called',
      'notification_attempted',
      'notification_attempted',
      'notification_skipped',
      'notification_skipped',
    ]);
    expect(told.map(({ by, status, version }) => [by, status, version])).toEqual([
      ['cashier:till 3', null, null],
      [null, null, null],
      [null, null, null],
      [null, null, null],
      [null, null, null],
    ]);
  });

  it('comes in pages that together are all of it, also in one millisecond', async () => {
    const { id } = await service.api.create();
    await service.api.untilStatus(id, 'approved');
    await service.database.query(
      `insert into payout_events (payout_id, at, kind, version, status, says, data)
       select $1, '2040-01-01', 'held', 1, 'approved', 'Number ' || n || '.', '{}'
       from generate_series(1, 20) as n`,
      [id],
    );
    const { data: whole } = await read(id, '?limit=200');
    const pieces: TimelineEntryBody[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page = await read(id, `?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.data.length).toBeLessThanOrEqual(3);
      pieces.push(...page.data);
      cursor = page.next_cursor;
    }
    expect(pieces).toEqual(whole);
    expect(whole.slice(-20).map(({ says }) => says)).toEqual(
      Array.from({ length: 20 }, (_, index) => `Number ${index + 1}.`),
    );
  });

  it('shows nothing of the receiver', async () => {
    const canary = 'Quetzalcoatl';
    const { id } = await service.api.create({
      receiver: { first_name: canary, bank_account: { account_number: 'DE99000011112222' } },
    });
    await service.api.untilStatus(id, 'approved');
    const text = JSON.stringify(await read(id));
    expect(text).not.toContain(canary);
    expect(text).not.toContain('DE99000011112222');
  });

  it.each([
    ['po_unknown', '', 404, 'PAYOUT_NOT_FOUND'],
    ['po_unknown', '?cursor=nonsense', 400, 'VALIDATION_FAILED'],
    ['po_unknown', '?limit=201', 400, 'VALIDATION_FAILED'],
  ])('%s%s is answered %d %s', async (id, query, status, code) => {
    const answer = await service.api.send<{ code: string }>(
      'GET',
      `/v1/payouts/${id}/timeline${query}`,
    );
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});
