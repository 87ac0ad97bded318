/**
 * `due`: makes a payout due now. What is done with it is decided as always, by what is on disk: the
 * gateway is asked, and nothing is sent that would not have been sent anyway.
 */

import { applyEvent } from '../../flow/apply-event.ts';
import type { Command } from './command.ts';
import { findTyped } from './find.ts';
import { nameOption, operatorOf } from './operator.ts';

export const dueCommand: Command = {
  summary: 'ask about a payout now instead of at its next time',
  operands: ['payout'],
  options: { name: nameOption },
  run: async (input) => {
    const { flow, operands, print } = input;
    const stored = await findTyped(flow, operands[0]);
    const { id: payoutId, status } = stored.payout;
    const event = { kind: 'look_asked', by: operatorOf(input) } as const;
    const applied = await applyEvent(flow, { payoutId, stored, event });
    const due = applied.kind === 'applied' ? applied.change.due : null;
    const next = due === null ? 'there is nothing to ask about' : new Date(due.at).toISOString();
    print(`${payoutId} is ${status}; next look: ${next}.`);
  },
};
