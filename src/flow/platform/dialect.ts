/**
 * The port to the platform's protocol: how a change is written, how a delivery ends, when it is
 * retried, and what a call of the cashier means. Types only. src/praxis implements it, and
 * src/service constructs that. What is notified is decided in src/payout/rules/notify.ts.
 */

import type { OutboundCause } from '../../lib/outbound/cause.ts';
import type { Letter } from '../../payout/model/letter.ts';
import type { Money } from '../../payout/model/money.ts';
import type { Status } from '../../payout/model/status.ts';

/** A change that the platform is notified of. */
export type Notification = {
  siteId: number | null;
  frontEndName: string;
  pin: string;
  traceId: string | null;
  /** The processor's id of the payment, once there is one. */
  transactionId: string | null;
  letter: Letter;
  /** Our reference, which the platform knows as its own payout id. */
  reference: string;
  /** Who caused the change: an API key's name, the cashier's user, or a word for ourselves. */
  updatedBy: string;
  money: Money;
};

/**
 * `delivered`: the platform has it. `refused`: the operator has to look, and there is no automatic
 * retry. `transient` and `unrecognised`: the same bytes are retried.
 */
export type PlatformAnswer = {
  kind: 'delivered' | 'refused' | 'transient' | 'unrecognised';
  status: number | null;
  description: string | null;
  /** How long the platform asked us to wait; null where it did not, or where nothing is retried. */
  retryAfterMs: number | null;
};

export type SentNotification = {
  answer: PlatformAnswer;
  /** Null where no HTTP answer came. */
  httpStatus: number | null;
  /** Why nothing readable came; null where an answer of the protocol was read. */
  cause: OutboundCause | 'unreadable' | null;
  durationMs: number;
};

/** Sends to one platform, and reads its answers. */
export type PlatformClient = {
  /**
   * Sends these bytes; `id` stays the same over all attempts. `mayStillSend` is called just before
   * the first byte; a call that it stops has the cause `too_late`.
   */
  send(
    message: { id: string; body: string },
    mayStillSend: () => boolean,
  ): Promise<SentNotification>;
};

/** An attempt that failed at `now`; `attempts` counts it. `random` is in [0, 1). */
export type FailedAttempt = {
  attempts: number;
  firstAttemptAt: number;
  now: number;
  random: number;
  /** What the platform asked for: it can only lengthen the wait. */
  retryAfterMs: number | null;
};

export type Retry = { kind: 'again'; at: number } | { kind: 'given_up' };

/** What becomes of a cashier's call; the dialect has a code and a sentence for each. */
export type CallOutcome =
  | 'done'
  | 'notUnderstood'
  | 'unknownPayout'
  | 'otherOwner'
  | 'refused'
  | 'otherMoney'
  | 'unknownLetter';

export type CashierAnswer = { outcome: CallOutcome; status: number; description: string };

/** A call of the cashier. Fields that were left out are null; the amount is text as written. */
export type CashierCall = {
  pin: string;
  frontEndName: string;
  siteId: number | null;
  /** The platform's payout id, which is our reference. */
  extPayoutId: string;
  letter: Letter;
  updatedBy: string | null;
  amount: string | null;
  currency: string | null;
};

export type ReadCall =
  /** `ignored` names fields that are not known, printable and cut, for the log. */
  | { kind: 'call'; call: CashierCall; ignored: readonly string[] }
  /** `kept` is the description without the text of the call that it quotes. */
  | { kind: 'refused'; answer: CashierAnswer; kept: string };

/** What a letter does to a payout in one status. */
export type CallEffect = {
  outcome: 'done' | 'refused';
  /**
   * authorize: release an on_authorization payout (an automatic one stays as it is); record: keep
   * the fact; withhold: keep it, and release only when authorized again over HTTP; stop: end the
   * payout, rejected for J and canceled for C; none: nothing changes.
   */
  act: 'authorize' | 'record' | 'withhold' | 'stop' | 'none';
};

export type Dialect = {
  /** The bytes of a notification; the same ones for the same notification, at any time. */
  write(notification: Notification): string;
  /** When a failed delivery is retried, and when no more. */
  nextAttempt(failed: FailedAttempt): Retry;
  /** A description of the platform of this length may have been cut. */
  descriptionCharsMax: number;
  /** Descriptions that the protocol publishes: they hold no receiver data. */
  publishedDescriptions: readonly string[];
  /** The cashier's calls to us. */
  calls: {
    read(body: string, contentType: 'json' | 'form'): ReadCall;
    answer(outcome: CallOutcome, why?: string): CashierAnswer;
    effect(status: Status, letter: Letter, mayRelease: boolean): CallEffect;
    /** The name of an ignored field of this length may have been cut. */
    nameCharsMax: number;
  };
};
