/**
 * Creates and lifecycles again with a million ended payouts in the tables, each with entries of its
 * journal and a letter, as two years of a busy platform would leave them.
 */

import type { Figures } from '../figures.ts';
import type { Rig } from '../rig.ts';
import { measureIntake } from './creates.ts';
import { measureLifecycles } from './lifecycles.ts';

const OLD = 1_000_000;

const MEMORY = JSON.stringify({
  check: {
    open: null,
    made: 1,
    endedAt: 1,
    settledAt: 1,
    notSentInARow: 0,
    begunAt: 1,
    refusedLookups: null,
  },
  pay: { open: null, made: 1, endedAt: 1, settledAt: 1, notSentInARow: 0, turnedAway: false },
  reply: { askedAt: 1, status: 'approved', validated: false },
  equal: null,
  approvedBeforePay: false,
  namedOrderId: null,
  secondOrderId: null,
  touchedAt: 1,
  askAtOnce: false,
  asks: 3,
  failedAsks: 0,
  lettersSent: 'APY',
});

const PAYOUTS = `
  insert into payouts (id, reference, api_key_name, idempotency_key, fingerprint, endpoint, release,
    amount_minor, currency, receiver, status, status_since, money_moved, finalized_at, order_id,
    stage, memory, version, created_at, updated_at)
  select 'po_00' || lpad(n::text, 24, '0'), gen_random_uuid(), 'sandbox', gen_random_uuid(),
    repeat('f', 72), 'default', 'automatic', 10050, 'EUR', decode(repeat('5a', 300), 'hex'),
    'approved', at, 'yes', at, n::text, 'approved', $1, 9, at, at
  from generate_series(1, $2::int) as n,
    lateral (select now() - interval '30 days' - n * interval '1 minute' as at) as made`;

const EVENTS = `
  insert into payout_events (payout_id, at, kind, version, status, says, data, feed, seq)
  select p.id, p.created_at, e.kind, 1, 'requested', 'An entry of an old payout.',
    '{"call": {"command": "status", "http_status": 200}}', array['payout.updated'],
    row_number() over ()
  from payouts p, (values ('created'), ('status_reported')) as e(kind)`;

const LETTERS = `
  insert into notifications (id, payout_id, position, letter, body, state, due_at, created_at,
    finished_at)
  select 'old_' || id, id, 3, 'Y', repeat('x', 300), 'delivered', created_at, created_at, created_at
  from payouts`;

async function fill(rig: Rig): Promise<void> {
  const client = await rig.db.connect();
  await client.query('truncate payouts cascade');
  // Without looking up each foreign key, which would take longer than everything else.
  await client.query('set session_replication_role = replica');
  await client.query(PAYOUTS, [MEMORY, OLD]);
  await client.query(EVENTS);
  await client.query('update feed_head set seq = $1', [OLD * 2]);
  await client.query(LETTERS);
  // What autovacuum would have done long ago.
  await client.query('vacuum analyze');
  await client.query('checkpoint');
  // Not given back to the pool, so that the setting ends with it.
  client.release(true);
}

export async function history(rig: Rig, figures: Figures): Promise<void> {
  await fill(rig);
  const { perSecond: whole } = await measureLifecycles(rig);
  figures.add('history', 'whole lifecycles next to 1,000,000 old payouts', whole, '/s');
  const { perSecond, p99 } = await measureIntake(rig);
  figures.add('history', 'creates next to 1,000,000 old payouts', perSecond, '/s');
  figures.add('history', 'creates next to 1,000,000 old payouts, p99', p99, 'ms');
  const emptyWhole = figures.find('lifecycles', 'whole lifecycles');
  const emptyCreates = figures.find('creates', 'creates');
  if (emptyWhole === null || emptyCreates === null) return;
  figures.add('history', 'lifecycles compared with empty tables', whole / emptyWhole, 'times');
  figures.add('history', 'creates compared with empty tables', perSecond / emptyCreates, 'times');
}
