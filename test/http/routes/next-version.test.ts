/**
 * A running replica whose database a newer version migrates and writes to: nothing is answered 500,
 * nothing is set aside, and what it does not know is shown and kept.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PayoutBody } from '../../../src/http/schema/payout.ts';
import {
  asNextVersion,
  migrateToNextVersion,
  NEXT_CODE,
  NEXT_STATUS,
} from '../../support/next-version.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';
import { waitFor } from '../../support/wait-for.ts';

let service: RunningService;
let known: PayoutBody;
let unknown: PayoutBody;

const read = async (path: string) => service.api.send<Record<string, unknown>>('GET', path);

/** A payout that waits for its authorization. */
async function waiting(): Promise<PayoutBody> {
  const { id } = await service.api.create({ release: 'on_authorization' });
  return service.api.untilStatus(id, 'bank_confirmed');
}

type Row = { memory: unknown; attention: unknown; reason: unknown };

const rowOf = async (id: string): Promise<Row> => {
  const [row] = await service.database.query<Row>(
    'select memory, attention, reason from payouts where id = $1',
    [id],
  );
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
};

/** Written as a replica of the next version would, in its own transaction. */
async function writeAsNextVersion(id: string, status: string): Promise<void> {
  const { memory, attention, reason } = asNextVersion(await rowOf(id));
  const json = [memory, attention, reason].map((value) => JSON.stringify(value));
  await service.database.query(
    `update payouts set memory = $2, attention = $3, reason = $4, status = $5, version = version + 1,
       revision = revision + 1, due_at = now() where id = $1`,
    [id, ...json, status],
  );
}

beforeAll(async () => {
  service = await startRunningService({ environment: { PRAXIS_ALLOW_UNAUTHENTICATED: 'true' } });
  [known, unknown] = await Promise.all([waiting(), waiting()]);
  await read('/v1/events?limit=200');
  await migrateToNextVersion(service.database.connectionString);
  await writeAsNextVersion(known.id, 'bank_confirmed');
  await writeAsNextVersion(unknown.id, NEXT_STATUS);
});
afterAll(() => service.close());

test('a payout with an unknown item and unknown members is shown with both', async () => {
  const { status, body } = await read(`/v1/payouts/${known.id}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: 'bank_confirmed',
    reason: { source: 'screener', code: 'S1', message: 'Listed.' },
    attention: { code: NEXT_CODE, severity: 'urgent' },
    allowed_actions: ['authorize', 'cancel', 'acknowledge'],
  });
});

test('it is not paid next to the unknown item, and can be stopped; nothing is lost', async () => {
  const before = await rowOf(known.id);
  const command = (name: string) => service.api.send('POST', `/v1/payouts/${known.id}/${name}`);
  expect((await command('authorize')).status).toBe(200);
  await waitFor('a status reply after the authorization', async () => {
    const rows = await service.database.query(
      `select 1 from payout_events a join payout_events r using (payout_id)
       where payout_id = $1 and r.id > a.id
         and a.kind = 'authorized' and r.kind = 'status_reported'`,
      [known.id],
    );
    return rows.length > 0;
  });
  expect((await command('cancel')).body).toMatchObject({ status: 'canceled' });
  const kinds = await service.database.query<{ kind: string }>(
    'select distinct kind from payout_events where payout_id = $1',
    [known.id],
  );
  expect(kinds.map(({ kind }) => kind)).not.toContain('pay_intended');
  const { attention, memory } = await rowOf(known.id);
  expect(attention).toEqual(before.attention);
  expect(memory).toMatchObject({
    ofNextVersion: { kept: true },
    check: { ofNextVersion: { kept: true } },
    pay: { ofNextVersion: { kept: true } },
  });
});

describe('a payout in an unknown status', () => {
  test('is shown as it is, alone, in the list, in the feed and with its timeline', async () => {
    const shown = {
      id: unknown.id,
      status: NEXT_STATUS,
      final: false,
      stalled: false,
      allowed_actions: [],
    };
    const alone = await read(`/v1/payouts/${unknown.id}?after_version=1&wait=1`);
    expect(alone).toMatchObject({ status: 200, body: shown });
    const listed = await read(`/v1/payouts?attention=true`);
    expect(listed.body['data']).toContainEqual(expect.objectContaining(shown));
    const feed = await read('/v1/events?limit=200');
    const payout: unknown = expect.objectContaining(shown);
    expect(feed.body['data']).toContainEqual(expect.objectContaining({ payout }));
    expect((await read(`/v1/payouts/${unknown.id}/timeline`)).status).toBe(200);
  });

  test.each(['authorize', 'cancel', 'attention/acknowledge', 'notifications/redeliver'])(
    'is not acted on: %s is answered 503, to be repeated',
    async (name) => {
      const path = `/v1/payouts/${unknown.id}/${name}`;
      const answer = await service.api.send<Record<string, unknown>>('POST', path);
      expect([answer.status, answer.body['code']]).toEqual([503, 'UNAVAILABLE']);
      expect(answer.headers.get('retry-after')).not.toBeNull();
      expect(answer.body['detail']).toContain('newer version');
    },
  );

  test('is not answered to the cashier as done', async () => {
    const response = await fetch(`${service.url}/UpdatePayout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        PIN: '7',
        FrontEndName: 'TEST EUR',
        ExtPayoutID: unknown.reference,
        Status: 'C',
      }),
    });
    expect(await response.json()).toMatchObject({ Status: -1 });
  });

  test('is left alone by the runner, without a line in the log', async () => {
    const other = await service.api.create({ reference: randomUUID() });
    await service.api.untilStatus(other.id, 'approved');
    const rows = await service.database.query(
      'select lease_token, due_at < now() as due, revision from payouts where id = $1',
      [unknown.id],
    );
    expect(rows).toEqual([expect.objectContaining({ lease_token: null, due: true })]);
    const errors = service.logLines.filter((line) => line.includes('keeps this payout from being'));
    expect(errors).toEqual([]);
  });
});
