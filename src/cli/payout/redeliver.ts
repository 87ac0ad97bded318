/**
 * `redeliver`: has the platform told again what was parked or skipped, and everything after it.
 */

import { redeliverNotifications } from '../../flow/redeliver.ts';
import type { Command } from './command.ts';
import { findTyped } from './find.ts';
import { nameOption, operatorOf } from './operator.ts';

export const redeliverCommand: Command = {
  summary: 'send the parked or skipped letter of a payout again, and every later one',
  operands: ['payout'],
  options: { name: nameOption },
  run: async (input) => {
    const { payout } = await findTyped(input.flow, input.operands[0]);
    const letters = await redeliverNotifications(input.flow, payout.id, operatorOf(input));
    input.print(
      letters.length === 0
        ? `The platform has every letter of ${payout.id} that it asks for.`
        : `Sent again from now on: ${letters.join(', ')}.`,
    );
  },
};
