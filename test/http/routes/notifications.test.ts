import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type CashierApp,
  createCashierApp,
  OPEN,
  OPERATOR_KEY,
} from '../../support/cashier-app.ts';
import { storyIn } from '../../support/payouts.ts';

let service: CashierApp;
beforeAll(async () => {
  service = await createCashierApp(OPEN, { app: { letters: ['P', 'Y', 'J', 'C'] } });
  await service.database.query('update installation set notifies = true');
});
afterAll(() => service.close());

const redeliver = (id: string, key = OPERATOR_KEY) =>
  request(service.server.server)
    .post(`/v1/payouts/${id}/notifications/redeliver`)
    .set('authorization', `Bearer ${key}`);

/** An approved payout whose letters ended like this. */
async function withLetters(states: Record<string, string>) {
  const { id } = await service.put(storyIn.approved().payout);
  for (const [position, [letter, state]] of Object.entries(states).entries()) {
    await service.database.query(
      `insert into notifications (id, payout_id, position, letter, body, state, due_at, created_at)
       values ($1, $2, $3, $4, '{}', $5, now(), now())`,
      [randomUUID(), id, position, letter, state],
    );
  }
  return id;
}

it('answers which letters are redelivered', async () => {
  const id = await withLetters({ A: 'delivered', P: 'parked', Y: 'delivered' });
  const { status, body } = await redeliver(id);
  expect([status, body]).toEqual([200, { letters: ['P', 'Y'] }]);
  const again = await redeliver(id);
  expect([again.status, again.body]).toEqual([200, { letters: [] }]);
});

it('sends what was skipped although it is subscribed now', async () => {
  const id = await withLetters({ A: 'skipped', P: 'skipped', Y: 'delivered' });
  expect((await redeliver(id)).body).toEqual({ letters: ['P', 'Y'] });
});

it('answers 409 while the installation does not notify, and sets nothing to be sent', async () => {
  const id = await withLetters({ A: 'delivered', P: 'parked', Y: 'skipped' });
  await service.database.query('update installation set notifies = false');
  const { status, body } = await redeliver(id);
  await service.database.query('update installation set notifies = true');
  expect([status, body.code]).toEqual([409, 'NOT_NOTIFYING']);
  const pending = await service.database.query(
    `select 1 from notifications where payout_id = $1 and state = 'pending'`,
    [id],
  );
  expect(pending).toEqual([]);
});

it('answers 404 for a payout that is not there and 401 for a stranger', async () => {
  expect((await redeliver('po_00000000000000000000000000')).status).toBe(404);
  expect((await redeliver('nonsense')).status).toBe(404);
  expect((await redeliver('nonsense', 'other')).status).toBe(401);
});
