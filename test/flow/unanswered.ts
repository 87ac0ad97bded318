/**
 * What the tests of commands without an answer share: the fault that the gateway has for a command,
 * and when the gateway received a command.
 */

import type { FaultKind } from '../../src/dev/simulator/faults.ts';
import type { DrivenFlow } from '../support/driven-flow.ts';

/** send_before and the total timeout: until then the attempt may still arrive. */
export const FINISHED_AFTER_MS = 35_000;
export const DAY_MS = 24 * 3_600_000;

/** The next `times` calls of the command meet this fault. */
export const planFault = (
  { simulator }: DrivenFlow,
  command: 'payout-check' | 'payout-pay' | 'status',
  fault: FaultKind,
  times = 1,
) => simulator.control.setBehaviour({ faults: [{ command, fault, times }] });

/** When the gateway received each of these calls for the payout. */
export const receivedAt = ({ simulator }: DrivenFlow, id: string, command: string): number[] =>
  simulator.control
    .requests()
    .filter((request) => request.clientOrderId === id && request.command === command)
    .map(({ at }) => Date.parse(at));
