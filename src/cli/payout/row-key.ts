/**
 * `row-key backfill`: signs the open payouts from before ROW_KEY, and refuses payouts without MACs
 * from then on. What is signed is decided in flow/api/sign-rows.ts.
 */

import { signRows } from '../../flow/api/sign-rows.ts';
import { type Command, CommandFailed, nameOption, operatorOf } from './command.ts';

/** More lines than an operator reads. */
const LISTED_MAX = 100;

const listed = (ids: readonly string[]): string =>
  ids.slice(0, LISTED_MAX).join(' ') + (ids.length > LISTED_MAX ? ' …' : '');

export const rowKeyBackfillCommand: Command = {
  summary: 'sign the open payouts from before ROW_KEY, and then refuse payouts without MACs',
  operands: [],
  options: { name: nameOption },
  run: async (input) => {
    const { app, print } = input;
    const { by } = operatorOf(input);
    if (app.rows.keyIds.length === 0) {
      throw new CommandFailed('ROW_KEY is not set here, so nothing can be signed.');
    }
    const { count, changed, altered, because } = await signRows(app, by);
    print(`${count} open payouts were signed.`);
    if (changed.length > 0) {
      print(
        `${changed.length} of them had changed since, by a replica without ROW_KEY or by hand:`,
      );
      print(`  ${listed(changed)}`);
    }
    if (altered.length > 0) {
      print(`${altered.length} open payouts were changed by hand, and are not paid:`);
      print(`  ${listed(altered)}`);
    }
    if (because !== null) {
      throw new CommandFailed(`Payouts without MACs are accepted still: ${because}.`);
    }
    print('Payouts without MACs are refused from now on.');
  },
};
