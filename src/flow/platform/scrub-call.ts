/**
 * What is kept of the text of an UpdatePayout call, once the payout that it means is known.
 */

import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import { type Scrub, scrubOf } from '../scrub.ts';
import type { ReadCall } from './dialect.ts';

/** The caller's own text without receiver data. */
export type Said = {
  updatedBy: string | null;
  /** Names of fields that we do not know. */
  ignored: readonly string[];
  /** The bytes as they came where they hold no receiver data. */
  body: Uint8Array;
};

type Received = { body: Uint8Array; contentType: 'json' | 'form' };

/** The text with its escapes undone; null where it cannot be read. */
function unescaped(text: string, contentType: Received['contentType']): string | null {
  if (contentType === 'form') {
    return [...new URLSearchParams(text)].map((pair) => pair.join(' ')).join('\n');
  }
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    // A body without the number that was removed is not JSON any more; it is not kept.
    return null;
  }
}

/** Empty where escapes hide receiver data, or where the receiver cannot be opened. */
function scrubBody(scrub: Scrub, { body, contentType }: Received): Uint8Array {
  const text = Buffer.from(body).toString();
  const kept = scrub.text(text);
  const plain = kept === null ? null : unescaped(kept, contentType);
  if (kept === null || plain === null || scrub.text(plain) !== plain) return new Uint8Array();
  return kept === text ? body : Buffer.from(kept);
}

/** What is kept of a call that means this payout. */
export function saidIn(
  app: AppContext,
  stored: StoredPayout,
  { call, ignored }: Extract<ReadCall, { kind: 'call' }>,
  received: Received,
): Said {
  const scrub = scrubOf(app, stored);
  return {
    updatedBy: scrub.text(call.updatedBy),
    ignored: ignored.flatMap((name) => scrub.text(name, app.dialect.calls.nameCharsMax) ?? []),
    body: scrubBody(scrub, received),
  };
}
