/**
 * Rules 15 and 17: what happened in a history that was lost and still shows. An answer to a command
 * that is not on record, or an order that no payout-check on record can have made, tells that more
 * may have happened than the database knows: nothing is paid after it, and a person is told of the
 * answer. Read from the order of the journal.
 */

import type { Case } from './audit.ts';

const INTENDED = /^(check|pay)_intended$/;
/** Answers after which the command may have done what it was for. */
const MAY_HAVE_ACTED = /^(check_accepted|check_unknown|pay_accepted|pay_unknown)$/;
/** Those that show a loss whatever became of the payout meanwhile. */
const SHOWS_LOSS = /^(check_accepted|pay_accepted|pay_unknown)$/;
/** Those after which payout-check has certainly made no order. */
const MADE_NO_ORDER = /^check_(refused|not_sent)$/;

const intentOf = (data: Record<string, unknown>): string => {
  const { intent, intentId } = data;
  const id = typeof intent === 'object' && intent !== null ? Reflect.get(intent, 'id') : intentId;
  return typeof id === 'string' ? id : '';
};

export function checkUnrecorded(one: Case): void {
  const recorded = new Set<string>();
  /** Payout-checks on record of which an order can be. */
  const mayHaveMade = new Set<string>();
  const answered: string[] = [];
  for (const { kind, data } of one.journal) {
    const id = intentOf(data);
    if (kind === 'pay_intended') {
      const [first] = answered;
      if (first !== undefined)
        one.blame(15, `payout-pay was intended after a ${first} of no record`);
      if (mayHaveMade.size === 0) one.blame(15, 'payout-pay was intended for an unexplained order');
    }
    if (kind === 'check_intended') mayHaveMade.add(id);
    if (MADE_NO_ORDER.test(kind)) mayHaveMade.delete(id);
    if (INTENDED.test(kind)) recorded.add(id);
    else if (MAY_HAVE_ACTED.test(kind) && !recorded.has(id)) answered.push(kind);
  }
  const shown = answered.find((kind) => SHOWS_LOSS.test(kind));
  const isTold = one.auditing.watcher
    .history(one.id)
    .some(({ attention }) => attention.includes('lost_intent'));
  if (shown !== undefined && !isTold) {
    one.blame(17, `a ${shown} of no record tells of a lost history, and no item is raised`);
  }
}
