/**
 * What the simulated gateway saw and paid, told for one payout in words that a test can compare.
 */

import type { Simulator } from '../../src/dev/simulator/simulator.ts';

/**
 * The ids under which the gateway may know a payout: its own id, as older versions send it, and
 * that of the order whose receiver comes back to this payout.
 */
function isOf(simulator: Simulator, payoutId: string): (clientOrderId: string) => boolean {
  const ids = new Set(
    simulator.control
      .orders()
      .filter(({ redirectUrl }) => redirectUrl?.endsWith(`/${payoutId}`))
      .map(({ clientOrderId }) => clientOrderId),
  );
  return (clientOrderId) => clientOrderId === payoutId || ids.has(clientOrderId);
}

/** "payout-pay", or "payout-pay reset_before" where a fault hit it, in the order of arrival. */
export function callsOf(simulator: Simulator, payoutId: string): string[] {
  const isIts = isOf(simulator, payoutId);
  return simulator.control
    .requests()
    .filter(({ clientOrderId }) => isIts(clientOrderId))
    .map(({ command, fault }) => (fault === null ? command : `${command} ${fault}`));
}

/** The same without status requests, whose number is a matter of time. */
export const commandsOf = (simulator: Simulator, payoutId: string): string[] =>
  callsOf(simulator, payoutId).filter((call) => !call.startsWith('status'));

/** How often the bank really paid this payout. */
export function paymentsOf(simulator: Simulator, payoutId: string): number {
  const isIts = isOf(simulator, payoutId);
  return simulator.control.ledger().filter(({ clientOrderId }) => isIts(clientOrderId)).length;
}
