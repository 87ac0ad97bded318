/**
 * SIGTERM under load: what was answered 201 is finished or found by the next service, and the
 * process ends with 0.
 */

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsOf } from '../support/bank-orders.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { expectPaidOnce, untilAllFinal } from '../support/settled-payouts.ts';
import { waitFor } from '../support/wait-for.ts';

const ROUNDS = 2;
const CALLERS = 6;
/** Each caller has been answered some times when the signal comes. */
const ANSWERED_BEFORE = 4 * CALLERS;

let setup: Setup;
beforeAll(async () => {
  setup = await createSetup({ validateDelayMs: 100, payDelayMs: 100, payTwiceHappens: true });
});
afterAll(() => setup.close());

test('a service stopped under load loses nothing, and ends with 0', async () => {
  const ids: string[] = [];
  const refused: unknown[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const service = await startServiceProcess(setup);
    await service.ready();
    let stopping = false;
    const caller = async (): Promise<void> => {
      while (!stopping) {
        try {
          ids.push((await service.api.create()).id);
        } catch (error) {
          refused.push(error);
          return;
        }
        await sleep(10);
      }
    };
    const callers = Array.from({ length: CALLERS }, caller);
    const enough = ids.length + ANSWERED_BEFORE;
    await waitFor('creates to be answered', () => ids.length >= enough);
    // A load balancer's spare connection, on which nothing comes.
    const spare = connect(Number(new URL(service.url).port), '127.0.0.1');
    // How its end reaches us is the network's business.
    spare.on('error', () => {});
    await once(spare, 'connect');
    service.signal('SIGTERM');
    expect(await service.ended).toBe(0);
    stopping = true;
    await Promise.all(callers);
    expect(service.linesWith('"msg":"Closed."')).toHaveLength(1);
    expect(service.linesWith('"level":"error"')).toEqual([]);
  }
  // A client without an answer was not heard: a create that was stored unanswered would be one more
  // row.
  const rows = await setup.database.query('select id from payouts');
  expect(rows).toHaveLength(ids.length);
  expect(ids.length).toBeGreaterThanOrEqual(ROUNDS * ANSWERED_BEFORE);
  // No outcome was left unknown, so the next one needs no deadline to pass.
  const next = await startServiceProcess(setup);
  await next.ready();
  await untilAllFinal(setup, 30_000);
  await expectPaidOnce(setup, ids);
  const commands = ['payout-check', 'payout-pay'];
  expect(ids.map((id) => commandsOf(setup.simulator, id))).toEqual(ids.map(() => commands));
  next.signal('SIGTERM');
  expect(await next.ended).toBe(0);
}, 90_000);
