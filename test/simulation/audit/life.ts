/**
 * Rules 6, 10, 13 and 14 and what callers saw: how the row changed over its whole life, as it was
 * seen after every write.
 */

import { NEXT_WRITER } from '../next-version.ts';
import type { Seen } from '../watcher.ts';
import type { Case } from './audit.ts';
import { TOLERANCE_MS } from './commands.ts';
import { wasTold } from './exchanges.ts';
import { isLost } from './history.ts';

const DAY_MS = 24 * 3_600_000;
/** Clocks of replicas and a poll's jitter. */
const SLACK_MS = 60_000;

function checkChange(one: Case, before: Seen, after: Seen): void {
  if (before.isFinal && after.status !== before.status) {
    one.blame(6, `${before.status} became ${after.status}`);
  }
  if (before.orderId !== null && after.orderId !== before.orderId) {
    one.blame(14, `order ${before.orderId} became ${after.orderId}`);
  }
  if (after.orderId !== null && !one.orders.some(({ id }) => id === after.orderId)) {
    one.blame(14, `bound to order ${after.orderId}, which was never its own`);
  }
  if (after.revision <= before.revision) one.blame(10, 'a write went back');
  const [first] = one.journal.filter(({ version }) => version === after.version);
  const isSeenOnly = first?.kind === 'acknowledged' && after.status === before.status;
  const closed = before.attention.find((code) => !after.attention.includes(code));
  if (isSeenOnly && after.version > before.version && closed !== undefined) {
    one.blame(6, `${closed} was acknowledged, and counts as finished`);
  }
  if (after.status !== before.status && after.version <= before.version) {
    one.blame(9, `${after.status} has no version of its own`);
  }
}

function checkDue(one: Case, seen: Seen): void {
  if (seen.isFinal) return;
  if (seen.dueAt === null) one.blame(10, `${seen.status} without a due time`);
  else if (seen.dueAt > seen.at + DAY_MS + SLACK_MS) {
    one.blame(10, `${seen.status} is due only at ${new Date(seen.dueAt).toISOString()}`);
  }
}

/** An authorization that came after the time for it changes nothing. */
function checkExpiry(one: Case, history: readonly Seen[]): void {
  const expired = history.find(({ status }) => status === 'expired');
  const tooEarly = (expired?.expiresAt ?? 0) - (expired?.at ?? 0);
  if (expired !== undefined && tooEarly > TOLERANCE_MS) {
    one.blame(19, `expired ${tooEarly} ms before its time`);
  }
  const first = history.find((seen) => seen.authorizedAt !== null);
  if (first?.authorizedAt === null || first === undefined || first.expiresAt === null) return;
  if (first.authorizedAt >= first.expiresAt) one.blame(7, 'authorized after its time was over');
}

/** What a caller was shown as final stays what it is. */
function checkViews(one: Case, last: Seen): void {
  const wanted = one.auditing.callers.wanted.find((each) => each.reference === last.reference);
  for (const view of wanted?.views ?? []) {
    if (view.final && view.status !== last.status && !isLost(one.auditing, view.requestedAt)) {
      one.blame(6, `a caller was shown ${view.status}, and it is ${last.status}`);
    }
  }
}

/** An answer that reached a living process is in the journal, whichever replica holds the lease. */
function checkFacts(one: Case): void {
  const { weather, clearedAt } = one.auditing;
  const unsafe = [...weather.counts.keys()].some((kind) => /^database_|^crash$/.test(kind));
  for (const exchange of one.exchanges.filter(wasTold)) {
    if (exchange.command === 'status') continue;
    if (isLost(one.auditing, exchange.told.at, SLACK_MS)) continue;
    if (unsafe && exchange.told.at < clearedAt) continue;
    if (exchange.told.at > one.auditing.world.now() - SLACK_MS) continue;
    if (exchange.told.fields?.['type'] !== 'async-response') continue;
    const kind = exchange.command === 'payout-pay' ? 'pay_accepted' : 'check_accepted';
    const taken = one.journal.some((row) => row.kind === kind);
    if (!taken) one.blame(13, `the answer to ${exchange.command} is not in the journal`);
  }
}

/**
 * Whether the reply of this entry changed what a caller sees, so that it was read as a fresh one.
 * Not counted is what any reply may bring about: the first order id, `slow`, and an end by time or
 * by a command. A version that the next version of the service wrote has no entry of its own: the
 * entry behind it only carries its number.
 */
function isChangedBy(one: Case, index: number): boolean {
  const { version = 0 } = one.journal[index] ?? {};
  if (version <= (one.journal[index - 1]?.version ?? 0)) return false;
  const history = one.auditing.watcher.history(one.id);
  const place = history.findIndex((seen) => seen.version === version);
  const [before, after] = [history[place - 1], history[place]];
  if (before === undefined || after === undefined || before.version !== version - 1) return false;
  if (after.writer === NEXT_WRITER) return false;
  const isSlow = ({ attention }: Seen): boolean => attention.includes('slow');
  const isStopped = ['canceled', 'rejected', 'expired'].includes(after.status);
  return before.orderId === after.orderId && isSlow(before) === isSlow(after) && !isStopped;
}

/**
 * A reply that was requested before one that is already known moves nothing. What came before what
 * is told by the row's own count of replies: the times in the journal are those of replicas whose
 * clocks may be wrong.
 */
function checkOutdated(one: Case, orderId: string | null): void {
  let newest = -1;
  let moving = -1;
  let changing = -1;
  for (const [index, { kind, status, data }] of one.journal.entries()) {
    if (kind !== 'status_reported') continue;
    const { asOf, reply } = data;
    if (typeof asOf !== 'object' || typeof reply !== 'object') continue;
    if (asOf === null || reply === null) continue;
    const count = Number(Reflect.get(asOf, 'reply'));
    const isOurs =
      Reflect.get(reply, 'orderId') === orderId &&
      Reflect.get(reply, 'clientOrderId') === one.clientOrderId &&
      Reflect.get(reply, 'transactionType') === 'payout';
    const before = one.journal[index - 1]?.status;
    if (!isOurs) continue;
    const isMoved = status !== before && status !== 'expired';
    if (isMoved && (count < newest || count <= moving)) {
      one.blame(5, `an outdated reply moved ${before} to ${status}`);
    }
    const isChanged = isChangedBy(one, index);
    if (isChanged && !isMoved && count <= changing) {
      one.blame(5, `an outdated reply changed what is shown of ${status}`);
    }
    // The count goes back with the database, and a reply of before is then recorded and ignored.
    const isCounted = isMoved || isChanged || one.auditing.watcher.lost.length === 0;
    if (isCounted) newest = Math.max(newest, count);
    if (isMoved) moving = Math.max(moving, count);
    if (isChanged) changing = Math.max(changing, count);
  }
}

export function checkLife(one: Case): void {
  const history = one.auditing.watcher.history(one.id);
  const last = history.at(-1);
  if (last === undefined) return;
  for (const [index, seen] of history.entries()) {
    const before = history[index - 1];
    if (before !== undefined) checkChange(one, before, seen);
    checkDue(one, seen);
  }
  checkExpiry(one, history);
  checkViews(one, last);
  checkFacts(one);
  checkOutdated(one, last.orderId);
  const finals = one.journal.filter((row) => row.status === last.status);
  if (finals.length === 0) one.blame(9, `the journal never says ${last.status}`);
}
