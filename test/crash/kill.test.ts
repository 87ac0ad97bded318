/**
 * The service is killed with SIGKILL in the middle of many payouts, again and again: the next one
 * finishes every payout, and each is paid exactly once.
 */

import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsOf } from '../support/bank-orders.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { endAll, expectPaidOnce } from '../support/settled-payouts.ts';
import { waitFor } from '../support/wait-for.ts';

const ROUNDS = 4;
const PAYOUTS_PER_ROUND = 12;
/** Beyond send_before and the total timeout, so that an attempt without an answer is finished. */
const LATER_MS = 40_000;
/** A lease runs out within 6 s of a kill, and takes 10 s at most to be taken over. */
const TAKEN_OVER_WITHIN_MS = 50_000;

let setup: Setup;
beforeAll(async () => {
  setup = await createSetup({ validateDelayMs: 80, payDelayMs: 80, payTwiceHappens: true });
});
afterAll(() => setup.close());

test('every payout is paid once, wherever the service was killed', async () => {
  const ids: string[] = [];
  let running: ServiceProcess | null = null;
  for (let round = 0; round <= ROUNDS; round += 1) {
    running = await startServiceProcess(setup, { clockShiftMs: round * LATER_MS });
    await running.ready();
    if (round === ROUNDS) break;
    const { api } = running;
    const creating = Array.from({ length: PAYOUTS_PER_ROUND }, async (_, index) => {
      await sleep(index * 20);
      // A create that is cut off by the kill was promised to no client.
      const created = await api.create().catch(() => null);
      if (created !== null) ids.push(created.id);
    });
    // By what was done and not by the clock alone: a busy machine would be killed before it began.
    const enough = ids.length + randomInt(1, PAYOUTS_PER_ROUND / 2);
    await waitFor('creates to be answered', () => ids.length >= enough);
    await sleep(randomInt(0, 300));
    running.signal('SIGKILL');
    expect(await running.ended).toBeNull();
    await Promise.all(creating);
  }
  expect(ids.length).toBeGreaterThanOrEqual(ROUNDS);
  const asked = running === null ? [] : await endAll(setup, running.api, TAKEN_OVER_WITHIN_MS);
  for (const id of await expectPaidOnce(setup, ids, asked)) {
    const commands = commandsOf(setup.simulator, id);
    expect(commands.filter((command) => command === 'payout-pay')).toHaveLength(1);
  }
  running?.signal('SIGTERM');
  expect(await running?.ended).toBe(0);
}, 240_000);
