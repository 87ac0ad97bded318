/**
 * What surrounds the flow in tests in which nothing was lost, moved or set wrong: one history, one
 * gateway, and a clock that the database agrees with.
 */

import type { Flow } from '../../src/flow/flow.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { GatewayContext } from '../../src/payout/decision.ts';
import { wholeHistory } from '../../src/payout/epoch.ts';

export const TEST_GATEWAY: GatewayContext = {
  identity: 'http://gateway.test/paynet endpoint/1 tester',
  continues: [],
  isLegacy: false,
};

export const undisturbedFlow = (
  clock: Clock,
): Pick<Flow, 'wall' | 'isClockTrusted' | 'history' | 'clientOrderIdOf'> => ({
  wall: () => clock.now(),
  isClockTrusted: () => true,
  history: () => wholeHistory,
  clientOrderIdOf: (payoutId) => payoutId,
});
