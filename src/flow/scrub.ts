/**
 * What is kept of text from outside: nothing that a gateway, a platform or a cashier says is
 * stored, logged or journaled before it went through here. What is found in a text is decided in
 * payout/scrub.ts; which fields of a gateway's answer are text, in scrub-verdict.ts.
 */

import type { Receiver } from '../payout/model/receiver.ts';
import { isCardNumber } from '../payout/scrub/card-number.ts';
import { holdsValue, scrubText } from '../payout/scrub/scrub.ts';
import { answerSentences, answerStatus } from '../praxis/answer.ts';
import { DESCRIPTION_MAX } from '../praxis/read-answer.ts';
import type { StoredPayout } from '../store/payouts/rows.ts';
import type { AppContext } from './context.ts';
import { tryOpening } from './receiver.ts';

/** In place of a word that decides something, where it cannot be shown: null would decide too. */
export const WITHHELD = '[withheld]';

export type Scrub = {
  /**
   * The text without receiver data; null where the receiver cannot be opened. A text of
   * `lengthMax` characters counts as cut, and no longer one is returned.
   */
  text(text: string | null, lengthMax?: number): string | null;
  /** The same for a word that decides something. */
  word(word: string): string;
  /** An id from outside; null where it is the receiver's, or may be. */
  id(id: string | null): string | null;
};

/** Longer than any id of the gateway. */
const idForm = /^[\w.:-]{1,128}$/;

/** The receiver is opened with the first text there is to scrub, and once. */
export function scrubOf(app: Pick<AppContext, 'seal'>, stored: StoredPayout): Scrub {
  let opened: { receiver: Receiver | null } | null = null;
  const receiverOf = (): Receiver | null => {
    opened ??= { receiver: tryOpening(app, stored) };
    return opened.receiver;
  };
  const text: Scrub['text'] = (given, lengthMax = Number.POSITIVE_INFINITY) => {
    if (given === null || given.trim() === '') return given;
    const receiver = receiverOf();
    if (receiver === null) return null;
    // guard: scrubbed
    const scrubbed = scrubText(given, receiver, given.length >= lengthMax);
    return scrubbed.slice(0, lengthMax).toWellFormed();
  };
  return {
    text,
    word: (word) => text(word) ?? WITHHELD,
    id(id) {
      if (id === null) return null;
      if (!idForm.test(id)) return text(id);
      const receiver = receiverOf();
      // Without the receiver an id is told from a card number by its form alone.
      const isTheirs = receiver === null ? isCardNumber(id) : holdsValue(id, receiver);
      return isTheirs ? null : id;
    },
  };
}

/** What platforms answer by the protocol's own examples: there is nothing of a receiver in it. */
const publishedSentences: readonly string[] = [
  answerSentences[answerStatus.done],
  answerSentences[answerStatus.refused],
];

/**
 * The description of a platform's answer as it may be kept. Reads the payout only where there is
 * something to scrub; null where that fails, so that the attempt is recorded all the same.
 */
export async function scrubDescription(
  app: AppContext,
  payoutId: string,
  description: string | null,
): Promise<string | null> {
  if (description === null || publishedSentences.includes(description)) return description;
  try {
    const stored = await app.batches.find(payoutId);
    return stored === null ? null : scrubOf(app, stored).text(description, DESCRIPTION_MAX);
  } catch (err) {
    app.log.warn({ payoutId, err }, "The platform's words are not kept: no payout to compare.");
    return null;
  }
}
