/**
 * What clients may ask of many payouts reads about as many rows as it answers with, however many
 * payouts there are: each statement is planned and run on filled tables, as the service runs it.
 */

import { Client, type QueryConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statuses } from '../../src/payout/model/status.ts';
import { PLANS_BY_INDEX, type Queryable } from '../../src/store/database/pool.ts';
import { prepareSession } from '../../src/store/database/session.ts';
import { numberCommitted, readFeedHead, readNumbered } from '../../src/store/payouts/feed.ts';
import { countPayouts, type ListFilter, listPayouts } from '../../src/store/payouts/list.ts';
import { readTimelineRows } from '../../src/store/payouts/timeline.ts';
import { searchPayouts } from '../../src/store/search.ts';
import { readStats } from '../../src/store/stats.ts';
import { createStore, type StoreUnderTest } from '../support/stored-payouts.ts';

const PAYOUTS = 20_000;
/** Of a page; a page over several statuses takes as many of each. */
const LIMIT = 51;
const READ_MAX = 1000;
/** Of each of these kinds. */
const FEW = 100;

/** Tables that stay as they are, and have no index that helps. */
const ONE_ROW = ['installation', 'pause', 'feed_head'];

/**
 * Ended payouts with their journals and letters. Of the oldest ones some are open, some have
 * attention items, and some ended in a rare way: a walk from the newest on finds them last.
 */
const FILL = `
insert into payouts (id, reference, api_key_name, idempotency_key, fingerprint, endpoint, release,
    amount_minor, currency, receiver, created_at, updated_at, due_at, status, status_since,
    money_moved, finalized_at, order_id, processor_tx_id, client_order_id, attention, memory,
    version)
  select 'po_' || n, 'reference ' || n, 'platform', 'key ' || n, 'k1:00', 'default', 'automatic',
    1000, 'EUR', '\\x00', at, at, case when is_open then at end, status, at, 'no',
    case when not is_open then at end, 'order ' || n, 'processor ' || n, 'client ' || n,
    case when n between 200 and 299 then '[{"code": "check_outcome_unknown"}]'::jsonb
      when n between 300 and 399 then '[{"code": "second_order"}]'::jsonb else '[]' end,
    '{}', 1
  from (select n, timestamptz '2026-01-01' + n * interval '1 minute' as at, n < ${FEW} as is_open,
      case when n < ${FEW} then 'processing' when n < 110 then 'expired' when n % 10 = 0
        then 'declined' else 'approved' end as status
    from generate_series(1, ${PAYOUTS}) n) made;
insert into payout_events (payout_id, at, kind, version, status, says, data, feed, seq)
  select 'po_' || n, now(), kind, 1, 'approved', 'It says so.',
    jsonb_build_object('call', jsonb_build_object('serial_number', kind || ' ' || n)),
    array['payout.created'], case when n < ${PAYOUTS - FEW} then n * 2 + place end
  from generate_series(1, ${PAYOUTS}) n, unnest(array['created', 'check_replied'])
    with ordinality as k (kind, place);
update feed_head set seq = ${2 * PAYOUTS};
insert into notifications (id, payout_id, position, letter, body, state, due_at, created_at)
  select 'letter ' || n, 'po_' || n, 1, 'Y', '{}',
    case when n < ${FEW} then 'pending' else 'delivered' end, now(), now()
  from generate_series(1, ${PAYOUTS}) n;
insert into notification_attempts
    (notification_id, payout_id, letter, round, at, duration_ms, outcome)
  select 'letter ' || n, 'po_' || n, 'Y', 1, now(), 5, 'delivered'
  from generate_series(1, ${PAYOUTS}) n;
insert into cashier_calls (received_at, payout_id, path, address, content_type, body,
    answer_status, answer_description)
  select now(), 'po_' || n, '/', '::1', 'application/json', '\\x00', 0, 'Success'
  from generate_series(1, ${PAYOUTS}) n`;

let store: StoreUnderTest;
let client: Client;
beforeAll(async () => {
  store = await createStore();
  client = new Client({ connectionString: store.database.connectionString });
  await client.connect();
  await prepareSession(client, { durable: true, settings: PLANS_BY_INDEX });
  // Otherwise it is by chance whether the tables are analysed.
  for (const table of ['payouts', 'payout_events', 'notifications', 'notification_attempts']) {
    await store.database.query(`alter table ${table} set (autovacuum_enabled = false)`);
  }
  await store.database.query(FILL);
}, 120_000);
afterAll(async () => {
  await client.end();
  await store.close();
});

const nodeSchema = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().default(0),
  get Plans() {
    return z.array(nodeSchema).default([]);
  },
});
type Node = z.output<typeof nodeSchema>;

const planSchema = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: nodeSchema })]) })]);

const nodesOf = (node: Node): Node[] => [node, ...node.Plans.flatMap(nodesOf)];

const literal = (value: unknown): string => {
  if (Array.isArray(value)) return `'{${value.map((item) => JSON.stringify(item)).join()}}'`;
  const text = value instanceof Date ? value.toISOString() : value;
  return typeof text === 'string' || typeof text === 'number' ? `'${text}'` : 'null';
};

/** The plan that the service's own sessions have for a statement, with what its nodes read. */
async function explain({ text, values = [] }: QueryConfig): Promise<Node[]> {
  const arguments_ = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`;
  await client.query(`begin; prepare explained as ${text}`);
  const { rows } = await client.query(
    `explain (analyze, timing off, format json) execute explained${arguments_}`,
  );
  await client.query('rollback; deallocate explained');
  const [{ 'QUERY PLAN': plans }] = planSchema.parse(rows);
  return nodesOf(plans[0].Plan);
}

/** Rows of tables that a plan has read, also those that it left out. */
const readBy = (nodes: readonly Node[]): number =>
  nodes
    .filter((node) => node['Relation Name'] !== undefined && node['Node Type'] !== 'ModifyTable')
    .reduce((sum, node) => {
      const each = node['Actual Rows'] + node['Rows Removed by Filter'];
      return sum + each * node['Actual Loops'];
    }, 0);

type Reading = (db: typeof store.db) => Promise<unknown>;

/** Runs a reading, and explains its statements: the tables read whole, and how many rows. */
async function examine(reading: Reading) {
  const statements: QueryConfig[] = [];
  const noting = (db: Queryable): Queryable => ({
    query: (statement) => {
      statements.push(statement);
      return db.query(statement);
    },
  });
  await reading({
    ...store.db,
    ...noting(store.db),
    transaction: (work) => store.db.transaction((db) => work(noting(db))),
  });
  const plans: Node[][] = [];
  for (const statement of statements) plans.push(await explain(statement));
  const walked = plans.flat().filter((node) => node['Node Type'] === 'Seq Scan');
  const tables = walked.map((node) => node['Relation Name'] ?? '');
  return {
    whole: tables.filter((table) => !ONE_ROW.includes(table)),
    read: plans.reduce((sum, nodes) => sum + readBy(nodes), 0),
  };
}

const everything: ListFilter = {
  reference: null,
  status: null,
  attention: null,
  createdFrom: null,
  createdTo: null,
  after: null,
  limit: LIMIT,
};

const middle = Date.parse('2026-01-01T00:00:00Z') + (PAYOUTS / 2) * 60_000;
const range = { createdFrom: middle, createdTo: middle + 3_600_000 };
const after = { createdAt: middle, id: 'po_0' };
const attention = { code: null };
const withCode = { code: 'check_outcome_unknown' };

// biome-ignore format: a table.
const filters: readonly (readonly [string, Partial<ListFilter>, number])[] = [
  ['nothing', {}, LIMIT],
  ['nothing, from a cursor on', { after }, LIMIT],
  ['a reference', { reference: 'reference 7' }, 1],
  ['a reference and a status', { reference: 'reference 7', status: ['processing'] }, 1],
  ['some ids', { ids: ['po_7', 'po_8'] }, 2],
  ['some ids and a status', { ids: ['po_7', 'po_8'], status: ['approved'] }, 0],
  ['a time of creation', range, LIMIT],
  ['a time of creation and attention', { ...range, attention }, 0],
  ['attention', { attention }, LIMIT],
  ['the code of an item', { attention: withCode }, LIMIT],
  ['the code of an item and a status', { attention: withCode, status: ['declined'] }, 10],
  ['attention and a status that no such payout has', { attention, status: ['filtered'] }, 0],
  ['several statuses', { status: ['expired', 'approved', 'approved'] }, LIMIT],
  ['every status', { status: statuses }, LIMIT],
  ['every status, from a cursor on', { status: statuses, after }, LIMIT],
  ['a status and a time of creation', { ...range, status: ['approved'] }, LIMIT],
  ['a rare status and a time of creation', { ...range, status: ['expired'] }, 0],
];

const ofOneStatus = statuses.map((status): (typeof filters)[number] => {
  const few: Partial<Record<typeof status, number>> = { processing: LIMIT, expired: 10 };
  const many = status === 'approved' || status === 'declined';
  return [`the status ${status}`, { status: [status] }, many ? LIMIT : (few[status] ?? 0)];
});

const none = { whole: [], read: expect.any(Number) };

describe.each([
  ['never analysed', 'select 1'],
  ['analysed', 'analyze'],
])('on tables that are %s', (_what, prepare) => {
  beforeAll(async () => {
    await store.database.query(prepare);
  });

  test.each([...ofOneStatus, ...filters])('a list by %s', async (_filter, changes, found) => {
    const filter = { ...everything, ...changes };
    expect(await listPayouts(store.db, filter)).toHaveLength(found);
    const examined = await examine((db) => listPayouts(db, filter));
    expect(examined).toEqual(none);
    expect(examined.read).toBeLessThanOrEqual(READ_MAX);
  });

  test.each([...ofOneStatus, ...filters])('a count by %s', async (_filter, changes) => {
    // A bulk command counts up to 10,001: so many rows of each status, and no more.
    const counted = { ...everything, ...changes, limit: 10_001 };
    const examined = await examine((db) => countPayouts(db, counted));
    expect(examined).toEqual(none);
    expect(examined.read).toBeLessThanOrEqual(PAYOUTS);
    const few = { ...counted, limit: LIMIT };
    const bounded = await examine((db) => countPayouts(db, few));
    expect(bounded.read).toBeLessThanOrEqual(READ_MAX);
  });

  test.each([
    'po_7',
    'reference 7',
    'client 7',
    'letter 7',
    'order 7',
    'processor 7',
    'check_replied 7',
    'nowhere',
  ])('a search for %s', async (text) => {
    const found = text === 'nowhere' ? [] : ['po_7'];
    expect(await searchPayouts(store.db, text)).toEqual(found);
    const examined = await examine((db) => searchPayouts(db, text));
    expect(examined).toEqual(none);
    expect(examined.read).toBeLessThanOrEqual(1);
  });

  test.each<[string, Reading, number]>([
    ['the feed', (db) => readNumbered(db, PAYOUTS, LIMIT), 2 * LIMIT],
    ['the end of the feed', (db) => readNumbered(db, 3 * PAYOUTS, LIMIT), 0],
    ['the head of the feed', readFeedHead, 1],
    ['a timeline', (db) => readTimelineRows(db, 'po_7', null, LIMIT), 4],
    ['the figures of all payouts', (db) => readStats(db, middle, ['default']), 10 * FEW],
  ])('%s', async (_name, reading, rows) => {
    const examined = await examine(reading);
    expect(examined).toEqual(none);
    expect(examined.read).toBeLessThanOrEqual(rows);
  });

  test('the numbers of the feed', async () => {
    await store.database.query('update payout_events set seq = null where id > $1', [
      2 * (PAYOUTS - FEW),
    ]);
    const examined = await examine(numberCommitted);
    expect(examined).toEqual(none);
    expect(examined.read).toBeLessThanOrEqual(READ_MAX);
  });
});
