/**
 * More new payouts than the budget of calls: those that were sent before them go on to their end.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

const PER_SECOND_MAX = 5;
const CREATES_PER_SECOND = 15;
/** What the simulated bank takes for a payment: longer than any of these stories. */
const NEVER_MS = 86_400_000;
const SECOND_MS = 1000;
const STEP_MS = 50;

let world: DrivenFlow;
beforeEach(async () => {
  world = await createDrivenFlow({
    perSecondMax: PER_SECOND_MAX,
    behaviour: { payDelayMs: NEVER_MS },
  });
});
afterEach(() => world.close());

const pollsOf = (id: string): number => world.calls(id).filter((call) => call === 'status').length;

/** Creates more than the budget allows, for so many seconds; calls `each` after each of them. */
async function flood(seconds: number, each: (second: number) => Promise<void>): Promise<string[]> {
  const ids: string[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const end = world.clock.now() + SECOND_MS;
    const created = Array.from({ length: CREATES_PER_SECOND }, () => world.create());
    ids.push(...(await Promise.all(created)));
    while (world.clock.now() < end) {
      await world.runNow();
      world.clock.advance(STEP_MS);
    }
    await each(second);
  }
  return ids;
}

test('a paid payout gets its status requests at its usual interval', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'processing');
  const before = pollsOf(id);
  const seen: number[] = [];
  await flood(20, async () => void seen.push(pollsOf(id) - before));
  // Every 3 to 5 seconds, and one interval more at most.
  expect(seen[9]).toBeGreaterThanOrEqual(1);
  expect(seen[19]).toBeGreaterThan(seen[9] ?? 0);
}, 60_000);

test('a callback is followed by its status request immediately', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'processing');
  const seen: number[] = [];
  await flood(6, async (second) => {
    seen.push(pollsOf(id));
    if (second === 3) await world.callback(id, { status: 'processing' });
  });
  expect(seen[4]).toBeGreaterThan(seen[3] ?? 0);
}, 60_000);

test('a quarter of the calls are status requests, and new payouts get the rest', async () => {
  const id = await world.create();
  await world.runUntilStatus(id, 'processing');
  const before = pollsOf(id);
  const ids = await flood(15, async () => {});
  const checks = ids.flatMap((one) => world.commands(one)).length;
  const statusRequests = [id, ...ids].reduce((sum, one) => sum + pollsOf(one), -before);
  const share = statusRequests / (checks + statusRequests);
  expect(share).toBeGreaterThan(0.2);
  expect(share).toBeLessThan(0.4);
  expect(checks + statusRequests).toBeGreaterThan(0.8 * 15 * PER_SECOND_MAX);
}, 60_000);
