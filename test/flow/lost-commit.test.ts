/**
 * Intents whose commit got no answer: the connection broke, and it is unknown whether they are on
 * disk. Goal: nothing leaves on them, and what certainly did not leave is not doubted for long.
 */

import { beforeEach, expect, test } from 'vitest';
import { LEASE_MS } from '../../src/store/payouts/leases.ts';
import type { Save } from '../../src/store/payouts/save-payouts.ts';
import { createDrivenFlow, type DrivenFlow, ReplicaCrash } from '../support/driven-flow.ts';

const MINUTE_MS = 60_000;

let driven: DrivenFlow;
beforeEach(async () => {
  driven = await createDrivenFlow();
  return () => driven.close();
});

/**
 * Breaks the connection of the first save that passes, after its commit or before it; answers how
 * many were broken so far.
 */
function breakSave(passes: (save: Save) => boolean, isCommitted: boolean): () => number {
  const { batches } = driven.app;
  let isBroken = false;
  driven.app.batches = {
    ...batches,
    save: async (save) => {
      const breaks = !isBroken && passes(save);
      if (breaks) isBroken = true;
      const outcome = breaks && !isCommitted ? 'outdated' : await batches.save(save);
      if (breaks) throw new ReplicaCrash('Connection terminated unexpectedly');
      return outcome;
    },
  };
  return () => (isBroken ? 1 : 0);
}

const intends = (kind: string) => (save: Save) => save.entries.some((entry) => entry.kind === kind);

test.each([
  { command: 'payout-pay', kind: 'pay_intended', isCommitted: true },
  { command: 'payout-pay', kind: 'pay_intended', isCommitted: false },
  { command: 'payout-check', kind: 'check_intended', isCommitted: true },
  { command: 'payout-check', kind: 'check_intended', isCommitted: false },
])('$command leaves once, and soon (on disk: $isCommitted)', async (lost) => {
  const { clock, create, runUntil, runUntilStatus, commands, payments, payout } = driven;
  const lostSaves = breakSave(intends(lost.kind), lost.isCommitted);
  const began = clock.now();

  const id = await create();
  // One that broke off keeps its lease until that runs out.
  await runUntil(id, () => lostSaves() === 1);
  clock.advance(LEASE_MS + 1);
  await runUntilStatus(id, 'approved');

  expect(commands(id)).toEqual(['payout-check', 'payout-pay']);
  expect(payments(id)).toBe(1);
  expect((await payout(id)).tracking.pay.made).toBe(1);
  expect(clock.now() - began).toBeLessThan(2 * MINUTE_MS);
});
