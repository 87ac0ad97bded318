/**
 * `pause` and `resume`: the switch that stops the payments of every replica. What it stops is
 * decided in flow/api/pause-payments.ts.
 */

import { pausePayments, paymentsPause, resumePayments } from '../../flow/api/pause-payments.ts';
import { switchBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';
import type { Pause } from '../../store/pause.ts';
import { type Command, nameOption, operatorOf, textOf } from './command.ts';

const options = {
  reason: { type: 'string', about: 'the reason, stored with the switch' },
  name: nameOption,
} as const;

const sentence = ({ paused, by, key, since, reason }: Pause): string => {
  const facts = [key === by ? null : key, reason].filter((fact) => fact !== null);
  const more = facts.length === 0 ? '' : ` (${facts.join('; ')})`;
  const state = paused ? 'paused' : 'running';
  return `Payments are ${state} since ${new Date(since).toISOString()}, switched by ${by}${more}.`;
};

/**
 * Whether a pause command found payments paused, and so left name, time and reason as they were.
 */
const isUnchanged = (before: Pause, after: Pause): boolean =>
  before.paused && before.since === after.since && before.reason === after.reason;

const switching = (summary: string, run: typeof pausePayments): Command => ({
  summary,
  operands: [],
  options,
  run: async (input) => {
    const actor = operatorOf(input);
    const reason = textOf(input, 'reason');
    parseInput(switchBodySchema, { name: actor.by, reason: reason ?? undefined });
    const before = await paymentsPause(input.app);
    const after = await run(input.app, { ...actor, reason });
    input.print(sentence(after));
    if (isUnchanged(before, after))
      input.print(
        'They were paused before: that name, time and reason stay, yours are not stored.',
      );
  },
});

export const pauseCommand = switching('pause the payments of every replica', pausePayments);
export const resumeCommand = switching('resume the payments of every replica', resumePayments);
