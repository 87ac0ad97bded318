/**
 * What surrounds the flow in tests in which nothing was lost, moved or set wrong: one history, one
 * gateway, and a clock that the database agrees with.
 */

import type { AppContext } from '../../src/flow/context.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { GatewayContext } from '../../src/payout/model/decision.ts';
import { wholeHistory } from '../../src/payout/policy/epoch.ts';
import { createRowSigner } from '../../src/store/integrity/row-signer.ts';

export const TEST_GATEWAY: GatewayContext = {
  identity: 'http://gateway.test/paynet endpoint/1 tester',
  continues: [],
  isLegacy: false,
};

export const undisturbedFlow = (
  clock: Clock,
): Pick<AppContext, 'wall' | 'isClockTrusted' | 'history' | 'clientOrderIdOf' | 'rows'> => ({
  wall: () => clock.now(),
  isClockTrusted: () => true,
  history: () => wholeHistory,
  clientOrderIdOf: (payoutId) => payoutId,
  rows: createRowSigner([]),
});
