/**
 * `after-restore`: shows what happened to the history of the database and which payouts wait for a
 * new authorization, and begins or ends an epoch. What an epoch does to a payout is decided in
 * payout/policy/epoch.ts.
 */

import {
  beginAfterRestore,
  endAfterRestore,
  readAfterRestore,
  waitsForAuthorization,
} from '../../flow/api/after-restore.ts';
import { switchBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';
import { readPause } from '../../store/pause.ts';
import {
  type Command,
  CommandFailed,
  type Input,
  nameOption,
  namedOperatorOf,
  operatorOf,
  requiredText,
  UsageProblem,
} from './command.ts';
import { lineOf } from './list.ts';

/** More lines than an operator reads; the counts are of all payouts. */
const LISTED_MAX = 1000;

async function show({ app, print }: Input): Promise<void> {
  const { epoch, counts, waiting } = await readAfterRestore(app, LISTED_MAX);
  const { number, openedAt, reason, endedBy, endedAt } = epoch;
  if (openedAt !== null) {
    const since = new Date(openedAt).toISOString();
    print(`Epoch ${number} is open since ${since}, and payments are paused: ${reason ?? ''}.`);
  } else if (endedBy !== null) {
    const at = endedAt === null ? '' : ` at ${new Date(endedAt).toISOString()}`;
    print(`Epoch ${number} (${reason ?? ''}) was ended by ${endedBy}${at}.`);
  } else print(`Epoch ${number}: no history was lost.`);
  const sum = counts
    .filter(({ status }) => waitsForAuthorization(status))
    .reduce((total, { count }) => total + count, 0);
  print(`Payouts of older epochs that wait for a new authorization: ${sum}.`);
  for (const { status, count } of counts) {
    const isPaying = waitsForAuthorization(status) ? '' : '  polled, never paid again';
    print(`  ${status.padEnd(17)}  ${String(count).padStart(7)}${isPaying}`);
  }
  for (const stored of waiting) print(lineOf(stored));
  if (sum > waiting.length) print(`These are the oldest ${waiting.length}; there are more.`);
  if (openedAt !== null)
    print('When you have compared them, end the epoch: after-restore --end --name NAME');
}

async function begin(input: Input): Promise<void> {
  const reason = requiredText(input, 'reason');
  const { by } = operatorOf(input);
  parseInput(switchBodySchema, { name: by, reason });
  const epoch = await beginAfterRestore(input.app, { by, reason });
  input.print(`Epoch ${epoch} is open, and payments are paused. To see what waits: after-restore`);
}

async function end(input: Input): Promise<void> {
  const { by } = namedOperatorOf(input);
  if (!(await endAfterRestore(input.app, by))) throw new CommandFailed('No epoch is open.');
  const pause = await readPause(input.app.db);
  input.print(
    pause.paused
      ? `${by} ended the epoch; payments stay paused by ${pause.by}.`
      : `${by} ended the epoch; payments are resumed.`,
  );
  input.print('Each unpaid payout of an older epoch still needs a new authorization.');
}

export const afterRestoreCommand: Command = {
  summary: 'show what a restore lost and which payouts wait; begin or end an epoch',
  operands: [],
  options: {
    begin: { type: 'boolean', about: 'begin a new epoch, after a restored snapshot of the disk' },
    reason: { type: 'string', about: 'with --begin: what was restored' },
    end: { type: 'boolean', about: 'end the epoch, so that payments resume' },
    name: nameOption,
  },
  run: async (input) => {
    const { options } = input;
    const isBegin = options['begin'] === true;
    const isEnd = options['end'] === true;
    if (isBegin && isEnd) throw new UsageProblem('--begin and --end exclude each other');
    if (isBegin) return begin(input);
    return isEnd ? end(input) : show(input);
  },
};
