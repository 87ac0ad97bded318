/**
 * Words of the platform about one payout: authorize it, cancel it. Each is decided by the core on
 * what is on disk, and answered with the payout as it is afterwards.
 */

import type { PayoutEvent } from '../payout/event.ts';
import type { RefusalCode } from '../payout/decision.ts';
import type { StoredPayout } from '../store/rows.ts';
import { applyEvent } from './apply-event.ts';
import type { Flow } from './flow.ts';
import { type ProblemCode, RequestProblem } from './request-problem.ts';

const problemOf: Partial<Record<RefusalCode, ProblemCode>> = {
  not_authorizable: 'NOT_AUTHORIZABLE',
  not_cancelable: 'NOT_CANCELABLE',
};

async function command(flow: Flow, payoutId: string, event: PayoutEvent): Promise<StoredPayout> {
  const applied = await applyEvent(flow, { payoutId, stored: null, event });
  switch (applied.kind) {
    case 'applied':
      return applied.stored;
    case 'missing':
      throw new RequestProblem('PAYOUT_NOT_FOUND');
    case 'refused': {
      const code = problemOf[applied.code];
      if (code === undefined) throw new Error(`${event.kind} was refused as ${applied.code}`);
      throw new RequestProblem(code, { detail: applied.says, payoutId });
    }
    case 'fenced':
      throw new Error(`${event.kind} was fenced like an intent`);
  }
}

/** Releases a payout that waits for an authorization; repeats change nothing. */
export const authorizePayout = (flow: Flow, payoutId: string, by: string): Promise<StoredPayout> =>
  command(flow, payoutId, { kind: 'authorized', by, source: 'api' });

/** Stops a payout before payout-pay; throws NOT_CANCELABLE once its money may be moving. */
export const cancelPayout = (flow: Flow, payoutId: string, by: string): Promise<StoredPayout> =>
  command(flow, payoutId, { kind: 'canceled', by, source: 'api' });
