/**
 * Who gave an operator's command is recorded with the key that it came by, in the timeline and with
 * the pause; a refused command is recorded too, a few times a minute; and the key of a person takes
 * no other name.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TimelineEntryBody } from '../../../src/http/schema/timeline.ts';
import { hashApiKey } from '../../../src/lib/api-key.ts';
import { REFUSALS_A_MINUTE } from '../../../src/store/payouts/journal.ts';
import { type ApiClient, createApiClient } from '../../support/api-client.ts';
import { type CommandLine, openCommandLine } from '../../support/command-line.ts';
import { type RunningService, startRunningService } from '../../support/running-service.ts';

const all = ['payouts:read', 'payouts:write', 'payouts:authorize', 'operator'];
const keys = [
  { name: 'desk', scopes: all },
  { name: 'anna-key', scopes: all, person: 'Анна Ö.' },
  { name: 'anna-spare', scopes: all, person: 'Анна Ö.' },
  { name: 'platform', scopes: ['payouts:read', 'payouts:write', 'payouts:authorize'] },
];
const ANNA = 'Анна Ö.';

let service: RunningService;
let commands: CommandLine;
let desk: ApiClient;
let anna: ApiClient;
let platform: ApiClient;
beforeAll(async () => {
  const entries = keys.map((key) => ({ ...key, sha256: hashApiKey(key.name) }));
  service = await startRunningService({ environment: { API_KEYS: JSON.stringify(entries) } });
  commands = await openCommandLine(service);
  [desk, anna, platform] = [
    createApiClient(service.url, 'desk'),
    createApiClient(service.url, 'anna-key'),
    createApiClient(service.url, 'platform'),
  ];
});
afterAll(async () => {
  await service.close();
  await commands.close();
});

type Problem = { code: string; detail: string };

const post = (api: ApiClient, path: string, body?: object) =>
  api.send<Problem>('POST', path, body === undefined ? {} : { body });

/** The entries of a payout's timeline, the newest last. */
async function timeline(id: string): Promise<TimelineEntryBody[]> {
  const { body } = await desk.send<{ data: TimelineEntryBody[] }>(
    'GET',
    `/v1/payouts/${id}/timeline?limit=200`,
  );
  return body.data;
}

const lastOf = async (id: string, kind: string) =>
  (await timeline(id)).findLast((entry) => entry.kind === kind);

/** The gateway does not know the result of its payment, so an operator has to decide. */
async function inGatewayError(): Promise<string> {
  const { id } = await platform.create({ amount: '10.04' });
  await platform.until(id, (payout) => payout.attention?.code === 'gateway_error');
  return id;
}

async function approved(): Promise<string> {
  const { id } = await platform.create();
  await platform.untilStatus(id, 'approved');
  return id;
}

const finding = { finding: 'paid', evidence: 'ticket 4711' };

describe('a command is recorded with its key', () => {
  test('resolve', async () => {
    const id = await inGatewayError();
    expect(
      await post(desk, `/v1/payouts/${id}/resolve`, { ...finding, name: 'Grace' }),
    ).toMatchObject({ status: 200 });
    expect(await lastOf(id, 'resolved')).toMatchObject({ by: 'Grace', key: 'desk' });
  });

  test('acknowledge, due, redeliver, and each payout of a bulk', async () => {
    const id = await inGatewayError();
    await post(desk, `/v1/payouts/${id}/attention/acknowledge`, { name: 'Grace' });
    expect(await lastOf(id, 'acknowledged')).toMatchObject({ by: 'Grace', key: 'desk' });
    const { reference } = await desk.read(id);
    await post(anna, '/v1/bulk/due', { filter: { reference }, expected: 1 });
    expect(await lastOf(id, 'look_asked')).toMatchObject({ by: ANNA, key: 'anna-key' });
  });

  test('authorize and cancel, whose notifications have the name of the key', async () => {
    const { id } = await platform.create({ release: 'on_authorization' });
    await anna.untilStatus(id, 'bank_confirmed');
    await post(anna, `/v1/payouts/${id}/cancel`);
    expect(await lastOf(id, 'canceled')).toMatchObject({ by: 'anna-key', key: 'anna-key' });
  });

  test('the command line, as such', async () => {
    const id = await inGatewayError();
    await commands.run(['acknowledge', id, '--name', 'Grace']);
    expect(await lastOf(id, 'acknowledged')).toMatchObject({ by: 'Grace', key: 'command line' });
    await commands.run(['due', id, '--name', 'Grace']);
    expect(await lastOf(id, 'look_asked')).toMatchObject({ by: 'Grace', key: 'command line' });
    const typed = ['--finding', 'paid', '--evidence', 'ticket 4711', '--name', 'Grace'];
    expect(await commands.run(['resolve', id, ...typed])).toMatchObject({ code: 0 });
    expect(await lastOf(id, 'resolved')).toMatchObject({ by: 'Grace', key: 'command line' });
  });

  test('both steps without the gateway, and an approval by a spare key of the first', async () => {
    const id = await inGatewayError();
    await service.database.query(
      `update payouts set gateway_identity = 'closed', revision = revision + 1,
        status_since = now() - interval '2 days', due_at = now() + interval '1 hour',
        memory = jsonb_set(jsonb_set(memory, '{reply,askedAt}', '0'), '{pay,endedAt}', '0')
        where id = $1`,
      [id],
    );
    const body = { finding: 'not_paid', evidence: 'letter of the bank', name: ANNA };
    const proposed = await anna.send<{ id: string }>('POST', `/v1/payouts/${id}/break-glass`, {
      body,
    });
    expect(await lastOf(id, 'resolve_proposed')).toMatchObject({ by: ANNA, key: 'anna-key' });
    const path = `/v1/proposals/${proposed.body.id}/approve`;
    const spare = createApiClient(service.url, 'anna-spare');
    expect(await post(spare, path, { name: ANNA })).toMatchObject({
      status: 409,
      body: { code: 'SAME_PERSON' },
    });
    expect(await lastOf(id, 'command_refused')).toMatchObject({ by: ANNA, key: 'anna-spare' });
    expect(await post(desk, path, { name: 'Grace' })).toMatchObject({ status: 200 });
    expect(await lastOf(id, 'resolved_unseen')).toMatchObject({ by: 'Grace', key: 'desk' });
  });

  test('pause and resume, in the row of the switch', async () => {
    const paused = await post(desk, '/v1/pause', { name: 'Grace' });
    expect(paused.body).toMatchObject({ paused: true, by: 'Grace', key: 'desk' });
    const { out } = await commands.run(['resume', '--name', 'Ada']);
    expect(out).toContain('switched by Ada (command line)');
    const read = await desk.send('GET', '/v1/pause');
    expect(read.body).toMatchObject({ paused: false, by: 'Ada', key: 'command line' });
    // A replica of the version before writes neither column of the key.
    await service.database.query(`update pause set paused = false, by = 'Old', since = now()`);
    expect((await desk.send('GET', '/v1/pause')).body).toMatchObject({ by: 'Old', key: null });
  });

  test('an entry of the version before shows the name and the key that it has', async () => {
    const id = await approved();
    await service.database.query(
      `insert into payout_events (payout_id, at, kind, version, status, says, data)
       values ($1, now(), 'resolved', 1, 'approved', 'Resolved.', '{"name":"Old","by":"old-key"}')`,
      [id],
    );
    expect(await lastOf(id, 'resolved')).toMatchObject({ by: 'Old', key: 'old-key' });
  });
});

describe('the key of a person', () => {
  test.each([
    ['resolve', { ...finding, name: 'Bob' }],
    ['attention/acknowledge', { name: 'Bob' }],
  ])('takes no other name: %s', async (command, body) => {
    const id = await inGatewayError();
    const answer = await post(anna, `/v1/payouts/${id}/${command}`, body);
    expect(answer).toMatchObject({
      status: 403,
      body: {
        code: 'OTHER_PERSON',
        detail: `This key is the one of ${ANNA}, and the body has the name Bob.`,
      },
    });
    expect(await lastOf(id, 'command_refused')).toMatchObject({
      by: ANNA,
      key: 'anna-key',
      says: expect.stringContaining('the body has the name Bob'),
      details: { command, code: 'OTHER_PERSON' },
    });
    expect((await desk.read(id)).attention).toMatchObject({ acknowledged_by: null });
  });

  test.each(['/v1/pause', '/v1/resume'])('takes no other name: %s', async (path) => {
    const before = (await desk.send('GET', '/v1/pause')).body;
    const answer = await post(anna, path, { name: 'anna' });
    expect(answer).toMatchObject({ status: 403, body: { code: 'OTHER_PERSON' } });
    expect((await desk.send('GET', '/v1/pause')).body).toEqual(before);
  });

  test('takes its own name, and is that name where none is typed', async () => {
    const id = await inGatewayError();
    await post(anna, `/v1/payouts/${id}/attention/acknowledge`);
    expect(await lastOf(id, 'acknowledged')).toMatchObject({ by: ANNA, key: 'anna-key' });
    // As some keyboards write the last letter: an O and a mark.
    const own = { ...finding, name: ANNA.normalize('NFD') };
    expect((await post(anna, `/v1/payouts/${id}/resolve`, own)).status).toBe(200);
    expect(await lastOf(id, 'resolved')).toMatchObject({ by: ANNA, key: 'anna-key' });
  });
});

describe('a refused command is recorded', () => {
  test.each([
    ['resolve', { ...finding, name: 'Grace' }, 'Grace', 'NOT_RESOLVABLE'],
    ['attention/acknowledge', { name: 'Grace' }, 'Grace', 'NOTHING_TO_ACKNOWLEDGE'],
    ['release-check', undefined, 'desk', 'CHECK_NOT_RELEASABLE'],
    ['cancel', undefined, 'desk', 'NOT_CANCELABLE'],
  ])('%s', async (command, body, by, code) => {
    const id = await approved();
    const before = await desk.read(id);
    const wrong = command === 'resolve' ? { ...body, finding: 'no_order' } : body;
    expect((await post(desk, `/v1/payouts/${id}/${command}`, wrong)).body).toMatchObject({ code });
    expect(await lastOf(id, 'command_refused')).toMatchObject({
      by,
      key: 'desk',
      status: 'approved',
      version: before.version,
      details: { command, code },
    });
    expect((await desk.read(id)).version).toBe(before.version);
  });

  test('for a key without the scope, and for an outdated If-Match', async () => {
    const id = await approved();
    await post(platform, `/v1/payouts/${id}/resolve`, { ...finding, name: 'Grace' });
    expect(await lastOf(id, 'command_refused')).toMatchObject({
      key: 'platform',
      details: { command: 'resolve', code: 'FORBIDDEN_SCOPE' },
    });
    const headers = { 'if-match': '"1"' };
    await desk.send('POST', `/v1/payouts/${id}/notifications/redeliver`, { headers });
    expect(await lastOf(id, 'command_refused')).toMatchObject({
      key: 'desk',
      details: { command: 'notifications/redeliver', code: 'VERSION_MISMATCH' },
    });
  });

  test('on the command line, and for each payout of a bulk', async () => {
    const id = await approved();
    expect(await commands.run(['acknowledge', id, '--name', 'Grace'])).toMatchObject({ code: 1 });
    expect(await lastOf(id, 'command_refused')).toMatchObject({
      by: 'Grace',
      key: 'command line',
      details: { command: 'acknowledge', code: 'NOTHING_TO_ACKNOWLEDGE' },
    });
    const { reference } = await desk.read(id);
    await post(desk, '/v1/bulk/cancel', { filter: { reference }, expected: 1 });
    expect(await lastOf(id, 'command_refused')).toMatchObject({
      key: 'desk',
      details: { command: 'bulk cancel', code: 'NOT_CANCELABLE' },
    });
  });

  test('a few times a minute, however many there are at once', async () => {
    const id = await approved();
    const before = await service.database.query('select revision from payouts where id = $1', [id]);
    const again = () => post(platform, `/v1/payouts/${id}/resolve`, { ...finding, name: 'x' });
    await Promise.all(Array.from({ length: 60 }, again));
    const refused = (await timeline(id)).filter(({ kind }) => kind === 'command_refused');
    expect(refused).toHaveLength(REFUSALS_A_MINUTE);
    // It gets in the way of nothing: the row is as it was.
    expect(
      await service.database.query('select revision from payouts where id = $1', [id]),
    ).toEqual(before);
  });

  test('once with its stop wish, however often a cancel is repeated', async () => {
    const id = await inGatewayError();
    for (let times = 0; times < 20; times += 1) await post(desk, `/v1/payouts/${id}/cancel`);
    const entries = await timeline(id);
    const wishes = entries.filter(({ kind }) => kind === 'canceled');
    const says = expect.stringContaining('the wish is recorded');
    expect(wishes).toMatchObject([{ key: 'desk', says }]);
    expect(entries.filter(({ kind }) => kind === 'command_refused')).toHaveLength(
      REFUSALS_A_MINUTE,
    );
  });

  test('not where the body is no command, or the payout does not exist', async () => {
    const id = await approved();
    await post(desk, `/v1/payouts/${id}/resolve`, { finding: 'maybe' });
    await post(platform, `/v1/payouts/po_${'0'.repeat(26)}/resolve`, finding);
    expect(await lastOf(id, 'command_refused')).toBeUndefined();
  });
});
