/**
 * Who gives a command: the person's name, which is only typed, and what proves that it may be
 * given. Also records in a payout's timeline that a command on it was refused; every entrance calls
 * that: http/plugins/refused-commands.ts, cli/payout/run.ts, and api/bulk.ts for each of its
 * payouts. Which name a key may use is decided in http/plugins/api-keys.ts.
 */

import { payoutIdPattern } from '../lib/typeid.ts';
import { addRefusal } from '../store/payouts/journal.ts';
import type { AppContext } from './context.ts';
import type { RequestProblem } from './api/request-problem.ts';

export type Actor = {
  /** The name of the operator as it was typed; where there is none, of the key or its person. */
  by: string;
  /** The name of the API key that sent the command, or {@link COMMAND_LINE}. */
  key: string;
};

/**
 * Recorded as the key of a command that was given on the machine of the service. An operator there
 * has its secrets anyway. No API key has a name with a blank.
 */
export const COMMAND_LINE = 'command line';

export type RefusedCommand = Actor & {
  payoutId: string;
  /** The command as its entrance names it, such as resolve. */
  command: string;
  problem: RequestProblem;
};

/**
 * Records the refusal, unless the core did so itself or the payout has too many of them already. It
 * never throws: the client gets the refusal also where nothing can be recorded.
 */
export async function recordRefusal(app: AppContext, refused: RefusedCommand): Promise<void> {
  const { payoutId, command, by, key, problem } = refused;
  const { code, facts } = problem;
  if (facts.isRecorded === true || !payoutIdPattern.test(payoutId)) return;
  const why = facts.detail === undefined ? '' : ` ${facts.detail}`;
  try {
    await addRefusal(app.db, {
      payoutId,
      at: app.clock.now(),
      summary: `Refused ${command} by ${by} (${code}).${why}`,
      data: { command, code, by, key },
    });
  } catch (err) {
    app.log.warn({ payoutId, keyName: key, problem: code, err }, 'A refusal was not recorded.');
  }
}
