/**
 * `pause` and `resume`: the switch that stops the payments of every replica. What it stops is
 * decided in flow/api/pause-payments.ts.
 */

import { pausePayments, resumePayments } from '../../flow/api/pause-payments.ts';
import { switchBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';
import type { Pause } from '../../store/pause.ts';
import { type Command, nameOption, operatorOf, textOf } from './command.ts';

const options = {
  reason: { type: 'string', about: 'the reason, stored with the switch' },
  name: nameOption,
} as const;

const sentence = ({ paused, by, since, reason }: Pause): string => {
  const why = reason === null ? '' : ` (${reason})`;
  const state = paused ? 'paused' : 'running';
  return `Payments are ${state} since ${new Date(since).toISOString()}, switched by ${by}${why}.`;
};

const switching = (summary: string, run: typeof pausePayments): Command => ({
  summary,
  operands: [],
  options,
  run: async (input) => {
    const by = operatorOf(input);
    const reason = textOf(input, 'reason');
    parseInput(switchBodySchema, { name: by, reason: reason ?? undefined });
    input.print(sentence(await run(input.app, { by, reason })));
  },
});

export const pauseCommand = switching('pause the payments of every replica', pausePayments);
export const resumeCommand = switching('resume the payments of every replica', resumePayments);
