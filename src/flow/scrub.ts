/**
 * What is kept of text from outside: text of a gateway, a platform or a cashier passes here before
 * it is stored, logged or journaled. What counts as receiver data is decided in
 * payout/scrub/scrub.ts; which fields of a gateway's answer are text, in gateway/scrub-verdict.ts.
 */

import type { Receiver } from '../payout/model/receiver.ts';
import { isCardNumber } from '../payout/scrub/card-number.ts';
import { holdsValue, scrubText } from '../payout/scrub/scrub.ts';
import type { StoredPayout } from '../store/payouts/rows.ts';
import type { AppContext } from './context.ts';
import { tryOpening } from './receiver.ts';

/** Replaces a word that decides something and cannot be kept: null would decide too. */
export const WITHHELD = '[withheld]';

export type Scrub = {
  /**
   * The text without receiver data; null where the receiver cannot be opened. A text of
   * `lengthMax` characters counts as cut, and no longer one is returned.
   */
  text(text: string | null, lengthMax?: number): string | null;
  /** The same for a word that decides something. */
  word(word: string): string;
  /** An id from outside; null where it is, or may be, receiver data. */
  id(id: string | null): string | null;
};

/** Longer than any id of the gateway. */
const idForm = /^[\w.:-]{1,128}$/;

/** Opens the receiver once, with the first text to scrub. */
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
      // Without the receiver, only the form tells an id from a card number.
      const isTheirs = receiver === null ? isCardNumber(id) : holdsValue(id, receiver);
      return isTheirs ? null : id;
    },
  };
}

/**
 * The description of a platform's answer as it may be kept. Reads the payout only where there is
 * something to scrub; null where that fails, so that the attempt is recorded all the same.
 */
export async function scrubDescription(
  app: AppContext,
  payoutId: string,
  description: string | null,
): Promise<string | null> {
  const { publishedDescriptions, descriptionCharsMax } = app.dialect;
  if (description === null || publishedDescriptions.includes(description)) return description;
  try {
    const stored = await app.batches.find(payoutId);
    return stored === null ? null : scrubOf(app, stored).text(description, descriptionCharsMax);
  } catch (err) {
    app.log.warn(
      { payoutId, err },
      "The platform's description is not kept: its payout could not be read.",
    );
    return null;
  }
}
