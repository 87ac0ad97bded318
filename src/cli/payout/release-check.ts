/**
 * `release-check`: lets a second payout-check go where the gateway keeps denying the order, and no
 * known order shows that its denials mean anything.
 */

import { releaseCheck } from '../../flow/command-payout.ts';
import type { Command } from './command.ts';
import { findTyped } from './find.ts';
import { nameOption, operatorOf } from './operator.ts';

export const releaseCheckCommand: Command = {
  summary: 'let a second payout-check go for an order that the gateway keeps denying',
  operands: ['payout'],
  options: { name: nameOption },
  run: async (input) => {
    const { flow, operands, print } = input;
    const { payout } = await findTyped(flow, operands[0]);
    const by = operatorOf(input);
    const stored = await releaseCheck(flow, { payoutId: payout.id, by, ifVersion: null });
    print(`${payout.id} is ${stored.payout.status}; payout-check may be sent once more.`);
  },
};
