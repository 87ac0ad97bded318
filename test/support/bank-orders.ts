/**
 * What the simulated gateway saw and paid, told for one payout in words that a test can compare.
 */

import type { Simulator } from '../../src/simulator/simulator.ts';

/** "payout-pay", or "payout-pay reset_before" where a fault hit it, in the order of arrival. */
export const callsOf = (simulator: Simulator, payoutId: string): string[] =>
  simulator.control
    .requests()
    .filter(({ clientOrderId }) => clientOrderId === payoutId)
    .map(({ command, fault }) => (fault === null ? command : `${command} ${fault}`));

/** The same without status requests, whose number is a matter of time. */
export const commandsOf = (simulator: Simulator, payoutId: string): string[] =>
  callsOf(simulator, payoutId).filter((call) => !call.startsWith('status'));

/** How often the bank really paid this payout. */
export const paymentsOf = (simulator: Simulator, payoutId: string): number =>
  simulator.control.ledger().filter(({ clientOrderId }) => clientOrderId === payoutId).length;
