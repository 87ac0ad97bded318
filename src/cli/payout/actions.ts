/**
 * The operator's commands on one payout: deauthorize, acknowledge, due, redeliver, release-check
 * and resolve. Each one calls the use case of the same name in flow/api, which decides what is
 * done.
 */

import { acknowledge } from '../../flow/api/acknowledge.ts';
import { COMMAND_LINE } from '../../flow/actor.ts';
import { type Commanding, deauthorizePayout, releaseCheck } from '../../flow/api/command-payout.ts';
import { makeDue } from '../../flow/api/make-due.ts';
import { redeliverNotifications } from '../../flow/api/redeliver.ts';
import { resolvePayout } from '../../flow/api/resolve-payout.ts';
import type { AppContext } from '../../flow/context.ts';
import { acknowledgeBodySchema, resolveBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import {
  type Command,
  nameOption,
  operatorOf,
  requiredText,
  startOptions,
  startTyped,
  textOf,
} from './command.ts';
import { findTyped } from './find.ts';

export const redeliverCommand: Command = {
  summary: 'redeliver the dead-lettered or skipped notification of a payout and every later one',
  operands: ['payout'],
  options: { ...startOptions, name: nameOption },
  run: async (input) => {
    const start = startTyped(input);
    const { payout } = await findTyped(input.app, input.operands[0]);
    const actor = operatorOf(input);
    const letters = await redeliverNotifications(input.app, payout.id, actor, { start });
    const none =
      start === null
        ? `The platform has every subscribed notification of ${payout.id}.`
        : `There is no notification of ${payout.id} from there on.`;
    input.print(
      letters.length === 0 ? none : `Redelivery of ${payout.id} begins now: ${letters.join(', ')}.`,
    );
  },
};

type Use = (app: AppContext, commanding: Commanding) => Promise<StoredPayout>;

/** A command that changes one payout; `says` follows the status that the payout then has. */
const changing = (summary: string, use: Use, says: string): Command => ({
  summary,
  operands: ['payout'],
  options: { name: nameOption },
  run: async (input) => {
    const { app, operands, print } = input;
    const { payout } = await findTyped(app, operands[0]);
    const actor = operatorOf(input);
    const stored = await use(app, { payoutId: payout.id, ifVersion: null, ...actor });
    print(`${payout.id} is ${stored.payout.status}; ${says}.`);
  },
});

/**
 * `release-check`: allows a second payout-check where the gateway keeps refusing status requests
 * about the order, and no known order proves that these refusals mean "no such order".
 */
export const releaseCheckCommand = changing(
  'allow a second payout-check for an order that the gateway says it does not have',
  releaseCheck,
  'a second payout-check may be sent',
);

/** `deauthorize`: takes an authorization back before payout-pay. */
export const deauthorizeCommand = changing(
  'take the authorization of a payout back: it waits for a new one over HTTP',
  deauthorizePayout,
  'it is not paid without a new authorization',
);

/** `due`: makes a payout due now, as flow/api/make-due.ts does. */
export const dueCommand: Command = {
  summary: 'poll the gateway about a payout now instead of at its next due time',
  operands: ['payout'],
  options: { name: nameOption },
  run: async (input) => {
    const { app, operands, print } = input;
    const { payout } = await findTyped(app, operands[0]);
    const dueAt = await makeDue(app, payout.id, operatorOf(input));
    const next = dueAt === null ? 'none, as nothing is open' : new Date(dueAt).toISOString();
    print(`${payout.id} is ${payout.status}; next due time: ${next}.`);
  },
};

/** `acknowledge`: an operator has seen the open attention items of a payout. */
export const acknowledgeCommand: Command = {
  summary: 'acknowledge the open attention items of a payout',
  operands: ['payout'],
  options: {
    code: { type: 'string', about: 'the code of one item; without it, all open items' },
    name: nameOption,
  },
  run: async (input) => {
    const { app, operands, print } = input;
    const actor = operatorOf(input);
    const code = textOf(input, 'code') ?? undefined;
    const body = parseInput(acknowledgeBodySchema, { name: actor.by, code });
    const { payout } = await findTyped(app, operands[0]);
    const stored = await acknowledge(app, {
      payoutId: payout.id,
      ifVersion: null,
      code: body?.code ?? null,
      ...actor,
    });
    for (const entry of stored.payout.attention) {
      print(`${entry.code}: ${entry.acknowledgedBy ?? 'not acknowledged'}`);
    }
  },
};

export const resolveCommand: Command = {
  summary: 'resolve a payout whose outcome the service cannot find out',
  operands: ['payout'],
  endsPayouts: true,
  options: {
    finding: { type: 'string', about: 'paid, not_paid, or no_order' },
    evidence: { type: 'string', about: 'what the finding relies on, without receiver data' },
    name: { type: 'string', about: 'the name of the operator' },
  },
  run: async (input) => {
    const { app, operands, print } = input;
    const { finding, evidence, name } = parseInput(resolveBodySchema, {
      finding: requiredText(input, 'finding'),
      evidence: requiredText(input, 'evidence'),
      name: requiredText(input, 'name'),
    });
    const { payout } = await findTyped(app, operands[0]);
    const stored = await resolvePayout(app, {
      payoutId: payout.id,
      ifVersion: null,
      finding,
      evidence,
      by: name,
      key: COMMAND_LINE,
    });
    const { status, moneyMoved } = stored.payout;
    print(`${payout.id} is ${status}; money moved: ${moneyMoved}.`);
  },
};
