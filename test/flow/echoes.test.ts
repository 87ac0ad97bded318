/**
 * A gateway, a platform and a cashier that repeat receiver data in what they say, and then a search
 * for it in every table and every log line.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scrubCheck, scrubStatus } from '../../src/flow/gateway/scrub-verdict.ts';
import { takeUpdatePayout } from '../../src/flow/platform/take-update-payout.ts';
import { createLogger } from '../../src/log.ts';
import type { StatusReply } from '../../src/payout/model/reply.ts';
import { createNotifier } from '../../src/service/notifier.ts';
import { createReceiverSeal } from '../../src/store/payouts/receiver-seal.ts';
import { canaryReceiver, createSearch } from '../support/canaries.ts';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';
import {
  createScriptedPlatform,
  pairOf,
  type ScriptedPlatform,
} from '../support/scripted-platform.ts';
import { dumpTables } from '../support/table-dump.ts';

const ACCOUNT = canaryReceiver(0);
const CARD = canaryReceiver(1);
const [FIRST_NAME = '', LAST_NAME = '', , , NUMBER = ''] = ACCOUNT.values;
const [CARD_FIRST_NAME = '', , , , CARD_NUMBER = ''] = CARD.values;
const GROUPED = CARD_NUMBER.replace(/(\d{4})(?=\d)/g, '$1 ');
/** The numbers also as another system would write them. */
const SEARCHED = [...ACCOUNT.values, ...CARD.values, GROUPED, CARD_NUMBER.slice(0, 12)];

const CASHIER = { pin: '7', front_end_name: 'TEST EUR', site_id: 170, trace_id: '751254' };
const UNLISTED_TOLD_MS = 7_200_000;

let world: DrivenFlow;
let platform: ScriptedPlatform;
const logged: string[] = [];

beforeAll(async () => {
  world = await createDrivenFlow({ behaviour: { echo: true } });
  world.app.letters = ['A', 'P', 'Y', 'J', 'C'];
  world.app.log = createLogger('trace', { write: (line) => void logged.push(line) });
  platform = createScriptedPlatform(world.clock);
});
afterAll(() => world.close());

const create = (receiver: object, changes: object = {}) =>
  world.create({ receiver, cashier: CASHIER, reference: randomUUID(), ...changes });

/** Does this while no key opens the receivers that are stored. */
async function withoutKey<T>(act: () => T | Promise<T>): Promise<T> {
  const { seal } = world.app;
  world.app.seal = createReceiverSeal([{ id: 'other', key: randomBytes(32) }], randomBytes);
  try {
    return await act();
  } finally {
    world.app.seal = seal;
  }
}

const orderOf = (id: string) =>
  world.simulator.control.orders().find(({ clientOrderId }) => clientOrderId === id);

describe('a gateway that echoes', () => {
  it.each([
    ['declined_at_check', 1],
    ['declined_after_pay', 2],
    ['filtered', 3],
    ['failed', 5],
    ['invalid_at_check', 9],
  ])('is kept without the receiver in its reason: %s', async (_name, cents) => {
    const toAccount = await create(ACCOUNT.body, euros(cents));
    const toCard = await create(CARD.body, euros(cents));
    const ended = (id: string) => world.runUntil(id, ({ reason }) => reason !== null);
    const tail = / \(\[receiver\], \[receiver\]\)$/;
    expect((await ended(toAccount)).reason?.message).toMatch(tail);
    expect((await ended(toCard)).reason).toMatchObject({
      code: expect.stringMatching(/^\d+$/),
      message: expect.stringMatching(tail),
    });
  });

  it('is kept without the receiver in words that are not listed, and in its money', async () => {
    const id = await create(ACCOUNT.body, euros(8));
    await world.runUntilStatus(id, 'bank_confirming');
    const orderId = orderOf(id)?.orderId ?? '';
    const status = `held for ${FIRST_NAME}`;
    world.simulator.control.setOrder(orderId, {
      status,
      stage: `ask ${LAST_NAME}`,
      amount: `${NUMBER} 1`,
    });
    await world.runFor(id, UNLISTED_TOLD_MS);
    const { attention, gateway } = await world.payout(id);
    const detailOf = (code: string) => attention.find((item) => item.code === code)?.detail;
    expect(detailOf('unlisted_answer')).toBe('held for [receiver]/ask [receiver]');
    expect(detailOf('amount_mismatch')).toContain('[receiver] 1 EUR');
    expect(gateway).toMatchObject({ amount: '[receiver] 1', stage: 'ask [receiver]' });
  });

  it('is kept without the receiver in a status that it signs', async () => {
    const id = await create({ ...ACCOUNT.body, first_name: 'Zquintus' }, euros(8));
    await world.runUntilStatus(id, 'bank_confirming');
    const status = 'held_for_zquintus';
    expect(await world.callback(id, { status })).toMatchObject({ kind: 'stored' });
    expect(await world.callback(id, { status })).toMatchObject({ kind: 'repeated' });
    const rows = await world.database.query(
      'select status from callbacks where client_order_id = $1',
      [id],
    );
    expect(rows).toEqual([{ status: 'held_for_[receiver]' }]);
  });

  const reply: StatusReply = {
    status: `held ${FIRST_NAME}`,
    stage: `ask ${NUMBER}`,
    orderId: '1',
    clientOrderId: '1',
    amount: `${NUMBER} EUR`,
    currency: FIRST_NAME,
    redirectTo: null,
    processorTxId: NUMBER,
    transactionType: `reversal to ${FIRST_NAME}`,
    errorCode: FIRST_NAME,
    errorMessage: `No ${LAST_NAME}`,
  };

  it('keeps the words that decide, where they are listed', async () => {
    const stored = await world.stored(await create(ACCOUNT.body));
    const listed: StatusReply = {
      ...reply,
      status: 'declined',
      stage: 'payout_chain_declined',
      amount: '12.50',
      currency: 'eur',
      processorTxId: '1764355200000008',
      transactionType: 'payout',
      errorCode: '-51',
      errorMessage: 'Declined',
    };
    const verdict = { kind: 'reported', reply: listed } as const;
    expect(scrubStatus(world.app, stored, verdict)).toEqual(verdict);
    expect(await withoutKey(() => scrubStatus(world.app, stored, verdict))).toEqual({
      kind: 'reported',
      reply: { ...listed, errorMessage: null },
    });
  });

  it('is not kept in words while the receiver cannot be opened, and decides as before', async () => {
    const stored = await world.stored(await create(ACCOUNT.body));
    const verdict = { kind: 'reported', reply } as const;
    expect(scrubStatus(world.app, stored, verdict)).toMatchObject({
      reply: {
        status: 'held [receiver]',
        stage: 'ask [receiver]',
        amount: '[receiver] EUR',
        currency: '[receiver]',
        processorTxId: null,
        transactionType: 'reversal to [receiver]',
        errorCode: '[receiver]',
        errorMessage: 'No [receiver]',
      },
    });
    const withheld = '[withheld]';
    expect(await withoutKey(() => scrubStatus(world.app, stored, verdict))).toMatchObject({
      reply: {
        status: withheld,
        stage: withheld,
        amount: withheld,
        currency: withheld,
        transactionType: 'reversal',
        errorCode: null,
        errorMessage: null,
      },
    });
    const refused = { kind: 'refused', code: '7', message: `No ${LAST_NAME}` } as const;
    for (const scrub of [scrubCheck, scrubStatus]) {
      expect(scrub(world.app, stored, refused)).toEqual({ ...refused, message: 'No [receiver]' });
      expect(await withoutKey(() => scrub(world.app, stored, refused))).toEqual({
        ...refused,
        message: null,
      });
    }
  });

  it('is found out where its text was cut in the middle of a number', async () => {
    const stored = await world.stored(await create(CARD.body));
    const text = `${'x'.repeat(488)} ${CARD_NUMBER}`.slice(0, 500);
    const refused = { kind: 'refused', code: null, message: text } as const;
    expect(scrubCheck(world.app, stored, refused)).toMatchObject({
      message: `${'x'.repeat(488)} [receiver]`,
    });
  });
});

describe('a platform that echoes', () => {
  const attempts = (id: string) =>
    world.database.query<{ outcome: string; description: string | null }>(
      'select outcome, description from notification_attempts where payout_id = $1 order by id',
      [id],
    );

  async function deliver(answers: ScriptedPlatform['answers'], isKeyAway = false) {
    await world.database.query('update installation set notifies = true');
    const id = await create(CARD.body);
    await world.runUntilStatus(id, 'approved');
    // The answers are about this payout, and would be no echo of the others' receivers.
    await world.database.query('delete from notifications where payout_id <> $1 and attempts = 0', [
      id,
    ]);
    platform.answers = answers;
    const notifier = createNotifier(world.app, platform.client);
    const run = async () => {
      while ((await notifier.runOnce()) > 0);
    };
    await (isKeyAway ? withoutKey(run) : run());
    return { id, said: (await attempts(id)).map(({ description }) => description) };
  }

  it('is kept without the receiver, also where its notification is dead-lettered', async () => {
    const { id, said } = await deliver([
      pairOf(0, `Booked for ${CARD_FIRST_NAME}`),
      pairOf(4, `No card ${GROUPED} of ${CARD_FIRST_NAME.toUpperCase()}`),
      pairOf(0, `${'x'.repeat(250)}${CARD_NUMBER}`),
    ]);
    expect(said.slice(0, 2)).toEqual(['Booked for [receiver]', 'No card [receiver] of [receiver]']);
    expect(said[2]).not.toContain(CARD_NUMBER.slice(0, 6));
    const parked = (await world.payout(id)).attention.find(
      ({ code }) => code === 'notification_parked',
    );
    expect(parked?.detail).toContain('No card [receiver] of [receiver]');
    expect(logged.join('')).toContain(
      'The notification is dead-lettered: 4 No card [receiver] of [receiver]',
    );
  });

  it('is not kept while the receiver cannot be opened, but for the published sentences', async () => {
    const { said } = await deliver(
      [
        pairOf(0, `Booked for ${CARD_FIRST_NAME}`),
        pairOf(0, 'Update payout request success'),
        pairOf(4, 'Update payout request failed'),
      ],
      true,
    );
    expect(said).toEqual([null, 'Update payout request success', 'Update payout request failed']);
  });
});

describe('a cashier that echoes', () => {
  const call = async (fields: object, text = JSON.stringify(fields)) => {
    const taken = await takeUpdatePayout(world.app, {
      body: Buffer.from(text),
      contentType: 'json',
      path: '/UpdatePayout',
      address: '127.0.0.1',
      isAuthenticated: true,
      keepsUnnamed: true,
    });
    const [row] = await world.database.query<{ updated_by: string | null; body: Buffer }>(
      'select * from cashier_calls order by id desc limit 1',
    );
    return { ...taken, updatedBy: row?.updated_by, body: row?.body.toString() };
  };

  const held = async () => {
    const reference = randomUUID();
    const id = await create(ACCOUNT.body, { reference, release: 'on_authorization' });
    await world.runUntilStatus(id, 'bank_confirmed');
    const fields = { PIN: '7', FrontEndName: 'TEST EUR', ExtPayoutID: reference, Status: 'A' };
    return { id, fields };
  };

  it('is kept without the receiver, in its name and in its body', async () => {
    const { id, fields } = await held();
    const said = await call({ ...fields, UpdatedBy: `for ${FIRST_NAME}`, [NUMBER]: 1 });
    expect(said).toMatchObject({ status: 0, updatedBy: 'for [receiver]' });
    expect(said.body).toContain('"UpdatedBy":"for [receiver]","[receiver]":1}');
    expect((await world.journal(id)).some(({ says }) => says.includes('for [receiver]'))).toBe(
      true,
    );
    expect(logged.join('')).toContain('Ignored fields: [receiver].');
  });

  it('is kept without the receiver that its body hides behind escapes', async () => {
    const { fields } = await held();
    const hidden = FIRST_NAME.split('')
      .map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
    const { body } = await call({}, `${JSON.stringify(fields).slice(0, -1)},"Note":"${hidden}"}`);
    expect(JSON.parse(body ?? '')).toEqual({ ...fields, Note: '[receiver]' });
  });

  it('is not kept in words where no receiver can be compared', async () => {
    const { fields } = await held();
    const named = { ...fields, UpdatedBy: FIRST_NAME };
    const away = await withoutKey(() => call(named));
    expect(away).toMatchObject({ status: 0, updatedBy: null, body: '' });
    const unknown = await call({ ...named, ExtPayoutID: 'nobody' });
    expect(unknown).toMatchObject({ status: 2, updatedBy: null, body: '' });
    const letter = await call({ ...fields, Status: FIRST_NAME });
    expect(letter).toMatchObject({ status: 7, updatedBy: null, body: '' });
    const twice = `{"${NUMBER}":1,"${NUMBER}":2}`;
    expect((await call({}, twice)).description).toContain('is given more than once');
  });
});

it('nothing of any receiver is in a table or in the log', async () => {
  const search = createSearch(SEARCHED);
  expect(search(Buffer.from(`No ${GROUPED}`))).not.toEqual([]);
  const tables = await dumpTables(world.database);
  expect(tables.get('payout_events')).toContain('[receiver]');
  const found = [...tables].flatMap(([name, text]) =>
    search(Buffer.from(text)).map((what) => `${name}: ${what}`),
  );
  expect(found).toEqual([]);
  expect(logged.length).toBeGreaterThan(50);
  expect(search(Buffer.from(logged.join('')))).toEqual([]);
}, 60_000);
