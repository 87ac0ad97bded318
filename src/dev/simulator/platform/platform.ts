/**
 * A fake platform: stores every UpdatePayout that it receives and answers as the behaviour says
 * (`../behaviour.ts`). It books nothing and never deduplicates, so that a reader sees each
 * delivery.
 */

import { z } from 'zod';
import type { BehaviourStore } from '../behaviour.ts';
import { type BoundedLog, createBoundedLog } from '../bounded-log.ts';
import { type PlatformAnswer, takeAnswer } from './platform-answers.ts';
import { checkSignature, type SignatureVerdict } from './webhook-check.ts';

const LETTERS_KEPT_MAX = 50_000;

/** praxis: the widest of the shown fields has 256 characters. */
const SHOWN_MAX = 256;

export interface ReceivedLetter {
  readonly at: string;
  readonly webhookId: string;
  readonly signature: SignatureVerdict;
  /** A P Y J C; empty where the body could not be read. */
  readonly letter: string;
  /** ExtPayoutID: the platform's own reference of its payout. */
  readonly reference: string;
  readonly transactionId: string | null;
  readonly updatedBy: string | null;
  readonly amount: string;
  readonly answer: PlatformAnswer | 'bad_signature' | 'unreadable';
}

export interface Delivered {
  readonly webhookId: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: string;
}

export interface FakePlatform {
  readonly letters: BoundedLog<ReceivedLetter>;
  take(delivered: Delivered): ReceivedLetter;
}

const shown = z
  .union([z.string(), z.number()])
  .transform((value) => `${value}`.slice(0, SHOWN_MAX));

const bodySchema = z.object({
  PIN: shown,
  FrontEndName: shown,
  ExtPayoutID: shown,
  Status: shown,
  TransactionID: shown.optional(),
  UpdatedBy: shown.optional(),
  Amount: shown.optional(),
});

function readBody(body: string): z.output<typeof bodySchema> | null {
  try {
    return bodySchema.parse(JSON.parse(body));
  } catch {
    // The platform does not judge a faulty body: it answers that it cannot read it.
    return null;
  }
}

export function createFakePlatform(deps: {
  readonly clock: () => number;
  readonly behaviour: BehaviourStore;
  /** `whsec_…`; `null`: signatures are not checked. */
  readonly webhookSecret: string | null;
}): FakePlatform {
  const { clock, behaviour, webhookSecret } = deps;
  const letters = createBoundedLog<ReceivedLetter>(LETTERS_KEPT_MAX);

  const decide = (signature: SignatureVerdict, isReadable: boolean): ReceivedLetter['answer'] => {
    if (signature !== 'valid' && signature !== 'not_checked') return 'bad_signature';
    if (!isReadable) return 'unreadable';
    return takeAnswer(behaviour.current().platformAnswers);
  };

  return {
    letters,
    take({ webhookId, timestamp, signature: signatures, body }) {
      const message = { id: webhookId, timestamp, signature: signatures, body };
      const signature = checkSignature(message, webhookSecret, clock());
      const read = readBody(body);
      const received: ReceivedLetter = {
        at: new Date(clock()).toISOString(),
        webhookId: webhookId.slice(0, SHOWN_MAX),
        signature,
        letter: read?.Status ?? '',
        reference: read?.ExtPayoutID ?? '',
        transactionId: read?.TransactionID ?? null,
        updatedBy: read?.UpdatedBy ?? null,
        amount: read?.Amount ?? '',
        answer: decide(signature, read !== null),
      };
      letters.add(received);
      return received;
    },
  };
}
