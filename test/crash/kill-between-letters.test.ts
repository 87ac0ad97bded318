/**
 * The service is killed with SIGKILL while letters are under way to a platform that is slow,
 * refuses connections and loses answers: what the platform hears of each payout is complete and in
 * order.
 */

import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { platformEnvironment } from '../../src/dev/sandbox/sandbox.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { endAll } from '../support/settled-payouts.ts';
import { waitFor } from '../support/wait-for.ts';

const ROUNDS = 3;
const PAYOUTS_PER_ROUND = 6;
/** Beyond send_before and the total timeout, so that a payment without an answer is finished. */
const LATER_MS = 40_000;
/** A lease runs out within 6 s of a kill, and a letter is tried again after 1, 5 and 15 s. */
const ALL_TOLD_WITHIN_MS = 60_000;
const cashier = { pin: '7', front_end_name: 'TEST EUR' };

let setup: Setup;
beforeAll(async () => {
  setup = await createSetup({ validateDelayMs: 50, payDelayMs: 50, platformDelayMs: 150 });
});
afterAll(() => setup.close());

test('every payout is notified from A to Y, wherever the service was killed', async () => {
  const environment = platformEnvironment(setup.secrets, setup.simulatorUrl);
  const references: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    setup.simulator.control.setBehaviour({
      platformAnswers: [{ answer: 'reset', times: 4 }, { answer: 'later' }, { answer: 'html' }],
    });
    const running = await startServiceProcess(setup, {
      environment,
      clockShiftMs: round * LATER_MS,
    });
    await running.ready();
    const creating = Array.from({ length: PAYOUTS_PER_ROUND }, async () => {
      const reference = randomUUID();
      // A create that is cut off by the kill was promised to no client.
      const created = await running.api.create({ reference, cashier }).catch(() => null);
      if (created !== null) references.push(reference);
    });
    const enough = references.length + randomInt(1, PAYOUTS_PER_ROUND);
    await waitFor('creates to be answered', () => references.length >= enough);
    await sleep(randomInt(0, 600));
    running.signal('SIGKILL');
    await Promise.all([running.ended, ...creating]);
  }
  expect(references.length).toBeGreaterThanOrEqual(ROUNDS);
  const clockShiftMs = ROUNDS * LATER_MS;
  const last = await startServiceProcess(setup, { environment, clockShiftMs });
  const asked = await endAll(setup, last.api, ALL_TOLD_WITHIN_MS);
  await waitFor(
    'every letter to be delivered',
    async () => {
      const [row] = await setup.database.query<{ open: number }>(
        `select (select count(*) from payouts where finalized_at is null)
           + (select count(*) from notifications where state <> 'delivered') as open`,
      );
      return Number(row?.open) === 0;
    },
    ALL_TOLD_WITHIN_MS,
  );
  const heard = setup.simulator.control.letters();
  const told = references.filter((each) => !asked.some(({ reference }) => reference === each));
  for (const reference of told) {
    const letters = heard.filter((letter) => letter.reference === reference);
    expect(letters.map(({ letter }) => letter).join('')).toMatch(/^A+P+Y+$/);
    expect(letters.every(({ signature }) => signature === 'valid')).toBe(true);
    expect(new Set(letters.map(({ webhookId }) => webhookId)).size).toBe(3);
  }
  last.signal('SIGTERM');
  expect(await last.ended).toBe(0);
}, 240_000);
