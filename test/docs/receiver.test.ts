/**
 * The receiver of the documentation, run against the whole service: what a platform copies must
 * work.
 */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createReceiver, type Receiver } from '../../docs/examples/receiver.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';
import { waitFor } from '../support/wait-for.ts';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 4).toString('base64')}`;

let receiver: Receiver;
let url: string;
let service: RunningService;

function addressOf({ server }: Receiver): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/UpdatePayout`;
}

beforeAll(async () => {
  receiver = createReceiver(SECRET);
  receiver.server.listen(0, '127.0.0.1');
  await once(receiver.server, 'listening');
  url = addressOf(receiver);
  service = await startRunningService({
    // The old secret still signs while both sides change to the new one.
    environment: { PRAXIS_NOTIFY_URL: url, PRAXIS_NOTIFY_SECRET: `${OTHER} ${SECRET}` },
  });
});
afterAll(async () => {
  await service.close();
  receiver.server.close();
});

const ask = async (amount: string, changes: object = {}) => {
  const reference = randomUUID();
  receiver.hold(reference, amount);
  const cashier = { pin: '7', front_end_name: 'TEST EUR' };
  const payout = await service.api.create({ reference, amount, cashier, ...changes });
  return { reference, payout };
};

const settled = (reference: string) =>
  waitFor(`an end of ${reference}`, () => {
    const hold = receiver.holds.get(reference);
    return hold !== undefined && hold.state !== 'held' ? hold : null;
  });

it('learns that a payout was paid', async () => {
  const { reference } = await ask('10.00');
  expect(await settled(reference)).toEqual({ amount: '10.00', state: 'paid', lastLetter: 'Y' });
});

it('releases the funds of a payout that was declined', async () => {
  const { reference } = await ask('10.01');
  expect(await settled(reference)).toEqual({ amount: '10.01', state: 'released', lastLetter: 'J' });
});

it('releases the funds of a payout that was canceled', async () => {
  const { reference, payout } = await ask('10.00', { release: 'on_authorization' });
  await service.api.send('POST', `/v1/payouts/${payout.id}/cancel`);
  expect(await settled(reference)).toMatchObject({ state: 'released', lastLetter: 'C' });
});

/** Sends letters about one payout as the service would. */
const sender =
  (reference: string, address = url) =>
  async (id: string, letter: string, secret = SECRET): Promise<number> => {
    const body = JSON.stringify({ ExtPayoutID: reference, Status: letter });
    const now = new Date();
    const response = await fetch(address, {
      method: 'POST',
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, now, body),
      },
      body,
    });
    const pair: { Status: number } = JSON.parse(await response.text());
    return pair.Status;
  };

it.each(['X', 'R', 'constructor', 'y', ''])(
  'only records a letter that it does not know: %j',
  async (letter) => {
    const reference = randomUUID();
    receiver.hold(reference, '5.00');
    expect(await sender(reference)(`unknown-${letter}`, letter)).toBe(0);
    expect(receiver.holds.get(reference)).toMatchObject({ state: 'held', lastLetter: letter });
  },
);

it('takes a message once, refuses strangers, and never turns one end into the other', async () => {
  const reference = randomUUID();
  receiver.hold(reference, '5.00');
  const send = sender(reference);
  expect(await send('m-1', 'J', OTHER)).toBe(8);
  expect(receiver.holds.get(reference)?.state).toBe('held');
  expect(await send('m-1', 'J')).toBe(0);
  expect(await send('m-1', 'J')).toBe(0);
  expect(await send('m-2', 'Y')).toBe(4);
  expect(receiver.holds.get(reference)?.state).toBe('released');
});

it('run by itself keeps each payout from its first notification on', async () => {
  const booked: string[] = [];
  const own = createReceiver(SECRET, {
    amountOf: (reference) => (reference === 'unknown' ? null : '7.00'),
    onBooked: (reference, { lastLetter, state }) =>
      booked.push(`${reference} ${lastLetter} ${state}`),
  });
  own.server.listen(0, '127.0.0.1');
  await once(own.server, 'listening');
  const address = addressOf(own);
  expect(await sender('r-1', address)('o-1', 'A')).toBe(0);
  expect(await sender('r-1', address)('o-2', 'Y')).toBe(0);
  expect(await sender('unknown', address)('o-3', 'A')).toBe(2);
  expect(own.holds.get('r-1')).toEqual({ amount: '7.00', state: 'paid', lastLetter: 'Y' });
  expect(booked).toEqual(['r-1 A held', 'r-1 Y paid']);
  own.server.close();
});
