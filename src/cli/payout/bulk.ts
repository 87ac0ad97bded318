/**
 * `bulk`: one command on every payout that a filter matches, counted first. What it does is decided
 * in flow/api/bulk.ts.
 */

import { BULK_COUNT_MAX, type BulkOutcome, bulkActions, runBulk } from '../../flow/api/bulk.ts';
import { filterSchema, LIMIT_MAX, toConditions } from '../../http/schema/list.ts';
import { parseInput } from '../../http/validation.ts';
import {
  type Command,
  CommandFailed,
  type Input,
  nameOption,
  operatorOf,
  startOptions,
  startTyped,
  textOf,
  UsageProblem,
} from './command.ts';

/** The value of an option that takes a whole number from `min` to BULK_COUNT_MAX. */
function numberOf(input: Input, name: string, min: number): number | null {
  const text = textOf(input, name);
  if (text === null) return null;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (number >= min && number <= BULK_COUNT_MAX) return number;
  throw new UsageProblem(`--${name} must be ${min} to ${BULK_COUNT_MAX}`);
}

function actionOf({ operands }: Input) {
  const action = bulkActions.find((known) => known === operands[0]);
  if (action !== undefined) return action;
  throw new UsageProblem(`bulk takes one of ${bulkActions.join(', ')}`);
}

const filterOf = (input: Input) => {
  const text = (name: string) => textOf(input, name) ?? undefined;
  const typed = {
    reference: text('reference'),
    status: text('status'),
    attention: text('attention'),
    created_from: text('created-from'),
    created_to: text('created-to'),
  };
  if (Object.values(typed).every((value) => value === undefined)) {
    throw new UsageProblem('bulk needs a condition, such as --attention or --status');
  }
  return toConditions(parseInput(filterSchema, typed));
};

const countLines = ({ matched }: BulkOutcome): string[] =>
  matched > BULK_COUNT_MAX
    ? [`More than ${BULK_COUNT_MAX} payouts match. Nothing was done: narrow the filter.`]
    : [`${matched} payouts match.`, `Nothing was done. To do it: --expected ${matched}`];

export const bulkCommand: Command = {
  summary: `count payouts by a filter, and give each a command: ${bulkActions.join(', ')}`,
  operands: ['action'],
  endsPayouts: true,
  options: {
    reference: { type: 'string', about: 'the payout with this reference' },
    status: { type: 'string', about: 'payouts with these statuses, separated by commas' },
    attention: { type: 'string', about: 'payouts with this code, or true for any open item' },
    'created-from': { type: 'string', about: 'created at this time or later' },
    'created-to': { type: 'string', about: 'created before this time' },
    expected: { type: 'string', about: 'the number that was counted; without it, only count' },
    limit: { type: 'string', about: 'act on so many at most; by default on all of them' },
    ...startOptions,
    name: nameOption,
  },
  run: async (input) => {
    const { app, print } = input;
    const action = actionOf(input);
    const start = startTyped(input);
    if (start !== null && action !== 'redeliver') {
      throw new UsageProblem('--from-time and --from-letter belong to redeliver');
    }
    const conditions = filterOf(input);
    const expected = numberOf(input, 'expected', 0);
    const bulk = { action, expected, ...operatorOf(input), start };
    let left = numberOf(input, 'limit', 1) ?? BULK_COUNT_MAX;
    let outcome = await runBulk(app, {
      ...bulk,
      filter: { ...conditions, after: null, limit: Math.min(left, LIMIT_MAX) },
    });
    if (expected === null) {
      for (const line of countLines(outcome)) print(line);
      return;
    }
    const sum = { done: 0, unchanged: 0, refused: 0 };
    for (;;) {
      const { done, unchanged, refused, after } = outcome;
      for (const { payoutId, code, detail } of refused) {
        print(`${payoutId}  ${code}${detail === null ? '' : `: ${detail}`}`);
      }
      sum.done += done;
      sum.unchanged += unchanged;
      sum.refused += refused.length;
      left -= done + unchanged + refused.length;
      if (after === null || left <= 0) break;
      const filter = { ...conditions, after, limit: Math.min(left, LIMIT_MAX) };
      outcome = await runBulk(app, { ...bulk, filter });
    }
    print(`${action}: ${sum.done} done, ${sum.unchanged} unchanged, ${sum.refused} refused.`);
    if (sum.refused > 0) throw new CommandFailed(`${sum.refused} payouts refused the command.`);
  },
};
