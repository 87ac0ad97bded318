/**
 * Rules 2, 3, 4, 7, 12 and 14: every command that left a process, against what was on disk when it
 * left and what the gateway had said before.
 */

import type { Case } from './audit.ts';
import type { Leaving } from './evidence.ts';
import { isCoded, isRefusal, isStatusOf, saysValidated } from './exchanges.ts';
import { isLost } from './history.ts';

const FRESH_MS = 10_000;
const SEND_BEFORE_MS = 5000;
const REPLIES_MIN = 3;
const LOOKUPS_MIN = 5;

/** A replica whose clock is further from the database's commits nothing. */
const SKEW_MS = 2000;
/** How well a replica reads the database's clock: half of a slow round trip. */
const DATABASE_CLOCK_OFF_MS = 1600;

/** Any comparison between replicas is this unsure, and no more. */
export const TOLERANCE_MS = 2 * SKEW_MS;

const amountOf = ({ auditing, id }: Case): bigint => {
  const reference = auditing.watcher.history(id)[0]?.reference;
  return auditing.callers.wanted.find((one) => one.reference === reference)?.amountMinor ?? 0n;
};

/** The intent is committed first, is used once, and its time is not over. */
function checkIntent(one: Case, leaving: Leaving, before: readonly Leaving[]): void {
  const { exchange, intents } = leaving;
  const leftAt = exchange.leftAt ?? 0;
  const what = `${exchange.command} no. ${exchange.no}`;
  const intent = intents.at(-1);
  if (intent === undefined) return one.blame(2, `${what} left without an intent on disk`);
  if (before.length >= intents.length) one.blame(2, `${what} left on an intent that was used`);
  const late = leftAt - intent.at - SEND_BEFORE_MS;
  // One that was suspended while its clock was set back cannot know how long it stood still.
  const setBack = one.auditing.clockSetBack(exchange.process, intent.at - SKEW_MS, leftAt);
  if (late > DATABASE_CLOCK_OFF_MS + setBack) {
    one.blame(12, `${what} left ${late} ms after its send_before`);
  }
}

/** A second payout-check only after the gateway was polled often enough and knew no order. */
function checkRecheck(one: Case, leaving: Leaving, before: readonly Leaving[]): void {
  const last = before.at(-1)?.exchange;
  if (last === undefined) return;
  if (before.filter((each) => !isOfLost(one, each)).length > 1)
    one.blame(4, 'payout-check left more than twice');
  if (leaving.orderId !== null) one.blame(4, 'payout-check left although an order was bound');
  const refused = one.exchanges.filter(
    (exchange) =>
      exchange.command === 'status' &&
      exchange.orderId === null &&
      isRefusal(exchange) &&
      exchange.requestedAt > (last.leftAt ?? 0) &&
      exchange.requestedAt < (leaving.exchange.leftAt ?? 0),
  );
  const durationOf = (refused.at(-1)?.requestedAt ?? 0) - (refused[0]?.requestedAt ?? 0);
  const { checkQuietMs, orderNotFoundCodes } = one.auditing.policy;
  const quiet = checkQuietMs - TOLERANCE_MS;
  if (refused.length >= LOOKUPS_MIN && durationOf >= quiet) return;
  const isKnownMissing = refused.some(
    (exchange) =>
      isCoded(exchange, orderNotFoundCodes) && exchange.requestedAt >= (last.leftAt ?? 0) + quiet,
  );
  if (!isKnownMissing) {
    one.blame(4, `payout-check was repeated after ${refused.length} lookups over ${durationOf} ms`);
  } else if (one.orders.some(({ createdAt }) => createdAt < (leaving.exchange.leftAt ?? 0))) {
    one.blame(4, 'payout-check was repeated although the gateway had its order');
  }
}

/** A fresh reply that allows it, asked after the authorization. */
function checkFresh(one: Case, { exchange, intents, orderId }: Leaving): void {
  if (orderId === null) return;
  const leftAt = exchange.leftAt ?? Number.POSITIVE_INFINITY;
  const intendedAt = Math.min(intents.at(-1)?.at ?? 0, leftAt);
  const history = one.auditing.watcher.history(one.id);
  const authorized = history.findLast(
    (seen, index) =>
      seen.at <= (exchange.leftAt ?? 0) &&
      seen.authorizedAt !== null &&
      history[index - 1]?.authorizedAt !== seen.authorizedAt,
  );
  const known = one.exchanges.filter(
    (reply) =>
      isStatusOf(reply, one.clientOrderId, orderId) &&
      (reply.told?.at ?? Number.POSITIVE_INFINITY) <= leftAt,
  );
  const allowing = known.filter(
    (reply) =>
      saysValidated(reply, orderId, amountOf(one)) &&
      reply.requestedAt >= intendedAt - FRESH_MS - TOLERANCE_MS &&
      reply.requestedAt >= (authorized?.at ?? 0) - TOLERANCE_MS,
  );
  const last = allowing.at(-1);
  if (last === undefined) {
    return one.blame(3, `payout-pay no. ${exchange.no} left without a fresh reply`);
  }
  const contrary = known.some(
    (reply) =>
      (reply.told?.at ?? Number.POSITIVE_INFINITY) <= intendedAt &&
      reply.requestedAt > last.requestedAt + TOLERANCE_MS &&
      !saysValidated(reply, orderId, amountOf(one)),
  );
  if (contrary) one.blame(3, `payout-pay no. ${exchange.no} left on an outdated reply`);
}

/** One repeat, after the quiet period, while fresh replies agree that nothing happened. */
function checkRepay(one: Case, leaving: Leaving, before: readonly Leaving[]): void {
  const last = before.at(-1)?.exchange;
  const orderId = leaving.orderId;
  if (last === undefined || orderId === null) return;
  const { payRepeat, repeatQuietMs } = one.auditing.policy;
  if (!payRepeat) one.blame(3, 'payout-pay was repeated although that is switched off');
  if (before.length > 1) one.blame(3, 'payout-pay left more than twice');
  const agreeing = one.exchanges.filter(
    (reply) =>
      isStatusOf(reply, one.clientOrderId, orderId) &&
      saysValidated(reply, orderId, amountOf(one)) &&
      reply.requestedAt > (last.leftAt ?? 0) &&
      (reply.told?.at ?? 0) <= (leaving.exchange.leftAt ?? 0),
  );
  const durationOf = (agreeing.at(-1)?.requestedAt ?? 0) - (agreeing[0]?.requestedAt ?? 0);
  if (agreeing.length < REPLIES_MIN || durationOf < repeatQuietMs - TOLERANCE_MS) {
    one.blame(3, `payout-pay was repeated after ${agreeing.length} replies over ${durationOf} ms`);
  }
}

/** What has to hold on disk in the moment in which payout-pay leaves. */
function checkState(one: Case, leaving: Leaving): void {
  const { exchange, status, orderId, isAuthorized } = leaving;
  const leftAt = exchange.leftAt ?? 0;
  if (status !== 'paying') one.blame(12, `payout-pay left while the payout was ${status}`);
  if (orderId !== exchange.orderId) one.blame(14, 'payout-pay left for an order that is not bound');
  const row = one.auditing.watcher.history(one.id).findLast((seen) => seen.at <= leftAt);
  if (row === undefined) return;
  if (row.release === 'on_authorization' && !isAuthorized) {
    one.blame(7, 'payout-pay left without an authorization');
  }
  // What is said after the intent is too late for this payout-pay, and only recorded.
  const before = one.auditing.watcher
    .history(one.id)
    .findLast((seen) => seen.at < leftAt - SEND_BEFORE_MS);
  if (row.withheld && before?.withheld === true) {
    one.blame(7, 'payout-pay left although its release is withheld');
  }
  for (const code of ['second_order', 'amount_mismatch'] as const) {
    const told = one.auditing.watcher
      .history(one.id)
      .some((seen) => seen.at < leftAt - SEND_BEFORE_MS && seen.attention.includes(code));
    if (told && row.attention.includes(code)) one.blame(14, `payout-pay left with ${code} open`);
  }
  const { people, restores } = one.auditing;
  const paused = people.pauses.some(
    ({ from, until, endpoint }) =>
      leftAt > from + SEND_BEFORE_MS &&
      leftAt < until &&
      (endpoint === null || endpoint === row.endpoint) &&
      // A pause that the database has lost holds nothing; the new epoch does.
      !restores.some(({ keptAt, at }) => keptAt <= from && at >= from && at < leftAt),
  );
  if (paused) one.blame(3, 'payout-pay left while payments were paused');
}

/** An intent may be lost after its commit, and what it allowed leaves all the same. */
const isOfLost = ({ auditing }: Case, { exchange }: Leaving): boolean =>
  isLost(auditing, exchange.leftAt ?? 0, SEND_BEFORE_MS);

/** Whether the intent was gone already in the moment in which its command left. */
const isAfterLoss = ({ auditing }: Case, { exchange }: Leaving): boolean => {
  const leftAt = exchange.leftAt ?? 0;
  return auditing.watcher.lost.some(
    ({ until }) => leftAt >= until && leftAt <= until + SEND_BEFORE_MS,
  );
};

/** Of what left before, that which the database still knew of when this one left. */
const knownAt = (one: Case, leaving: Leaving, before: readonly Leaving[]): readonly Leaving[] => {
  const at = leaving.exchange.leftAt ?? 0;
  const gone = one.auditing.watcher.lost.filter(({ until }) => until < at);
  return before.filter(({ exchange }) => {
    const leftAt = exchange.leftAt ?? 0;
    return !gone.some(({ from, until }) => leftAt > from && leftAt <= until + SEND_BEFORE_MS);
  });
};

export function checkCommands(one: Case): void {
  const leavings = one.auditing.evidence.leavings.filter(
    ({ exchange }) => exchange.clientOrderId === one.clientOrderId,
  );
  const checks = leavings.filter(({ exchange }) => exchange.command === 'payout-check');
  const pays = leavings.filter(({ exchange }) => exchange.command === 'payout-pay');
  const standing = (all: readonly Leaving[]) => all.filter((each) => !isOfLost(one, each));
  for (const [index, leaving] of checks.entries()) {
    const before = checks.slice(0, index);
    if (!isAfterLoss(one, leaving)) checkIntent(one, leaving, knownAt(one, leaving, before));
    if (isOfLost(one, leaving)) continue;
    checkRecheck(one, leaving, checks.slice(0, index));
  }
  for (const [index, leaving] of pays.entries()) {
    if (isAfterLoss(one, leaving)) continue;
    const before = knownAt(one, leaving, pays.slice(0, index));
    checkIntent(one, leaving, before);
    checkRepay(one, leaving, before);
  }
  // The row as it was is known only of what the database still has.
  for (const leaving of standing(pays)) {
    checkState(one, leaving);
    checkFresh(one, leaving);
  }
}
