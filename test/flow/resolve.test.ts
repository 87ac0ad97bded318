/**
 * A person says what became of a payout: only on top of a fresh answer, and never against it.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolvePayout } from '../../src/flow/api/resolve-payout.ts';
import { pollStatus } from '../../src/flow/gateway/poll-status.ts';
import type { Finding } from '../../src/payout/model/event.ts';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';

/** Cents that make the bank answer what is not documented, indefinitely or for a while. */
const ERROR_RESULT_UNKNOWN = euros(4);
const DECLINED_AFTER_PAY = euros(2);

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

const resolve = (payoutId: string, finding: Finding, ifVersion: readonly number[] | null = null) =>
  resolvePayout(world.app, {
    payoutId,
    ifVersion,
    finding,
    evidence: 'ticket 4711',
    by: 'Grace',
    key: 'operator-key',
  });

const refusal = (detail: string | RegExp) => ({
  code: 'NOT_RESOLVABLE',
  facts: { detail: expect.stringMatching(detail) },
});

/** Lets two polls be read in the middle of each of the next status requests of a payout. */
function pollDuringAsks(id: string, times: number): { left: () => number } {
  let left = times;
  const endpoint = world.app.endpoints.get('default');
  if (endpoint === undefined) throw new Error('the world has no endpoint');
  world.during.afterAnswer = async () => {
    if (left === 0) return;
    left -= 1;
    const { afterAnswer = () => {} } = world.during;
    delete world.during.afterAnswer;
    await pollStatus(world.app, endpoint, await world.stored(id));
    await pollStatus(world.app, endpoint, await world.stored(id));
    if (left > 0) world.during.afterAnswer = afterAnswer;
  };
  return { left: () => left };
}

async function inGatewayError(): Promise<string> {
  const id = await world.create(ERROR_RESULT_UNKNOWN);
  await world.runUntil(id, ({ attention }) =>
    attention.some(({ code }) => code === 'gateway_error'),
  );
  return id;
}

describe('an error whose result the gateway does not know', () => {
  test.each([
    { finding: 'paid', status: 'approved', moneyMoved: 'yes' },
    { finding: 'not_paid', status: 'declined', moneyMoved: 'no' },
  ] as const)('is resolved as $status by $finding', async ({ finding, status, moneyMoved }) => {
    const id = await inGatewayError();
    const asked = world.calls(id).length;
    const { payout } = await resolve(id, finding);
    expect(payout).toMatchObject({
      status,
      moneyMoved,
      reason: { source: 'operator', message: 'ticket 4711' },
      attention: [],
    });
    expect(world.calls(id).slice(asked)).toEqual(['status']);
    expect((await world.journal(id)).at(-1)).toMatchObject({ kind: 'resolved' });
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay']);
  });

  test('is watched after it was resolved', async () => {
    const id = await inGatewayError();
    const stored = await resolve(id, 'not_paid');
    expect(stored.dueAt).not.toBeNull();
  });

  test('is resolved though polls of the runner are read between question and word', async () => {
    const id = await inGatewayError();
    const asked = world.calls(id).length;
    const polls = pollDuringAsks(id, 2);
    await expect(resolve(id, 'paid')).resolves.toMatchObject({ payout: { status: 'approved' } });
    expect(polls.left()).toBe(0);
    expect(world.calls(id).slice(asked)).toEqual(Array.from({ length: 7 }, () => 'status'));
  });

  test('is refused where that happens each time, after a bounded number of questions', async () => {
    const id = await inGatewayError();
    const polls = pollDuringAsks(id, 3);
    await expect(resolve(id, 'paid')).rejects.toMatchObject(
      refusal('came meanwhile; retry the command'),
    );
    expect(polls.left()).toBe(0);
    expect(await world.payout(id)).toMatchObject({ status: 'processing' });
  });

  test('cannot be resolved as no_order, since the gateway has an order', async () => {
    const id = await inGatewayError();
    await expect(resolve(id, 'no_order')).rejects.toMatchObject(refusal('has an order'));
  });
});

describe('it is refused', () => {
  test.each(['http_500', 'reset_before', 'html', 'http_403', 'other_order'] as const)(
    'where the status request before it meets %s, and nothing is changed',
    async (fault) => {
      const id = await inGatewayError();
      const { version } = await world.payout(id);
      world.simulator.control.setBehaviour({
        faults: [{ command: 'status', fault, times: 1 }],
      });
      await expect(resolve(id, 'paid')).rejects.toMatchObject(refusal('did not answer'));
      const after = await world.payout(id);
      expect(after.status).toBe('processing');
      expect(after.version).toBeGreaterThanOrEqual(version);
    },
  );

  test('before the last payout-pay can no longer arrive', async () => {
    const id = await world.create();
    world.simulator.control.setBehaviour({
      faults: [{ command: 'payout-pay', fault: 'reset_before', times: 1 }],
    });
    await world.runUntilStatus(id, 'paying');
    world.clock.advance(1000);
    await expect(resolve(id, 'not_paid')).rejects.toMatchObject(refusal('may still arrive'));
    world.clock.advance(40_000);
    await expect(resolve(id, 'not_paid')).rejects.toMatchObject(
      refusal('There is no reason for it yet'),
    );
    world.clock.advance(3_600_000);
    await expect(resolve(id, 'not_paid')).resolves.toMatchObject({
      payout: { status: 'declined' },
    });
    await world.runFor(id, 3_600_000);
    expect(world.commands(id)).toEqual(['payout-check', 'payout-pay reset_before']);
    expect(world.payments(id)).toBe(0);
  });

  test('where the gateway says otherwise meanwhile, and what it said is kept', async () => {
    const id = await world.create(DECLINED_AFTER_PAY);
    await world.runUntilStatus(id, 'processing');
    world.clock.advance(60_000);
    await expect(resolve(id, 'paid')).rejects.toMatchObject(refusal('reports declined'));
    expect(await world.payout(id)).toMatchObject({ status: 'declined', moneyMoved: 'no' });
  });

  test('against an approved end', async () => {
    const id = await world.create();
    await world.runUntilStatus(id, 'approved');
    await expect(resolve(id, 'not_paid')).rejects.toMatchObject(refusal('reports approved'));
    expect(await world.payout(id)).toMatchObject({ status: 'approved', moneyMoved: 'yes' });
  });

  test('before payout-pay, where it can be canceled', async () => {
    const id = await world.create({ release: 'on_authorization' });
    await world.runUntilStatus(id, 'bank_confirmed');
    await expect(resolve(id, 'not_paid')).rejects.toMatchObject(refusal('Cancel'));
  });

  test('where the caller has seen another version, without a poll', async () => {
    const id = await inGatewayError();
    const asked = world.calls(id).length;
    await expect(resolve(id, 'paid', [1])).rejects.toMatchObject({ code: 'VERSION_MISMATCH' });
    expect(world.calls(id)).toHaveLength(asked);
  });

  test('where there is no such payout', async () => {
    const unknown = `po_${'0'.repeat(26)}`;
    await expect(resolve(unknown, 'paid')).rejects.toMatchObject({ code: 'PAYOUT_NOT_FOUND' });
  });

  test('where the breaker of its endpoint is open, after a bounded wait and without a call', async () => {
    const id = await inGatewayError();
    const asked = world.calls(id).length;
    const limiter = world.app.endpoints.get('default')?.limiter;
    limiter?.report({ kind: 'failed', retryAfterMs: 20_000 });
    const before = world.clock.now();
    await expect(resolve(id, 'paid')).rejects.toMatchObject(refusal('cannot be polled now'));
    expect(world.clock.now() - before).toBeLessThanOrEqual(5000);
    expect(world.calls(id)).toHaveLength(asked);
    world.clock.advance(20_000);
    await expect(resolve(id, 'paid')).resolves.toMatchObject({ payout: { status: 'approved' } });
  });
});

describe('a payout-check that did not arrive', () => {
  test('ends by no_order once the gateway has refused a fresh lookup', async () => {
    world.simulator.control.setBehaviour({
      faults: [{ command: 'payout-check', fault: 'reset_before', times: 1 }],
    });
    const id = await world.create();
    await world.runNow();
    expect(await world.payout(id)).toMatchObject({ status: 'checking' });
    await expect(resolve(id, 'no_order')).rejects.toMatchObject(
      refusal('did not answer that|may still'),
    );
    world.clock.advance(60_000);
    const { payout } = await resolve(id, 'no_order');
    expect(payout).toMatchObject({ status: 'declined', moneyMoved: 'no' });
    await world.runFor(id, 3_600_000);
    expect(world.commands(id)).toEqual(['payout-check reset_before']);
  });
});
