/**
 * Rules 7 and 8: what people were promised, and what callbacks without a valid checksum did.
 */

import type { Spoken } from '../people.ts';
import type { Case } from './audit.ts';
import type { Leaving } from './evidence.ts';
import { isLater } from './exchanges.ts';
import { isLost } from './history.ts';

const SEND_BEFORE_MS = 5000;

/** An answer of ours is on its way for no longer. */
const ANSWER_MS = 25_000;

/** A refused wish to stop is a wish to stop: nothing more leaves, and nothing is tried again. */
function checkWishes(one: Case, spoken: readonly Spoken[], pays: readonly Leaving[]): void {
  for (const { word, answer, answeredAt } of spoken) {
    if (!['cancel', 'J', 'C'].includes(word) || answer !== 'refused') continue;
    if (isLost(one.auditing, answeredAt, ANSWER_MS)) continue;
    const later = pays.some(({ exchange }) => (exchange.leftAt ?? 0) > answeredAt + SEND_BEFORE_MS);
    if (later) one.blame(18, `payout-pay left after ${word} was refused`);
  }
}

/** Whether one of these words may have released it after `since`, and before `until`. */
const isReleasedBetween = (
  spoken: readonly Spoken[],
  words: readonly Spoken['word'][],
  since: number,
  until: number,
): boolean =>
  spoken.some(
    ({ word, answer, saidAt, answeredAt }) =>
      words.includes(word) &&
      answer !== 'refused' &&
      // One without an answer may have been done at any time after it was said.
      (answer === 'unknown' || answeredAt > since) &&
      saidAt < until,
  );

/**
 * An authorization that was taken back releases nothing more. Where that was refused, what is under
 * way may still leave within its send_before.
 */
function checkTakenBack(one: Case, spoken: readonly Spoken[], pays: readonly Leaving[]): void {
  for (const { word, answer, saidAt, answeredAt } of spoken) {
    if (word !== 'deauthorize' || answer === 'unknown') continue;
    if (isLost(one.auditing, answeredAt, ANSWER_MS)) continue;
    const until = answeredAt + (answer === 'accepted' ? 0 : SEND_BEFORE_MS);
    // A cashier's A releases only what had no authorization that could be taken back.
    const row = one.auditing.watcher.history(one.id).findLast(({ at }) => at <= answeredAt);
    const words = row?.withheld === true ? (['authorize'] as const) : (['authorize', 'A'] as const);
    const left = pays
      .map(({ exchange }) => exchange.leftAt ?? 0)
      .find((leftAt) => leftAt > until && !isReleasedBetween(spoken, words, saidAt, leftAt));
    if (left === undefined) continue;
    one.blame(
      answer === 'accepted' ? 7 : 18,
      `payout-pay left after its authorization was taken back (${answer})`,
    );
  }
}

/** However often a signed text is sent, so many changes may come of it. */
const HINTS_MAX = 40;

/** Who only repeats what was signed once makes nothing urgent, and nothing grow. */
function checkHints(one: Case): void {
  if (one.auditing.callbacks.shiftsTaken() > 0) {
    one.blame(20, 'a callback was taken whose fields are not those that were signed');
  }
  const hints = one.journal.filter(({ kind }) =>
    /^(callback_received|receiver_returned)$/.test(kind),
  );
  if (hints.length > HINTS_MAX) one.blame(20, `${hints.length} hints are in the journal`);
  const history = one.auditing.watcher.history(one.id);
  const isShown = one.exchanges.some(isLater);
  if (!isShown && history.some(({ attention }) => attention.includes('later_event'))) {
    one.blame(20, 'later_event was raised, and no status reply said so');
  }
}

export function checkWords(one: Case): void {
  const { people, watcher, evidence, callbacks } = one.auditing;
  const last = watcher.history(one.id).at(-1);
  const pays = evidence.leavings.filter(
    ({ exchange }) =>
      exchange.clientOrderId === one.clientOrderId && exchange.command === 'payout-pay',
  );
  const spoken = people.spoken.filter(({ payoutId }) => payoutId === one.id);
  for (const { word, answer, answeredAt } of spoken) {
    if (answer !== 'accepted' || isLost(one.auditing, answeredAt, ANSWER_MS)) continue;
    if (word === 'cancel' && last?.status !== 'canceled') {
      one.blame(7, `a cancel was accepted, and the payout is ${last?.status}`);
    }
    if (!['cancel', 'J', 'C'].includes(word)) continue;
    if (last?.status === 'approved')
      one.blame(7, `${word} was accepted, and the payout is approved`);
    if (pays.some(({ exchange }) => (exchange.leftAt ?? 0) > answeredAt)) {
      one.blame(7, `payout-pay left after ${word} was accepted`);
    }
  }
  checkWishes(one, spoken, pays);
  checkTakenBack(one, spoken, pays);
  for (const { word, answer, answeredAt } of spoken) {
    if (isLost(one.auditing, answeredAt, ANSWER_MS)) continue;
    if (word !== 'Y' || answer !== 'accepted') continue;
    const wasWithheld = watcher.history(one.id).findLast((seen) => seen.at <= answeredAt)?.withheld;
    // One without an answer may have been done at any time.
    const released = spoken.some(
      (each) =>
        each.word === 'authorize' && (each.answer === 'unknown' || each.answeredAt > answeredAt),
    );
    const paid = pays.some(({ exchange }) => (exchange.leftAt ?? 0) > answeredAt + SEND_BEFORE_MS);
    if (wasWithheld === true && paid && !released) {
      one.blame(7, 'payout-pay left although the cashier said that it was paid elsewhere');
    }
  }
  if (callbacks.forgeriesTaken() > 0) one.blame(8, 'a forged callback was answered 200');
  checkHints(one);
}
