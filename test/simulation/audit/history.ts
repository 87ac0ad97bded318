/**
 * Rules 1, 3, 9, 15 and 17 over everything that ever happened to a reference, also in a history
 * that the database has lost: the ledger of the gateway and the platform's memory go on.
 */

import type { Order } from '../order.ts';
import type { Restore } from '../restores.ts';
import type { Seen } from '../watcher.ts';
import type { Auditing } from './audit.ts';
import type { Leaving } from './evidence.ts';

type Blame = (rule: number, what: string) => void;

/** What was intended just before may leave within this. */
const SEND_BEFORE_MS = 5000;

/** Whether what happened at that moment is in no database any more. */
export const isLost = ({ watcher }: Pick<Auditing, 'watcher'>, at: number, slackMs = 0): boolean =>
  watcher.lost.some(({ from, until }) => at > from && at <= until + slackMs);

/** Whether a payout was created in a history that the database has lost. */
const isBirthLost = ({ watcher }: Auditing, { id, at }: Seen): boolean =>
  watcher.lost.some(({ from, until, kept }) => at >= from && at <= until && !kept.has(id));

/** The last restore before that moment; null where there was none. */
const restoreBefore = ({ restores }: Auditing, at: number): Restore | null =>
  restores.findLast((restore) => restore.at < at) ?? null;

/** A person said over HTTP, in that time, that it may be paid; perhaps unheard. */
export function wasAuthorized(auditing: Auditing, reference: string, from: number, until: number) {
  const { people, watcher } = auditing;
  const ids = [...watcher.births.values()]
    .filter((seen) => seen.reference === reference)
    .map(({ id }) => id);
  return people.spoken.some(
    ({ payoutId, word, answer, saidAt, answeredAt }) =>
      ids.includes(payoutId) &&
      word === 'authorize' &&
      answer !== 'refused' &&
      answeredAt >= from &&
      saidAt <= until,
  );
}

/** Whose word, in a history that was lost, a contrary end may rest on. */
function wasResolved({ people, watcher }: Auditing, reference: string): boolean {
  return people.spoken.some(
    ({ payoutId, word, answer }) =>
      watcher.births.get(payoutId)?.reference === reference &&
      ['paid', 'not_paid', 'no_order'].includes(word) &&
      answer !== 'refused',
  );
}

/** What was there before the database went back is paid only after a new authorization. */
function checkPayAfter(auditing: Auditing, reference: string, pay: Leaving, blame: Blame): void {
  const leftAt = pay.exchange.leftAt ?? 0;
  const restore = restoreBefore(auditing, leftAt - SEND_BEFORE_MS);
  if (restore === null || isLost(auditing, leftAt)) return;
  if (restore.endedAt === null || leftAt < restore.endedAt - SEND_BEFORE_MS) {
    const said = auditing.restores.some(({ endedAt }) => endedAt !== null && endedAt <= leftAt);
    if (!said) blame(17, 'payout-pay left before the operator ended the epoch');
  }
  const wasThere = [...auditing.watcher.births.values()].some(
    (seen) => seen.reference === reference && seen.at <= restore.at,
  );
  const row = auditing.watcher
    .ids()
    .map((id) => auditing.watcher.history(id)[0])
    .find((seen) => seen?.clientOrderId === pay.exchange.clientOrderId);
  if (!wasThere || row === undefined || row.at > restore.at) return;
  if (!wasAuthorized(auditing, reference, restore.at, leftAt)) {
    blame(17, 'payout-pay left after a restore without a new authorization');
  }
}

const lieOf = (orders: readonly Order[]): boolean => orders.some(({ lie }) => lie !== null);

/** The end that the database shows, against what the gateway's ledger has of all histories. */
function checkEnd(auditing: Auditing, reference: string, orders: Order[], blame: Blame): void {
  const end = auditing.watcher
    .ids()
    .map((id) => auditing.watcher.history(id).at(-1))
    .find((seen): seen is Seen => seen?.reference === reference);
  const paid = orders.some(({ paidAt }) => paidAt !== null);
  if (end === undefined || !end.isFinal || lieOf(orders) || wasResolved(auditing, reference)) {
    return;
  }
  const flagged = end.attention.includes('final_contradicted') || end.moneyMoved === 'unknown';
  const errs = orders.some(({ shown }) => shown.some(({ what }) => what.status === 'error'));
  if (errs && auditing.policy.errorMeansDeclined) return;
  if (paid && end.status !== 'approved') {
    blame(15, `paid in all, and ended ${end.status}${flagged ? ', flagged' : ''}`);
  }
}

/** Of two answers to one key, only the first may be of a history that was lost. */
function checkPromises(auditing: Auditing, blame: (ref: string, what: string) => void): void {
  const { watcher, callers } = auditing;
  for (const { reference, promised } of callers.wanted) {
    const standing = promised.filter(({ id }) => watcher.history(id).length > 0);
    if (new Set(standing.map(({ id }) => id)).size > 1) {
      blame(reference, 'one key was answered with several payouts');
    }
    for (const { id, at } of promised) {
      const born = watcher.births.get(id);
      const isThere = standing.some((one) => one.id === id);
      if (isThere || (born !== undefined && isBirthLost(auditing, born))) continue;
      blame(reference, `${id} was promised at ${at} and is not on disk`);
    }
  }
}

export function checkHistory(
  auditing: Auditing,
  blame: (rule: number, reference: string, what: string) => void,
): void {
  const { watcher, gateway, evidence } = auditing;
  for (const reference of watcher.references()) {
    const own = watcher.clientOrderIds(reference);
    const orders = gateway.orders.filter(({ clientOrderId }) => own.has(clientOrderId));
    const executions = orders.reduce((sum, order) => sum + order.executions.length, 0);
    const rule = watcher.lost.length > 0 ? 15 : 3;
    if (executions > 1) blame(rule, reference, `payout-pay was executed ${executions} times`);
    checkEnd(auditing, reference, orders, (no, what) => blame(no, reference, what));
    for (const leaving of evidence.leavings) {
      const { command, clientOrderId } = leaving.exchange;
      if (command !== 'payout-pay' || !own.has(clientOrderId)) continue;
      checkPayAfter(auditing, reference, leaving, (no, what) => blame(no, reference, what));
    }
  }
  checkPromises(auditing, (reference, what) => blame(1, reference, what));
}
