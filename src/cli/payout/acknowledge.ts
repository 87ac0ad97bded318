/**
 * `acknowledge`: a person has seen what is open on a payout.
 */

import { acknowledge } from '../../flow/acknowledge.ts';
import { acknowledgeBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';
import { type Command, textOf } from './command.ts';
import { findTyped } from './find.ts';
import { nameOption, operatorOf } from './operator.ts';

export const acknowledgeCommand: Command = {
  summary: 'say that you have seen what is open on a payout',
  operands: ['payout'],
  options: {
    code: { type: 'string', about: 'one item; all that are open where it is left out' },
    name: nameOption,
  },
  run: async (input) => {
    const { flow, operands, print } = input;
    const by = operatorOf(input);
    const code = textOf(input, 'code') ?? undefined;
    const body = parseInput(acknowledgeBodySchema, { name: by, code });
    const { payout } = await findTyped(flow, operands[0]);
    const stored = await acknowledge(flow, {
      payoutId: payout.id,
      ifVersion: null,
      code: body?.code ?? null,
      by,
    });
    for (const entry of stored.payout.attention) {
      print(`${entry.code}: ${entry.acknowledgedBy ?? 'not acknowledged'}`);
    }
  },
};
