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

const redeliverFrom = (id: string, body: object) => redeliver(id).send(body);

it('sends what was delivered again, from a letter on', async () => {
  const id = await withLetters({ A: 'delivered', P: 'delivered', Y: 'delivered' });
  expect((await redeliver(id)).body).toEqual({ letters: [] });
  const { status, body } = await redeliverFrom(id, { from_letter: 'P' });
  expect([status, body]).toEqual([200, { letters: ['P', 'Y'] }]);
  const rows = await service.database.query(
    `select letter, state, round from notifications where payout_id = $1 order by position`,
    [id],
  );
  expect(rows).toEqual([
    { letter: 'A', state: 'delivered', round: 1 },
    { letter: 'P', state: 'pending', round: 2 },
    { letter: 'Y', state: 'pending', round: 2 },
  ]);
  const timeline = await request(service.server.server)
    .get(`/v1/payouts/${id}/timeline`)
    .set('authorization', `Bearer ${OPERATOR_KEY}`);
  expect(JSON.stringify(timeline.body)).toContain('requested the redelivery of P, Y.');
});

it('sends what was delivered again, from a time on', async () => {
  const id = await withLetters({ A: 'delivered', P: 'delivered', Y: 'delivered' });
  await service.database.query(
    `update notifications set created_at = '2026-01-31T10:00:00Z'::timestamptz
       + position * interval '1 hour' where payout_id = $1`,
    [id],
  );
  const from = (time: string) => redeliverFrom(id, { from_time: time });
  expect((await from('2026-01-31T12:00:01Z')).body).toEqual({ letters: [] });
  expect((await from('2026-01-31T13:00:00+01:00')).body).toEqual({ letters: ['Y'] });
  // A is not subscribed, but it was delivered once, so the platform has lost it too.
  expect((await from('2026-01-01T00:00:00Z')).body).toEqual({ letters: ['A', 'P', 'Y'] });
});

it('leaves skipped letters that are not wanted skipped, wherever it begins', async () => {
  const id = await withLetters({ A: 'skipped', P: 'delivered', Y: 'delivered' });
  expect((await redeliverFrom(id, { from_letter: 'A' })).body).toEqual({ letters: ['P', 'Y'] });
});

it('has nothing to send from a letter that was never written', async () => {
  const id = await withLetters({ A: 'delivered', P: 'delivered', Y: 'delivered' });
  expect((await redeliverFrom(id, { from_letter: 'C' })).body).toEqual({ letters: [] });
});

it.each([
  [{ from_letter: 'Z' }, 'from_letter'],
  [{ from_time: 'yesterday' }, 'from_time'],
  [{ from_letter: 'P', from_time: '2026-01-31T00:00:00Z' }, 'from_time'],
  [{ from: '2026-01-31T00:00:00Z' }, 'from'],
])('refuses %j', async (body, path) => {
  const id = await withLetters({ A: 'delivered', P: 'parked', Y: 'delivered' });
  const answer = await redeliverFrom(id, body);
  expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
  expect(answer.body.errors[0].path).toBe(path);
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
