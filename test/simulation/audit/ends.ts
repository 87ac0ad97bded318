/**
 * Rules 1, 5, 6, 8 and 10: how each payout ended, against the bank's ledger and what the gateway
 * said. Where the gateway itself lied, or a person decided, a wrong end has to be flagged instead.
 */

import { identityOf } from '../account.ts';
import { NEXT_CODE } from '../next-version.ts';
import type { Seen } from '../watcher.ts';
import type { Case } from './audit.ts';
import { TOLERANCE_MS } from './commands.ts';
import { isOfOtherGateway } from './endpoints.ts';
import { isLater, isRefusal, isStatusOf, statusOf } from './exchanges.ts';
import { isLost } from './history.ts';

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
/** So often a person may try to end a payout in clear weather. */
const TRIES_MAX = 5;
const negatives = ['declined', 'filtered', 'error'];

/** Whose word a wrong end may rest on; null when there is no excuse. */
export function excuseOf(one: Case): string | null {
  const lie = one.orders.find((order) => order.lie !== null)?.lie ?? null;
  if (lie !== null) return lie;
  if (one.journal.some(({ kind }) => kind === 'resolved')) return 'a person resolved it';
  const errs = one.orders.some((order) => order.shown.some(({ what }) => what.status === 'error'));
  return errs && one.auditing.policy.errorMeansDeclined ? 'error means declined here' : null;
}

/** The end rests on something that the gateway said to us, or on a person. */
function checkGround(one: Case, end: Seen): void {
  const resolved = one.journal.some(({ kind }) => kind === 'resolved');
  if (resolved) return;
  const lastPay = one.auditing.evidence.leavings
    .filter(({ exchange }) => exchange.clientOrderId === one.clientOrderId)
    .filter(({ exchange }) => exchange.command === 'payout-pay')
    .reduce((at, { exchange }) => Math.max(at, exchange.leftAt ?? 0), 0);
  const endedAt = one.auditing.watcher.history(one.id).find((seen) => seen.isFinal)?.at ?? 0;
  const said = one.exchanges.some(
    (reply) =>
      isStatusOf(reply, one.clientOrderId, end.orderId) &&
      statusOf(reply) === end.status &&
      !isLater(reply) &&
      reply.requestedAt >= lastPay &&
      (reply.told?.at ?? Number.POSITIVE_INFINITY) <= endedAt,
  );
  // After a loss an order that was found and not explained may be an earlier life's: it ends as the
  // gateway says.
  const { lost, history } = one.auditing.watcher;
  const isAdopted =
    lost.length > 0 && history(one.id).some(({ attention }) => attention.includes('order_adopted'));
  if (end.status === 'approved' && lastPay === 0 && !isAdopted) {
    one.blame(5, 'approved by itself, and payout-pay never left');
  }
  if (end.status === 'approved' && !said) one.blame(8, 'approved, and no status reply said so');
  if (!negatives.includes(end.status) || said) return;
  const refusal = one.exchanges.findLast(
    (reply) => reply.command === 'payout-check' && isRefusal(reply),
  );
  if (end.status !== 'declined' || refusal === undefined || lastPay > 0) {
    return one.blame(8, `${end.status}, and no status reply said so`);
  }
  const hadOrder = one.orders.some(
    ({ account, createdAt }) =>
      identityOf(account) === refusal.identity && createdAt < refusal.requestedAt,
  );
  const isLookedUp = one.exchanges.some(
    (reply) =>
      reply.command === 'status' &&
      reply.requestedAt > refusal.requestedAt &&
      (reply.told?.at ?? Number.POSITIVE_INFINITY) <= endedAt,
  );
  if (hadOrder && !isLookedUp) {
    one.blame(5, 'declined by a refused payout-check alone, and the gateway had its order');
  }
}

/** A later contradiction that reached the service is flagged, and moves nothing. */
function checkFlag(one: Case, end: Seen): void {
  const { world, watcher } = one.auditing;
  const finalAt = watcher.history(one.id).find((seen) => seen.isFinal)?.at ?? 0;
  const settled = one.journal.findLast(({ kind }) => kind === 'resolved')?.at ?? 0;
  const later = one.exchanges.filter(
    (reply) =>
      isStatusOf(reply, one.clientOrderId, end.orderId) &&
      !isLater(reply) &&
      reply.requestedAt > Math.max(finalAt, settled) + TOLERANCE_MS &&
      (reply.told?.at ?? 0) < world.now() - MINUTE_MS,
  );
  const last = later.at(-1);
  if (last === undefined || end.orderId === null) return;
  const said = statusOf(last) ?? '';
  const contrary = end.status === 'approved' ? negatives.includes(said) : said === 'approved';
  const settledSo = end.moneyMoved === (said === 'approved' ? 'yes' : 'no');
  if (!contrary || settledSo) return;
  const flagged = end.moneyMoved === 'unknown' && end.attention.includes('final_contradicted');
  if (!flagged) one.blame(6, `ended ${end.status}, the gateway said ${said}, no item is raised`);
}

function checkFinal(one: Case, end: Seen): void {
  const paid = one.orders.some((order) => order.paidAt !== null);
  const agrees = (end.status === 'approved') === paid;
  if (!agrees && excuseOf(one) === null) {
    one.blame(5, `ended ${end.status} although the bank ${paid ? 'paid' : 'did not pay'}`);
  }
  // A person who finds that nothing was paid ends it as it was asked to end.
  const resolved = one.journal.some(({ kind }) => kind === 'resolved');
  const executed = !resolved && one.orders.some((order) => order.executions.length > 0);
  if (['canceled', 'rejected', 'expired'].includes(end.status) && executed) {
    one.blame(7, `ended ${end.status} although payout-pay was executed`);
  }
  checkGround(one, end);
  checkFlag(one, end);
}

function checkOpen(one: Case, seen: Seen): void {
  const { world, people, clearedAt } = one.auditing;
  const tried = people.spoken.filter(
    ({ payoutId, word, saidAt }) =>
      payoutId === one.id && saidAt > clearedAt && ['paid', 'not_paid', 'cancel'].includes(word),
  );
  if (isOfOtherGateway(one.auditing.fleet, one.auditing.watcher, one.id)) {
    if (seen.attention.length === 0) one.blame(16, 'is of another gateway and no item is raised');
    return;
  }
  if (tried.length >= TRIES_MAX) one.blame(1, `still ${seen.status}, and no person can end it`);
  if (seen.attention.length === 0) {
    one.blame(1, `still ${seen.status} at the end of the run, and no item is raised`);
  }
  if (seen.dueAt === null || seen.dueAt > world.now() + DAY_MS + MINUTE_MS) {
    one.blame(10, `still ${seen.status} and not due within a day`);
  }
}

const HOUR_MS = 60 * MINUTE_MS;

/** That nothing was paid is a person's word only where something calls for a person. */
function checkResolved(one: Case): void {
  const history = one.auditing.watcher.history(one.id);
  for (const [index, { kind, status, version, at }] of one.journal.entries()) {
    if (kind !== 'resolved' || status !== 'declined') continue;
    // What had ended so before is only confirmed.
    if (one.journal[index - 1]?.status === 'declined') continue;
    const before = history.findLast((seen) => seen.version < version && !seen.isFinal);
    if (before === undefined || !PAYING.has(before.status)) continue;
    const since = history.findLast((seen) => seen.status === 'paying')?.at ?? before.at;
    const calls = before.attention.some((code) => !CALLS_FOR_NOBODY.has(code));
    if (!calls && at < since + HOUR_MS - TOLERANCE_MS) {
      one.blame(5, `resolved as not paid ${at - since} ms after payout-pay, unasked`);
    }
  }
}

const PAYING: ReadonlySet<string> = new Set(['paying', 'processing', 'awaiting_receiver']);
/** Items that say nothing of the money. */
const CALLS_FOR_NOBODY: ReadonlySet<string> = new Set([
  NEXT_CODE,
  'notification_parked',
  'later_event_reported',
  'paused',
  'cashier_contradicts',
]);

export function checkEnds(one: Case): void {
  checkResolved(one);
  const last = one.auditing.watcher.history(one.id).at(-1);
  if (last === undefined) return;
  if (last.isFinal) checkFinal(one, last);
  else checkOpen(one, last);
  const laterSaid = one.auditing.callbacks.taken.some(
    ({ clientOrderId, type, at }) =>
      clientOrderId === one.clientOrderId &&
      /reversal|chargeback/.test(type) &&
      !isLost(one.auditing, at, MINUTE_MS),
  );
  const told = one.auditing.watcher
    .history(one.id)
    .some(({ attention }) =>
      ['later_event', 'later_event_reported'].some((code) => attention.includes(code)),
    );
  if (laterSaid && !told) one.blame(6, 'a later event was reported and no item is raised');
}
