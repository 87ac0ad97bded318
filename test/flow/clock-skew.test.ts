import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { skewOf } from '../../src/flow/gateway/clock-skew.ts';
import type { CallMeta } from '../../src/flow/gateway/gateway.ts';
import { refusesAccess } from '../../src/payneteasy/http-status.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';

const NOW = Date.UTC(2030, 0, 15, 12);
const dateAt = (at: number) => new Date(at).toUTCString();

const refusedAt = ({ httpStatus = 403, ...changes }: Partial<CallMeta>): CallMeta => ({
  durationMs: 100,
  httpStatus,
  accessRefused: httpStatus !== null && refusesAccess(httpStatus),
  serialNumber: null,
  dateHeader: dateAt(NOW),
  retryAfterMs: null,
  ...changes,
});

describe('the clocks are compared', () => {
  test.each([
    { apartMs: 120_000, is: { clockSkewMs: -120_050 } },
    { apartMs: -120_000, is: { clockSkewMs: 119_950 } },
    { apartMs: 59_000, is: {} },
    { apartMs: -59_000, is: {} },
    { apartMs: 0, is: {} },
  ])('theirs $apartMs ms after ours', ({ apartMs, is }) => {
    expect(skewOf(refusedAt({ dateHeader: dateAt(NOW + apartMs) }), NOW)).toEqual(is);
  });

  test('with room for a call that took long', () => {
    const meta = refusedAt({ dateHeader: dateAt(NOW - 65_000), durationMs: 30_000 });
    expect(skewOf(meta, NOW)).toEqual({});
  });

  test.each([
    { httpStatus: 200 },
    { httpStatus: 500 },
    { httpStatus: null },
    { dateHeader: null },
    { dateHeader: 'soon' },
  ])('and never by an answer with %j', (changes) => {
    const apart = refusedAt({ dateHeader: dateAt(NOW - 600_000), ...changes });
    expect(skewOf(apart, NOW)).toEqual({});
  });
});

describe('an answer 403 from a gateway whose clock is ten minutes behind', () => {
  let world: DrivenFlow;
  beforeAll(async () => {
    world = await createDrivenFlow();
    // The simulated gateway's Date header tells real time.
    world.clock.advance(600_000);
  });
  afterAll(() => world.close());

  test.each(['status', 'payout-check', 'payout-pay'] as const)(
    'to %s raises clock_skew next to access_refused, and both go away once a call gets through',
    async (command) => {
      world.simulator.control.setBehaviour({ faults: [{ command, fault: 'http_403', times: 1 }] });
      const id = await world.create();
      const payout = await world.runUntil(id, ({ attention }) => attention.length > 0);
      expect(payout.attention.map(({ code }) => code)).toEqual(['access_refused', 'clock_skew']);
      const skew = payout.attention.find(({ code }) => code === 'clock_skew');
      expect(skew?.detail).toMatch(/^our clock is \d+ s ahead$/);
      const ended = await world.runUntil(id, ({ finalizedAt }) => finalizedAt !== null);
      expect(ended).toMatchObject({ attention: [] });
    },
  );
});
