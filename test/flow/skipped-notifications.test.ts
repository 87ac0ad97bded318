/**
 * Letters that are not subscribed when they are due: written like all others, skipped in their turn
 * by what the database says of the installation, and sent only when an operator asks for it.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redeliverNotifications } from '../../src/flow/api/redeliver.ts';
import type { Letter } from '../../src/payout/model/letter.ts';
import { createNotifier, type Notifier } from '../../src/service/notifier.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';
import {
  createScriptedPlatform,
  DOWN,
  OK,
  pairOf,
  type ScriptedPlatform,
} from '../support/scripted-platform.ts';

const CASHIER = { pin: '7', front_end_name: 'TEST EUR' };
const ANN = { by: 'ann', key: 'desk' };
const ALL: Letter[] = ['A', 'P', 'Y', 'J', 'C'];

let driven: DrivenFlow;
let platform: ScriptedPlatform;
/** Of a process with the platform's address. */
let notifier: Notifier;
/** Of a process that lacks it. */
let withoutAddress: Notifier;

beforeAll(async () => {
  driven = await createDrivenFlow();
});
afterAll(() => driven.close());

beforeEach(async () => {
  await driven.database.query('truncate notification_attempts, notifications');
  await setNotifies(true);
  driven.app.letters = ALL;
  platform = createScriptedPlatform(driven.clock);
  notifier = createNotifier(driven.app, platform.client);
  withoutAddress = createNotifier(driven.app, null);
});

const setNotifies = (value: boolean | null) =>
  driven.database.query('update installation set notifies = $1', [value]);

const states = async (id: string): Promise<string> => {
  const rows = await driven.database.query<{ letter: string; state: string }>(
    'select letter, state from notifications where payout_id = $1 order by position',
    [id],
  );
  return rows.map(({ letter, state }) => `${letter} ${state}`).join(', ');
};

const recorded = async (id: string): Promise<string[]> => {
  const rows = await driven.database.query<{ letter: string; outcome: string; cause: string }>(
    'select * from notification_attempts where payout_id = $1 order by id',
    [id],
  );
  return rows.map(({ letter, outcome, cause }) => `${letter} ${outcome} ${cause}`);
};

async function deliverNow(by: Notifier = notifier): Promise<void> {
  for (let claims = 0; (await by.runOnce()) > 0; claims += 1) {
    if (claims > 100) throw new Error('a notification is due indefinitely');
  }
}

/** A payout that was paid, with A, P and Y in the outbox. */
async function paid() {
  const reference = randomUUID();
  const id = await driven.create({ cashier: CASHIER, reference });
  await driven.runUntilStatus(id, 'approved');
  return { id, reference };
}

const redeliver = (id: string) => redeliverNotifications(driven.app, id, ANN);

describe('an installation that does not notify', () => {
  it.each([null, false])('skips every letter in its turn, by any process (%s)', async (value) => {
    await setNotifies(value);
    const { id, reference } = await paid();
    expect(await states(id)).toBe('A pending, P pending, Y pending');
    await deliverNow(value === null ? withoutAddress : notifier);
    expect(await states(id)).toBe('A skipped, P skipped, Y skipped');
    expect(await recorded(id)).toEqual([
      'A skipped not_notified',
      'P skipped not_notified',
      'Y skipped not_notified',
    ]);
    expect(platform.lettersOf(reference)).toBe('');
    expect((await driven.payout(id)).attention).toEqual([]);
  });

  it('leaves skipped letters as they are when it is switched on', async () => {
    await setNotifies(null);
    const { id, reference } = await paid();
    await withoutAddress.runOnce();
    expect(await states(id)).toBe('A skipped, P pending, Y pending');
    await setNotifies(true);
    await deliverNow();
    expect(await states(id)).toBe('A skipped, P delivered, Y delivered');
    expect(platform.lettersOf(reference)).toBe('PY');
  });

  it('waits with a letter behind one that is not due yet', async () => {
    const { id, reference } = await paid();
    platform.answers = [OK, DOWN];
    await deliverNow();
    await setNotifies(false);
    await deliverNow();
    expect(await states(id)).toBe('A delivered, P pending, Y pending');
    driven.clock.advance(1000);
    await deliverNow();
    expect(await states(id)).toBe('A delivered, P skipped, Y skipped');
    expect(platform.lettersOf(reference)).toBe('AP');
  });
});

describe('a process without the address, where the installation notifies', () => {
  it('skips nothing and takes nothing', async () => {
    const { id, reference } = await paid();
    await deliverNow(withoutAddress);
    expect(await states(id)).toBe('A pending, P pending, Y pending');
    const leased = await driven.database.query(
      'select 1 from notifications where lease_until is not null',
    );
    expect(leased).toEqual([]);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APY');
  });

  it('sees from the next claim on that another start has switched notifications on', async () => {
    await setNotifies(null);
    const { id } = await paid();
    await setNotifies(true);
    await deliverNow(withoutAddress);
    expect(await states(id)).toBe('A pending, P pending, Y pending');
  });
});

describe('letters that the platform does not subscribe to', () => {
  it('are skipped in order between those that it subscribes to', async () => {
    driven.app.letters = ['A', 'Y'];
    const { id, reference } = await paid();
    const seen: string[] = [];
    platform.onLetter = async () => void seen.push(await states(id));
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('AY');
    expect(seen).toEqual(['A pending, P pending, Y pending', 'A delivered, P skipped, Y pending']);
    expect(await recorded(id)).toContain('P skipped not_asked_for');
  });

  it('hold nothing back, and wait while the letter before them is refused or unanswered', async () => {
    driven.app.letters = ['A', 'Y'];
    const { id } = await paid();
    platform.answers = [DOWN];
    await deliverNow();
    expect(await states(id)).toBe('A pending, P pending, Y pending');
    platform.answers = [pairOf(4)];
    driven.clock.advance(1000);
    await deliverNow();
    expect(await states(id)).toBe('A parked, P skipped, Y delivered');
  });

  it('are not those of a later version, which this version cannot read', async () => {
    driven.app.letters = ['Y'];
    const { id } = await paid();
    await driven.database.query(
      'alter table notifications drop constraint if exists notifications_letter_known',
    );
    await driven.database.query(`update notifications set letter = 'Z' where position = 0`);
    await deliverNow();
    expect(await states(id)).toBe('Z pending, P pending, Y pending');
  });
});

describe('redelivery', () => {
  it('sends a payout whose letters were all skipped, in order, once', async () => {
    await setNotifies(null);
    const { id, reference } = await paid();
    await deliverNow(withoutAddress);
    await setNotifies(true);
    expect(await redeliver(id)).toEqual(['A', 'P', 'Y']);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APY');
    expect(await states(id)).toBe('A delivered, P delivered, Y delivered');
    expect(await redeliver(id)).toEqual([]);
  });

  it('begins at the first subscribed letter that was skipped', async () => {
    const { id, reference } = await paid();
    await notifier.runOnce();
    await setNotifies(false);
    await deliverNow();
    await setNotifies(true);
    expect(await redeliver(id)).toEqual(['P', 'Y']);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APY');
  });

  it('leaves out what the platform does not subscribe to', async () => {
    driven.app.letters = ['Y', 'J', 'C'];
    const { id, reference } = await paid();
    platform.answers = [pairOf(4)];
    await deliverNow();
    expect(await states(id)).toBe('A skipped, P skipped, Y parked');
    expect(await redeliver(id)).toEqual(['Y']);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('YY');
    expect((await driven.payout(id)).attention).toEqual([]);
    expect(await redeliver(id)).toEqual([]);
  });

  it('sends what a wrong PRAXIS_NOTIFY_STATUSES has skipped, once that is fixed', async () => {
    driven.app.letters = ['A', 'P'];
    const { id, reference } = await paid();
    await deliverNow();
    expect(await states(id)).toBe('A delivered, P delivered, Y skipped');
    driven.app.letters = ALL;
    expect(await redeliver(id)).toEqual(['Y']);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APY');
  });

  it('sends everything where no letter is subscribed and nothing was sent', async () => {
    driven.app.letters = ['J'];
    const { id, reference } = await paid();
    await deliverNow();
    expect(await redeliver(id)).toEqual(['A', 'P', 'Y']);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APY');
    expect(await redeliver(id)).toEqual([]);
  });

  it('leaves a letter that still waits to be skipped in its turn', async () => {
    driven.app.letters = ['A', 'Y'];
    const { id, reference } = await paid();
    platform.answers = [pairOf(4)];
    await notifier.runOnce();
    expect(await states(id)).toBe('A parked, P pending, Y pending');
    expect(await redeliver(id)).toEqual(['A', 'Y']);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('AAY');
    expect(await states(id)).toBe('A delivered, P skipped, Y delivered');
  });

  it('can be redelivered where notifications were switched off before it left', async () => {
    const { id, reference } = await paid();
    platform.answers = [OK, OK, pairOf(4)];
    await deliverNow();
    expect(await redeliver(id)).toEqual(['Y']);
    await setNotifies(false);
    await deliverNow();
    expect(await states(id)).toBe('A delivered, P delivered, Y skipped');
    expect((await driven.payout(id)).attention).toMatchObject([{ code: 'notification_parked' }]);
    await expect(redeliver(id)).rejects.toMatchObject({ code: 'NOT_NOTIFYING' });
    await setNotifies(true);
    expect(await redeliver(id)).toEqual(['Y']);
    await deliverNow();
    expect(platform.lettersOf(reference)).toBe('APYY');
    expect((await driven.payout(id)).attention).toEqual([]);
  });
});
