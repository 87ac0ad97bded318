/**
 * A gateway that is down, with many payouts waiting for it: it is probed and not stormed, also when
 * it comes back, and its budget of calls per second is kept.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { paymentsOf } from '../support/bank-orders.ts';
import { type RunningService, startRunningService } from '../support/running-service.ts';

const PAYOUTS = 30;
const OUTAGE_MS = 3000;

let service: RunningService;
afterEach(() => service.close());

const createMany = async (count: number): Promise<string[]> => {
  const created = await Promise.all(Array.from({ length: count }, () => service.api.create()));
  return created.map(({ id }) => id);
};

const arrivals = (): number[] =>
  service.simulator.control.requests().map(({ at }) => Date.parse(at));

test('an outage brings probes instead of polls, and everything is paid once when it is over', async () => {
  service = await startRunningService({ behaviour: { validateDelayMs: 2000 } });
  const ids = await createMany(PAYOUTS);
  const isAsked = ({ status }: { status: string }) => !['requested', 'checking'].includes(status);
  await Promise.all(ids.map((id) => service.api.until(id, isAsked)));
  const faults = (['payout-check', 'payout-pay', 'status'] as const).map((command) => ({
    command,
    fault: 'http_500' as const,
    times: 100_000,
  }));
  service.simulator.control.setBehaviour({ faults });
  const down = Date.now();
  await sleep(OUTAGE_MS);
  const back = Date.now();
  service.simulator.control.setBehaviour({ faults: [] });
  const during = arrivals().filter((at) => at > down && at < back);
  // Asked every 100 to 200 ms, thirty payouts would have made more than four hundred requests.
  expect(during.length).toBeGreaterThan(2);
  expect(during.length).toBeLessThan(3 * PAYOUTS);
  // The breaker opened within the first second; from then on there are only probes.
  expect(during.filter((at) => at > down + 1000).length).toBeLessThan(8);

  await Promise.all(ids.map((id) => service.api.untilStatus(id, 'approved')));
  expect(ids.map((id) => paymentsOf(service.simulator, id))).toEqual(ids.map(() => 1));
}, 60_000);

test('the calls of one second stay within the budget, and every payout has its turn', async () => {
  const perSecond = 40;
  service = await startRunningService({
    environment: { PAYNETEASY_MAX_PER_SECOND: String(perSecond), PAYNETEASY_MAX_IN_FLIGHT: '5' },
  });
  const ids = await createMany(15);
  await Promise.all(ids.map((id) => service.api.untilStatus(id, 'approved')));
  const seen = arrivals();
  for (const from of seen) {
    const within = seen.filter((at) => at >= from && at < from + 1000).length;
    // A bucket that was full to begin with lets through its content and its refill; one item may
    // take a few calls in a row before the budget is looked at again.
    expect(within).toBeLessThanOrEqual(2 * perSecond + 15);
  }
  expect(ids.map((id) => paymentsOf(service.simulator, id))).toEqual(ids.map(() => 1));
}, 60_000);
