/**
 * Letters to the platform, from the change that causes them to their end: order, bytes, retries,
 * dead letters and redelivery, against a real database and a platform that answers by a script.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redeliverNotifications } from '../../src/flow/api/redeliver.ts';
import { applyEvent } from '../../src/flow/write/apply-event.ts';
import type { PayoutEvent } from '../../src/payout/model/event.ts';
import { createNotifier, type Notifier } from '../../src/service/notifier.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';
import {
  createScriptedPlatform,
  DOWN,
  OK,
  pairOf,
  type Scripted,
  type ScriptedPlatform,
} from '../support/scripted-platform.ts';

const CASHIER = { pin: '7', front_end_name: 'TEST EUR', site_id: 170, trace_id: '751254' };
const HOUR_MS = 3_600_000;
const ANN = { by: 'ann', key: 'desk' };

let driven: DrivenFlow;
let platform: ScriptedPlatform;
let notifier: Notifier;

beforeAll(async () => {
  driven = await createDrivenFlow();
});
afterAll(() => driven.close());

beforeEach(async () => {
  await driven.database.query('truncate notification_attempts, notifications');
  await driven.database.query('update installation set notifies = true');
  driven.app.letters = ['A', 'P', 'Y', 'J', 'C'];
  delete driven.during.beforeBytes;
  platform = createScriptedPlatform(driven.clock);
  notifier = createNotifier(driven.app, platform.client);
});

type Row = {
  letter: string;
  state: string;
  attempts: number;
  due_at: Date;
  last_status: number | null;
  last_description: string | null;
};

const rows = (id: string) =>
  driven.database.query<Row>('select * from notifications where payout_id = $1 order by position', [
    id,
  ]);

const states = async (id: string) =>
  (await rows(id)).map(({ letter, state }) => `${letter} ${state}`);

const attempts = (id: string) =>
  driven.database.query<{ letter: string; outcome: string; cause: string | null }>(
    'select * from notification_attempts where payout_id = $1 order by id',
    [id],
  );

/** Delivers what is due now, until nothing is. */
async function deliverNow(): Promise<void> {
  for (let claims = 0; (await notifier.runOnce()) > 0; claims += 1) {
    if (claims > 100) throw new Error('a notification is due indefinitely');
  }
}

/** Moves on from due time to due time for this long, delivering. */
async function deliverFor(ms: number): Promise<void> {
  const end = driven.clock.now() + ms;
  for (;;) {
    await deliverNow();
    const [next] = await driven.database.query<{ at: Date | null }>(
      `select min(due_at) as at from notifications where state = 'pending'`,
    );
    if (!next?.at || next.at.getTime() > end) break;
    driven.clock.advanceTo(next.at.getTime());
  }
  driven.clock.advanceTo(end);
}

const create = async (changes: object = {}) => {
  const reference = randomUUID();
  const id = await driven.create({ cashier: CASHIER, reference, ...changes });
  return { id, reference };
};

/** A payout that was paid, with A, P and Y in the outbox. */
async function paid() {
  const created = await create();
  await driven.runUntilStatus(created.id, 'approved');
  return created;
}

describe('the letters of a payout', () => {
  it('are A, P and Y for one that is paid, in order and with the published fields', async () => {
    const { id, reference } = await paid();
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APY');
    const { gateway } = await driven.payout(id);
    const bodies = platform.heard.map(({ body }) => JSON.parse(body) as object);
    const fields = {
      SiteID: 170,
      FrontEndName: 'TEST EUR',
      PIN: '7',
      TraceID: '751254',
      PP: 'Payneteasy',
      ExtPayoutID: reference,
      UpdatedBy: 'gateway',
      Amount: 10,
      Currency: 'EUR',
    };
    const TransactionID = gateway.processorTxId ?? gateway.orderId;
    expect(bodies).toEqual([
      { ...fields, Status: 'A' },
      { ...fields, Status: 'P', TransactionID: expect.any(String) },
      { ...fields, Status: 'Y', TransactionID },
    ]);
    expect(platform.heard[0]?.body).toContain('"Amount":10.00,');
    expect(await states(id)).toEqual(['A delivered', 'P delivered', 'Y delivered']);
  });

  it.each<[string, PayoutEvent, string, string]>([
    ['the API key that cancels', { kind: 'canceled', by: 'shop', source: 'api' }, 'C', 'shop'],
    [
      'the user of the cashier',
      { kind: 'rejected', by: 'Backoffice_User' },
      'J',
      'Backoffice_User',
    ],
    ['the client that authorized', { kind: 'authorized', by: 'boss', source: 'api' }, 'A', 'boss'],
  ])('name who caused them: %s', async (_name, event, letter, by) => {
    const { id } = await create({ release: 'on_authorization' });
    await driven.runUntilStatus(id, 'bank_confirmed');
    await applyEvent(driven.app, { payoutId: id, stored: null, event });
    await driven.runFor(id, 10_000);
    await deliverNow();
    expect(JSON.parse(platform.heard[0]?.body ?? '')).toMatchObject({
      Status: letter,
      UpdatedBy: by,
    });
  });

  it('name the time where no client authorized the payout', async () => {
    const { id } = await create({ release: 'on_authorization' });
    await driven.runUntilStatus(id, 'expired');
    await deliverNow();
    const { Status, UpdatedBy } = JSON.parse(platform.heard[0]?.body ?? '');
    expect([Status, UpdatedBy]).toEqual(['C', 'expiry']);
  });

  it('are written whatever the platform asked for, and sent only where it did', async () => {
    driven.app.letters = ['Y', 'J', 'C'];
    const { id, reference } = await paid();
    expect(await states(id)).toEqual(['A pending', 'P pending', 'Y pending']);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('Y');
    expect(await states(id)).toEqual(['A skipped', 'P skipped', 'Y delivered']);
  });

  it('are none for a payout from before there was a platform', async () => {
    const { id } = await create({ cashier: null });
    await driven.runUntilStatus(id, 'approved');
    expect(await rows(id)).toEqual([]);
  });

  it('are on disk with the change itself, before anything was sent', async () => {
    const { id } = await create();
    const atPay: string[][] = [];
    driven.during.beforeBytes = async (command) => {
      if (command === 'payout-pay') atPay.push(await states(id));
    };
    await driven.runUntilStatus(id, 'approved');
    expect(atPay).toEqual([['A pending']]);
    expect(await states(id)).toEqual(['A pending', 'P pending', 'Y pending']);
    expect(platform.heard).toEqual([]);
  });
});

describe('delivery', () => {
  it('has one letter of a payout under way, and those of other payouts next to it', async () => {
    const payouts = [await paid(), await paid(), await paid()];
    let underWay = 0;
    let most = 0;
    const open = new Set<string>();
    platform.onLetter = async ({ reference }) => {
      expect(open.has(reference)).toBe(false);
      open.add(reference);
      most = Math.max(most, (underWay += 1));
      // A second runner looks for work while this letter is under way.
      await createNotifier(driven.app, platform.client).runOnce();
      underWay -= 1;
      open.delete(reference);
    };
    await deliverNow();
    expect(most).toBe(3);
    for (const { reference } of payouts) expect(platform.lettersOf(reference)).toBe('APY');
  });

  it('waits 1, 5, 15, 30 and 60 s, then 5 min, with the same bytes and id', async () => {
    await paid();
    platform.otherwise = DOWN;
    await deliverFor(HOUR_MS / 2);
    const waits = platform.heard.map(({ at }, index) => at - (platform.heard[index - 1]?.at ?? at));
    expect(waits.slice(0, 8)).toEqual([0, 1000, 5000, 15_000, 30_000, 60_000, 300_000, 300_000]);
    expect(new Set(platform.heard.map(({ body, id }) => `${id} ${body}`)).size).toBe(1);
  });

  it.each<[string, Scripted, string]>([
    ['a negative Status', pairOf(-1), 'transient'],
    ['HTML', { body: '<html>ok</html>' }, 'unrecognised'],
    ['an empty body', { body: '' }, 'unrecognised'],
    ['a redirect', { http: 302, body: '{"Status":0,"Description":"ok"}' }, 'unrecognised'],
    ['a fault without a pair', { http: 500, body: '{"error":"boom"}' }, 'unrecognised'],
    ['a timeout', { kind: 'unknown', cause: 'total_timeout' }, 'unrecognised'],
    ['a refused connection', DOWN, 'unrecognised'],
  ])('sends again after %s', async (_name, answer, outcome) => {
    const { id, reference } = await paid();
    platform.answers = [answer];
    await deliverFor(HOUR_MS);
    expect(platform.lettersOf(reference)).toBe('AAPY');
    expect((await attempts(id)).map((attempt) => attempt.outcome)).toEqual([
      outcome,
      'delivered',
      'delivered',
      'delivered',
    ]);
  });

  it('honours Retry-After', async () => {
    await paid();
    platform.answers = [{ http: 503, body: '', retryAfter: '120' }];
    await deliverFor(HOUR_MS);
    const [first, second] = platform.heard;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(120_000);
  });

  it('gives a notification up after 72 h, raises an item, and goes on with the next', async () => {
    const { id, reference } = await paid();
    platform.otherwise = DOWN;
    await deliverFor(72 * HOUR_MS);
    platform.otherwise = OK;
    await deliverFor(HOUR_MS);
    expect(await states(id)).toEqual(['A parked', 'P delivered', 'Y delivered']);
    const { attention, status } = await driven.payout(id);
    expect(status).toBe('approved');
    expect(attention).toMatchObject([
      { code: 'notification_parked', detail: 'A: no answer (ECONNREFUSED)' },
    ]);
    expect(platform.lettersOf(reference)).toMatch(/^A{800,}P+Y$/);
  });

  it('dead-letters a positive Status immediately with its description, which change nothing else', async () => {
    const { id, reference } = await paid();
    const before = await driven.payout(id);
    platform.answers = [OK, pairOf(4, 'no such payout here')];
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APY');
    expect(await states(id)).toEqual(['A delivered', 'P parked', 'Y delivered']);
    const after = await driven.payout(id);
    expect(after.attention).toMatchObject([
      { code: 'notification_parked', detail: 'P: 4 no such payout here' },
    ]);
    expect({ ...after, attention: [], version: 0 }).toEqual({
      ...before,
      attention: [],
      version: 0,
    });
  });

  it('brings a platform that was down for hours every letter, in order', async () => {
    platform.otherwise = DOWN;
    const payouts = [await paid(), await paid()];
    await deliverFor(9 * HOUR_MS);
    platform.otherwise = OK;
    await deliverFor(HOUR_MS);
    for (const { reference } of payouts) expect(platform.lettersOf(reference)).toMatch(/^A+PY$/);
  });
});

describe('a letter that cannot be read', () => {
  it('holds up the letters of its own payout and no others', async () => {
    const bad = await paid();
    const good = await paid();
    await driven.database.query(
      `alter table notifications drop constraint notifications_letter_known`,
    );
    const spoil = `update notifications set letter = $2 where payout_id = $1 and position = 0`;
    await driven.database.query(spoil, [bad.id, '?']);
    await deliverNow();
    expect(platform.lettersOf(good.reference)).toBe('APY');
    expect(platform.lettersOf(bad.reference)).toBe('');
    await driven.database.query(spoil, [bad.id, 'A']);
    await deliverFor(60_000);
    expect(platform.lettersOf(bad.reference)).toBe('APY');
  });
});

describe('a payout in a state of a newer version', () => {
  const setStatus = (id: string, status: string) =>
    driven.database.query('update payouts set status = $2 where id = $1', [id, status]);

  /** Delivers what is due, looking every seven seconds: longer than a lease. */
  async function deliverForAMinute(): Promise<void> {
    for (let looks = 0; looks < 8; looks += 1) {
      await notifier.runOnce();
      driven.clock.advance(7000);
    }
  }

  beforeAll(() =>
    driven.database.query('alter table payouts drop constraint payouts_status_known'),
  );

  it('has a refused notification recorded, and dead-lettered by a replica that knows the payout', async () => {
    const { id, reference } = await paid();
    await setStatus(id, 'screening');
    platform.otherwise = pairOf(4, 'no such payout here');
    await deliverForAMinute();
    expect(platform.lettersOf(reference)).toBe('A');
    expect(await attempts(id)).toMatchObject([{ letter: 'A', outcome: 'refused' }]);
    await setStatus(id, 'approved');
    await deliverFor(60_000);
    expect(await states(id)).toEqual(['A parked', 'P parked', 'Y parked']);
  });

  it('has a redelivered letter taken once, whatever becomes of its attention item', async () => {
    const { id, reference } = await paid();
    platform.answers = [OK, OK, pairOf(7)];
    await deliverNow();
    await redeliverNotifications(driven.app, id, ANN);
    await setStatus(id, 'screening');
    await deliverForAMinute();
    expect(platform.lettersOf(reference)).toBe('APYY');
    expect(await states(id)).toEqual(['A delivered', 'P delivered', 'Y delivered']);
    await setStatus(id, 'approved');
  });
});

describe('a payout whose row cannot be read', () => {
  const setCashier = (id: string, cashier: object) =>
    driven.database.query('update payouts set cashier = $2 where id = $1', [id, cashier]);

  async function deliverForHalfAMinute(): Promise<void> {
    for (let looks = 0; looks < 4; looks += 1) {
      await notifier.runOnce();
      driven.clock.advance(7000);
    }
  }

  it('has a refused notification recorded, and dead-lettered once the row is restored', async () => {
    const { id, reference } = await paid();
    await setCashier(id, { ...CASHIER, pin: 7 });
    platform.otherwise = pairOf(4, 'no such payout here');
    await deliverForHalfAMinute();
    expect(platform.lettersOf(reference)).toBe('A');
    expect(await attempts(id)).toMatchObject([{ letter: 'A', outcome: 'refused' }]);
    await setCashier(id, CASHIER);
    await deliverFor(60_000);
    expect(await states(id)).toEqual(['A parked', 'P parked', 'Y parked']);
  });

  it('has a redelivered letter taken once', async () => {
    const { id, reference } = await paid();
    platform.answers = [OK, OK, pairOf(7)];
    await deliverNow();
    await redeliverNotifications(driven.app, id, ANN);
    await setCashier(id, { ...CASHIER, pin: 7 });
    await deliverForHalfAMinute();
    expect(platform.lettersOf(reference)).toBe('APYY');
    expect(await states(id)).toEqual(['A delivered', 'P delivered', 'Y delivered']);
    await setCashier(id, CASHIER);
  });
});

describe('redelivery', () => {
  it('redelivers the dead-lettered notification and every later one, with ids and bytes', async () => {
    const { id, reference } = await paid();
    platform.answers = [OK, pairOf(7, 'which letter?')];
    await deliverNow();
    const first = platform.heard.map(({ id: webhook, body }) => ({ webhook, body }));
    expect(await redeliverNotifications(driven.app, id, ANN)).toEqual(['P', 'Y']);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APYPY');
    const again = platform.heard.slice(3).map(({ id: webhook, body }) => ({ webhook, body }));
    expect(again).toEqual(first.slice(1));
    expect(await states(id)).toEqual(['A delivered', 'P delivered', 'Y delivered']);
    expect((await driven.payout(id)).attention).toEqual([]);
    const says = (await driven.journal(id)).map((entry) => entry.says);
    expect(says).toContain('ann requested the redelivery of P, Y.');
  });

  it('does nothing where no notification is dead-lettered', async () => {
    const { id, reference } = await paid();
    await deliverNow();
    expect(await redeliverNotifications(driven.app, id, ANN)).toEqual([]);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APY');
  });

  it('that comes while a later letter is under way sends that one again too', async () => {
    const { id, reference } = await paid();
    platform.answers = [pairOf(1, 'cannot read')];
    platform.onLetter = async ({ letter }) => {
      if (letter !== 'Y' || platform.lettersOf(reference) !== 'APY') return;
      await redeliverNotifications(driven.app, id, ANN);
      // Y is still under way, so that A has to wait.
      expect(await createNotifier(driven.app, platform.client).runOnce()).toBe(0);
    };
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APYAPY');
    expect(await states(id)).toEqual(['A delivered', 'P delivered', 'Y delivered']);
  });
});

describe('a process that is killed', () => {
  it('between commit and send leaves the letter to the next one', async () => {
    const { reference } = await paid();
    notifier = createNotifier(driven.app, platform.client);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APY');
  });

  it('between send and answer has the notification retried, and the order holds', async () => {
    const { reference } = await paid();
    let release = (): void => {};
    platform.onLetter = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const killed = createNotifier(driven.app, platform.client).runOnce();
    await expect.poll(() => platform.lettersOf(reference)).toBe('A');
    platform.onLetter = () => {};
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('A');
    driven.clock.advance(6001);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('AAPY');
    // What the killed one would still say changes nothing.
    platform.answers = [];
    release();
    await killed;
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('AAPY');
  });

  it('whose lease ran out before the first byte sends nothing', async () => {
    const { reference } = await paid();
    const slow = createNotifier(driven.app, {
      send: (message, mayStillSend) => {
        driven.clock.advance(6001);
        return platform.client.send(message, mayStillSend);
      },
    });
    await slow.runOnce();
    expect(platform.heard).toEqual([]);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APY');
  });

  it('that stood still with its monotonic clock sends no letter after a newer one', async () => {
    const { reference } = await paid();
    const since = driven.clock.monotonic();
    // A suspended machine: its wall clock goes on, its monotonic clock does not.
    const clock = { now: () => driven.clock.now(), monotonic: () => since };
    const suspended = createNotifier(
      { ...driven.app, clock },
      {
        send: async (message, mayStillSend) => {
          driven.clock.advance(6001);
          await deliverNow();
          return platform.client.send(message, mayStillSend);
        },
      },
    );
    await suspended.runOnce();
    expect(platform.lettersOf(reference)).toBe('APY');
  });
});
