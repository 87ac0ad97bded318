/**
 * Commands of the operator on one payout: acknowledge, due, redeliver, release-check and resolve.
 */

import { acknowledge } from '../../flow/api/acknowledge.ts';
import { releaseCheck } from '../../flow/api/command-payout.ts';
import { redeliverNotifications } from '../../flow/api/redeliver.ts';
import { resolvePayout } from '../../flow/api/resolve-payout.ts';
import { applyEvent } from '../../flow/write/apply-event.ts';
import { acknowledgeBodySchema, resolveBodySchema } from '../../http/schema/operator.ts';
import { parseInput } from '../../http/validation.ts';
import { type Command, nameOption, operatorOf, requiredText, textOf } from './command.ts';
import { findTyped } from './find.ts';

export const redeliverCommand: Command = {
  summary: 'send the parked or skipped letter of a payout again, and every later one',
  operands: ['payout'],
  options: { name: nameOption },
  run: async (input) => {
    const { payout } = await findTyped(input.app, input.operands[0]);
    const letters = await redeliverNotifications(input.app, payout.id, operatorOf(input));
    input.print(
      letters.length === 0
        ? `The platform has every letter of ${payout.id} that it asks for.`
        : `Sent again from now on: ${letters.join(', ')}.`,
    );
  },
};

/**
 * `release-check`: lets a second payout-check go where the gateway keeps denying the order, and no
 * known order shows that its denials mean anything.
 */
export const releaseCheckCommand: Command = {
  summary: 'let a second payout-check go for an order that the gateway keeps denying',
  operands: ['payout'],
  options: { name: nameOption },
  run: async (input) => {
    const { app, operands, print } = input;
    const { payout } = await findTyped(app, operands[0]);
    const by = operatorOf(input);
    const stored = await releaseCheck(app, { payoutId: payout.id, by, ifVersion: null });
    print(`${payout.id} is ${stored.payout.status}; payout-check may be sent once more.`);
  },
};

/**
 * `due`: makes a payout due now. What is done with it is decided as always, by what is on disk: the
 * gateway is asked, and nothing is sent that would not have been sent anyway.
 */
export const dueCommand: Command = {
  summary: 'ask about a payout now instead of at its next time',
  operands: ['payout'],
  options: { name: nameOption },
  run: async (input) => {
    const { app, operands, print } = input;
    const stored = await findTyped(app, operands[0]);
    const { id: payoutId, status } = stored.payout;
    const event = { kind: 'look_asked', by: operatorOf(input) } as const;
    const applied = await applyEvent(app, { payoutId, stored, event });
    const due = applied.kind === 'applied' ? applied.change.due : null;
    const next = due === null ? 'there is nothing to ask about' : new Date(due.at).toISOString();
    print(`${payoutId} is ${status}; next look: ${next}.`);
  },
};

/**
 * `acknowledge`: a person has seen what is open on a payout.
 */
export const acknowledgeCommand: Command = {
  summary: 'say that you have seen what is open on a payout',
  operands: ['payout'],
  options: {
    code: { type: 'string', about: 'one item; all that are open where it is left out' },
    name: nameOption,
  },
  run: async (input) => {
    const { app, operands, print } = input;
    const by = operatorOf(input);
    const code = textOf(input, 'code') ?? undefined;
    const body = parseInput(acknowledgeBodySchema, { name: by, code });
    const { payout } = await findTyped(app, operands[0]);
    const stored = await acknowledge(app, {
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
    const { app, operands, print } = input;
    const body = parseInput(resolveBodySchema, {
      finding: requiredText(input, 'finding'),
      evidence: requiredText(input, 'evidence'),
      name: requiredText(input, 'name'),
    });
    const { payout } = await findTyped(app, operands[0]);
    const stored = await resolvePayout(app, {
      payoutId: payout.id,
      ifVersion: null,
      by: COMMAND_LINE,
      ...body,
    });
    const { status, moneyMoved } = stored.payout;
    print(`${payout.id} is ${status}; money moved: ${moneyMoved}.`);
  },
};
