/**
 * Praxis 3.0 as the flow's dialect port (src/flow/platform/dialect.ts): the codes, widths and
 * schedule of the files next to it.
 */

import type { Dialect } from '../flow/platform/dialect.ts';
import { answerSentences, answerStatus, because } from './answer.ts';
import { cashierCell } from './cashier-table.ts';
import { updatePayoutBody } from './notification.ts';
import { DESCRIPTION_MAX } from './read-answer.ts';
import { nextAttempt } from './retry.ts';
import { NAME_PRINTED_MAX, readUpdatePayout, unquoted } from './update-payout.ts';

const calls: Dialect['calls'] = {
  read(body, contentType) {
    const read = readUpdatePayout(body, contentType);
    if (read.kind === 'call') return read;
    const { status, description } = read;
    const outcome = status === answerStatus.unknownLetter ? 'unknownLetter' : 'notUnderstood';
    return { kind: 'refused', answer: { outcome, status, description }, kept: unquoted(read) };
  },
  answer(outcome, why) {
    const status = answerStatus[outcome];
    const description = why === undefined ? answerSentences[status] : because(status, why);
    return { outcome, status, description };
  },
  effect(status, letter, mayRelease) {
    const { answer, act } = cashierCell(status, letter, mayRelease);
    return { outcome: answer === answerStatus.done ? 'done' : 'refused', act };
  },
  nameCharsMax: NAME_PRINTED_MAX,
};

export const praxisDialect: Dialect = {
  write: updatePayoutBody,
  nextAttempt,
  descriptionCharsMax: DESCRIPTION_MAX,
  publishedDescriptions: [
    answerSentences[answerStatus.done],
    answerSentences[answerStatus.refused],
  ],
  calls,
};
