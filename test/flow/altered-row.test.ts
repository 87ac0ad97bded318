/**
 * Rows that are changed by SQL, column by column: no command leaves for them, and each says so.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyEvent } from '../../src/flow/write/apply-event.ts';
import { ENDPOINT } from '../support/driven-endpoint.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';
import { createRowSigner, type RowSigner } from '../../src/store/integrity/row-signer.ts';

const HOUR_MS = 3_600_000;

const signerOf = (fill: number, id = 'k1'): RowSigner =>
  createRowSigner([{ id, key: Buffer.alloc(32, fill) }]);

const required = (signer: RowSigner): RowSigner => {
  signer.require();
  return signer;
};

let world: DrivenFlow;
let other: string;
beforeAll(async () => {
  world = await createDrivenFlow();
  world.app.rows = required(signerOf(1));
  other = await world.create();
  await world.runUntilStatus(other, 'approved');
});
beforeEach(() => {
  world.app.rows = required(signerOf(1));
});
afterAll(() => world.close());

const change = async (id: string, sql: string): Promise<void> => {
  const row = `(select o from payouts o where o.id = '${other}')`;
  const rows = await world.database.query(
    `update payouts set ${sql.replaceAll('OTHER', row)} where id = $1 returning id`,
    [id],
  );
  expect(rows).toHaveLength(1);
};

const once = [
  ['id of the order at the gateway', `client_order_id = 'p_other' || id`],
  ['reference', `reference = 'another' || id`],
  ['amount', 'amount_minor = amount_minor * 10'],
  ['decimals', 'amount_decimals = 0'],
  ['currency', `currency = 'USD'`],
  ['release', `release = 'automatic'`],
  ['receiver, replaced by another one', 'receiver = (OTHER).receiver'],
  ['name of the API key', `api_key_name = 'released by the cashier'`],
  ['description', `description = 'something else'`],
  ['purpose', `purpose = 'something else'`],
  ['cashier', `cashier = '{"pin": "9"}'`],
  ['gateway', `gateway_identity = null`],
  ['MAC of the row, removed', 'row_mac = null'],
  ['MAC of the row, replaced by another one', 'row_mac = (OTHER).row_mac'],
  ['MAC of the row, made by an unknown key', `row_mac = replace(row_mac, 'k1:', 'k2:')`],
  ['MAC of the authorization, removed', 'authorization_mac = null'],
  ['MAC of the order, removed', 'order_mac = null'],
  ['all MACs, removed', 'row_mac = null, authorization_mac = null, order_mac = null'],
] as const;

/** Twice as late as a row of another gateway is left to the replicas that have it. */
const LATE_MS = 20_000;

/** Whatever is due by then is done, also for a row that seems to be of another gateway. */
async function later(ms: number): Promise<void> {
  world.clock.advance(ms + LATE_MS);
  await world.runNow();
}

describe.each(once)('a payout with another %s', (_what, sql) => {
  test('is not checked by the bank', async () => {
    const id = await world.create({ release: 'on_authorization' });
    await change(id, sql);
    await later(0);
    await later(2 * HOUR_MS);
    expect(await world.attention(id)).toContain('row_altered');
    expect(world.commands(id)).toEqual([]);
    expect((await world.payout(id)).status).toBe('requested');
  });

  test('is not paid', async () => {
    const id = await world.create({ release: 'on_authorization' });
    await world.runUntilStatus(id, 'bank_confirmed');
    await change(id, sql);
    await later(2 * HOUR_MS);
    expect(await world.attention(id)).toContain('row_altered');
    await world.authorize(id);
    await later(0);
    await later(0);
    expect(world.payments(id)).toBe(0);
    expect((await world.payout(id)).status).toBe('bank_confirmed');
    expect((await world.cancel(id)).status).toBe('canceled');
  });
});

test('a payout that was moved to another endpoint is neither checked nor paid there', async () => {
  const id = await world.create();
  const identity = world.app.endpoints.get(ENDPOINT)?.gateway().identity;
  await change(id, `endpoint = 'other', due_at = created_at`);
  const moved = await world.stored(id);
  expect(world.app.rows.judge(moved)).toBe('altered');
  expect(moved.payout.gateway.identity).toBe(identity);
  await later(HOUR_MS);
  expect(world.commands(id)).toEqual([]);
  // As its own endpoint would find a payout that was made for another one.
  const taken = await world.create({ endpoint: 'other' });
  await change(taken, `endpoint = '${ENDPOINT}', gateway_identity = '${identity}'`);
  await later(0);
  expect(await world.attention(taken)).toContain('row_altered');
  expect(world.commands(taken)).toEqual([]);
});

const forged = [
  ['an authorization', `authorized_at = now(), authorized_by = 'desk'`],
  ['the authorization of another payout', 'authorization_mac = (OTHER).authorization_mac'],
  ['a later expiry', `expires_at = expires_at + interval '1 year'`],
  ['another order', `order_id = '999999'`],
  ['the order of another payout', 'order_id = (OTHER).order_id, order_mac = (OTHER).order_mac'],
  ['an adopted order', `memory = jsonb_set(memory, '{adopted}', 'true')`],
] as const;

test.each(forged)('%s made by SQL pays nothing', async (_what, sql) => {
  const id = await world.create({ release: 'on_authorization' });
  await world.runUntilStatus(id, 'bank_confirmed');
  await change(id, sql);
  await later(2 * HOUR_MS);
  await later(0);
  expect(world.payments(id)).toBe(0);
  expect(await world.attention(id)).toContain('row_altered');
  expect((await world.payout(id)).status).toBe('bank_confirmed');
});

test('a release that the cashier withheld is not given by SQL', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'bank_confirming');
  const event = {
    kind: 'cashier_reported',
    letter: 'Y',
    by: 'till',
    isAuthenticated: true,
  } as const;
  await applyEvent(world.app, { payoutId: id, stored: null, event });
  await world.runUntilStatus(id, 'bank_confirmed');
  await change(id, 'release_withheld = false');
  await later(2 * HOUR_MS);
  await later(0);
  expect(await world.attention(id)).toContain('row_altered');
  expect(world.payments(id)).toBe(0);
});

const back = `status = 'bank_confirmed', money_moved = 'no', finalized_at = null,
  due_at = created_at`;

test('a payout that was canceled is not brought back by SQL', async () => {
  const id = await world.create({ release: 'on_authorization' });
  await world.runUntilStatus(id, 'bank_confirmed');
  await world.authorize(id);
  await world.cancel(id);
  await change(id, back);
  await later(0);
  expect(await world.attention(id)).toContain('row_altered');
  expect(world.payments(id)).toBe(0);
});

test('a payment is not made again by SQL', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'processing');
  await change(
    id,
    `${back}, memory = jsonb_set(jsonb_set(memory, '{pay,made}', '0'), '{pay,closedIds}', '[]')`,
  );
  await later(0);
  expect(await world.attention(id)).toContain('row_altered');
  expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
});

test('an altered row stays one when it is saved, until it is as it was', async () => {
  const id = await world.create({ release: 'on_authorization' });
  await world.runUntilStatus(id, 'bank_confirmed');
  await change(id, 'amount_minor = amount_minor + 1');
  await later(2 * HOUR_MS);
  await world.authorize(id);
  await later(0);
  expect(await world.attention(id)).toContain('row_altered');
  await change(id, 'amount_minor = amount_minor - 1');
  await later(2 * HOUR_MS);
  await later(0);
  // The authorization was given to the altered row, and no save made it a good one.
  expect(world.payments(id)).toBe(0);
  expect(await world.attention(id)).toContain('row_altered');
});

test('a row that was restored is paid, and its item is closed', async () => {
  const id = await world.create({ release: 'on_authorization' });
  await world.runUntilStatus(id, 'bank_confirmed');
  await change(id, 'amount_minor = amount_minor + 1');
  await later(2 * HOUR_MS);
  expect(await world.attention(id)).toContain('row_altered');
  await change(id, 'amount_minor = amount_minor - 1');
  await later(2 * HOUR_MS);
  expect(await world.attention(id)).not.toContain('row_altered');
  await world.authorize(id);
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
});

test('a payout is polled on while it is paid, although its row was changed', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'processing');
  await change(id, `release = 'on_authorization'`);
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
});

describe('while payouts from before are accepted', () => {
  test('one without MACs is paid, and one with a wrong MAC is not', async () => {
    world.app.rows = createRowSigner([]);
    const before = await world.create();
    world.app.rows = signerOf(1);
    const altered = await world.create();
    await change(altered, 'amount_minor = 999999');
    await world.runUntilStatus(before, 'approved');
    await later(0);
    expect(world.payments(before)).toBe(1);
    expect(world.commands(altered)).toEqual([]);
    expect(await world.attention(altered)).toContain('row_altered');
  });

  test('an authorization that a replica without the key wrote is accepted, and signed later', async () => {
    world.app.rows = signerOf(1);
    const id = await world.create({ release: 'on_authorization' });
    await world.runUntilStatus(id, 'bank_confirmed');
    world.app.rows = createRowSigner([]);
    await world.authorize(id);
    world.app.rows = signerOf(1);
    expect(world.app.rows.judge(await world.stored(id))).toBe('unsigned');
    await world.runUntilStatus(id, 'approved');
    expect(world.payments(id)).toBe(1);
    expect(world.app.rows.judge(await world.stored(id))).toBe('ok');
  });
});

test('a key that signs no more verifies as long as it is in the ring', async () => {
  const old = { id: 'k1', key: Buffer.alloc(32, 1) };
  const fresh = { id: 'k2', key: Buffer.alloc(32, 2) };
  const id = await world.create({ release: 'on_authorization' });
  await world.runUntilStatus(id, 'bank_confirmed');
  world.app.rows = required(createRowSigner([fresh, old]));
  await world.authorize(id);
  await world.runUntilStatus(id, 'approved');
  expect(world.payments(id)).toBe(1);
  const { macs } = await world.stored(id);
  expect(macs.row).toMatch(/^k1:/);
  expect(macs.authorization).toMatch(/^k2:/);
});

describe('a process without a key, once rows have to be signed', () => {
  test('creates nothing, changes nothing and takes up nothing', async () => {
    const id = await world.create();
    const before = await world.stored(id);
    world.app.rows = required(createRowSigner([]));
    await expect(world.create()).rejects.toThrow('ROW_KEY is not set here');
    await expect(world.cancel(id)).rejects.toThrow('ROW_KEY is not set here');
    await world.runNow();
    expect(world.commands(id)).toEqual([]);
    world.app.rows = required(signerOf(1));
    expect(await world.stored(id)).toEqual(before);
    await world.runUntilStatus(id, 'approved');
  });
});
