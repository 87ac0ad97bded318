/**
 * `pause` and `resume`: the switch that stops the payments of every replica, all of them or a part.
 * What it stops is decided in flow/api/pause-payments.ts.
 */

import {
  partialPauses,
  pausePartOfPayments,
  pausePayments,
  paymentsPause,
  resumePartOfPayments,
  resumePayments,
} from '../../flow/api/pause-payments.ts';
import { partOf, pauseBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';
import type { PartialPause, PausedPart } from '../../store/partial-pauses.ts';
import type { Pause } from '../../store/pause.ts';
import { type Command, type Input, nameOption, operatorOf, textOf } from './command.ts';

const options = {
  endpoint: { type: 'string', about: 'only the payments of this endpoint' },
  currency: { type: 'string', about: 'only the payments in this currency' },
  'api-key': { type: 'string', about: 'only the payments that the API key of this name created' },
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

const UNCHANGED = 'They were paused before: that name, time and reason stay, yours are not stored.';

const partSentence = ({ scope, value, ...pause }: PartialPause): string =>
  sentence({ ...pause, paused: true }).replace('Payments', `Payments of ${scope} ${value}`);

type Switch = {
  summary: string;
  all: typeof pausePayments;
  part: typeof pausePartOfPayments;
};

/** Switches a part, and prints the pause of it that is in force afterwards. */
async function switchPart(
  { app, print }: Input,
  { scope, value }: PausedPart,
  run: () => Promise<void>,
): Promise<void> {
  const find = async (): Promise<PartialPause | undefined> =>
    (await partialPauses(app)).find((pause) => pause.scope === scope && pause.value === value);
  const before = await find();
  await run();
  const after = await find();
  print(
    after === undefined ? `Payments of ${scope} ${value} are not paused.` : partSentence(after),
  );
  if (before !== undefined && after !== undefined) print(UNCHANGED);
  const all = await paymentsPause(app);
  if (all.paused) print(sentence(all));
}

const switching = ({ summary, all, part: switchOf }: Switch): Command => ({
  summary,
  operands: [],
  options,
  run: async (input) => {
    const { app, print } = input;
    const actor = operatorOf(input);
    const reason = textOf(input, 'reason');
    const given = (option: keyof typeof options) => textOf(input, option) ?? undefined;
    const body = parseInput(pauseBodySchema, {
      name: actor.by,
      reason: reason ?? undefined,
      endpoint: given('endpoint'),
      currency: given('currency'),
      api_key: given('api-key'),
    });
    const part = partOf(body);
    if (part !== null) {
      return switchPart(input, part, () => switchOf(app, part, { ...actor, reason }));
    }
    const before = await paymentsPause(app);
    const after = await all(app, { ...actor, reason });
    print(sentence(after));
    if (isUnchanged(before, after)) print(UNCHANGED);
    for (const pause of await partialPauses(app)) print(partSentence(pause));
  },
});

export const pauseCommand = switching({
  summary: 'pause the payments of every replica, all or a part',
  all: pausePayments,
  part: pausePartOfPayments,
});
export const resumeCommand = switching({
  summary: 'resume the payments of every replica, all or a part',
  all: resumePayments,
  part: resumePartOfPayments,
});
