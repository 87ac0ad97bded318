/**
 * `resolve`: a person says what became of a payout. The gateway is asked first, as over HTTP.
 */

import { resolvePayout } from '../../flow/resolve-payout.ts';
import { resolveBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';
import { type Command, requiredText } from './command.ts';
import { findTyped } from './find.ts';

/** Whoever works on the machine has the secrets of the service anyway. */
const COMMAND_LINE = 'command line';

export const resolveCommand: Command = {
  summary: 'say what became of a payout that the service cannot find out',
  operands: ['payout'],
  options: {
    finding: { type: 'string', about: 'paid, not_paid, or no_order' },
    evidence: { type: 'string', about: 'what you rely on, without data of the receiver' },
    name: { type: 'string', about: 'who says so' },
  },
  run: async (input) => {
    const { flow, operands, print } = input;
    const body = parseInput(resolveBodySchema, {
      finding: requiredText(input, 'finding'),
      evidence: requiredText(input, 'evidence'),
      name: requiredText(input, 'name'),
    });
    const { payout } = await findTyped(flow, operands[0]);
    const stored = await resolvePayout(flow, {
      payoutId: payout.id,
      ifVersion: null,
      by: COMMAND_LINE,
      ...body,
    });
    const { status, moneyMoved } = stored.payout;
    print(`${payout.id} is ${status}; money moved: ${moneyMoved}.`);
  },
};
