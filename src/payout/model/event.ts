/**
 * What can happen to a payout: facts from the gateway, words from people, and time. Each names its
 * source; none says what follows from it, which is the table's business.
 */

import type { Instant } from '../../lib/clock.ts';
import type { Attention, AttentionCode } from './attention.ts';
import type { Letter } from './letter.ts';
import type { StatusReply } from './reply.ts';
import type { Intent, Sequence } from './tracking.ts';

type Source = 'api' | 'cashier';

export type PayoutEvent =
  | { kind: 'check_intended'; intent: Intent; requestHash: string }
  | { kind: 'check_accepted'; intentId: string; orderId: string; serialNumber: string | null }
  | { kind: 'check_refused'; intentId: string; code: string | null; message: string | null }
  | { kind: 'check_not_sent'; intentId: string; cause: string }
  | {
      kind: 'check_unknown';
      intentId: string;
      cause: string;
      /** Where the gateway turned payout-check away; 401 and 403 speak of our credentials. */
      httpStatus?: number;
      clockSkewMs?: number;
    }
  | { kind: 'pay_intended'; intent: Intent; requestHash: string; paused: boolean }
  | {
      kind: 'pay_accepted';
      intentId: string;
      orderId: string | null;
      serialNumber: string | null;
    }
  | { kind: 'pay_not_sent'; intentId: string; cause: string }
  | {
      kind: 'pay_unknown';
      intentId: string;
      cause: string;
      /** Where the gateway, or a filter before it, rejected the call, maybe after its effect. */
      httpStatus?: number;
      clockSkewMs?: number;
    }
  | { kind: 'status_reported'; askedAt: Instant; asOf: Sequence; reply: StatusReply }
  | {
      kind: 'status_refused';
      askedAt: Instant;
      asOf: Sequence;
      byClientOrderId: boolean;
      code: string | null;
      message: string | null;
      /** When a known order of this gateway was last answered well; null where none was asked. */
      knownAnsweredAt?: Instant | null;
    }
  | {
      kind: 'status_failed';
      askedAt: Instant;
      cause: string;
      httpStatus: number | null;
      clockSkewMs?: number;
    }
  | {
      kind: 'callback_received';
      status: string;
      type: string | null;
      later: boolean;
      /** The order it names: another one than ours is a second order, whatever its status. */
      orderId?: string;
    }
  | { kind: 'receiver_returned' }
  | { kind: 'authorized'; by: string; source: Source }
  | { kind: 'canceled'; by: string; source: Source }
  | { kind: 'rejected'; by: string }
  | {
      kind: 'cashier_reported';
      letter: Letter;
      by: string;
      /** False where anybody may call as the cashier: then nothing urgent comes of it. */
      isAuthenticated: boolean;
    }
  | {
      kind: 'resolved';
      finding: Finding;
      evidence: string;
      name: string;
      /** The API key, or the command line, that said it. */
      by: string;
      /** When the status request before this was made; nothing is resolved without one. */
      askedAt: Instant;
      /** The sequence that it carried. */
      asOf: Sequence;
    }
  /** A person lets a second payout-check go where no known order shows that lookups work. */
  | { kind: 'check_released'; by: string }
  | { kind: 'acknowledged'; code: Attention['code']; by: string }
  | { kind: 'held'; code: AttentionCode }
  | { kind: 'resumed' }
  | {
      kind: 'notification_parked';
      letter: Letter;
      /** The platform's own words, or why nothing was heard of it. */
      answer: string;
    }
  | { kind: 'notification_delivered'; letter: Letter }
  | { kind: 'look_asked'; by: string }
  | { kind: 'redelivery_asked'; letters: string; by: string }
  | { kind: 'time_passed' };

export const findings = ['paid', 'not_paid', 'no_order'] as const;
export type Finding = (typeof findings)[number];

export type EventKind = PayoutEvent['kind'];
type EventByKind = { [E in PayoutEvent as E['kind']]: E };
export type EventOf<K extends EventKind> = EventByKind[K];

/** One plain sentence for each kind, for people who read the generated table. */
export const eventMeanings: Record<EventKind, string> = {
  check_intended: 'payout-check is about to be sent',
  check_accepted: 'the gateway took payout-check and named its order',
  check_refused: 'the gateway refused payout-check as invalid',
  check_not_sent: 'payout-check certainly did not leave',
  check_unknown: 'nobody knows whether payout-check arrived',
  pay_intended: 'payout-pay is about to be sent',
  pay_accepted: 'the gateway took payout-pay',
  pay_not_sent: 'payout-pay certainly did not leave',
  pay_unknown: 'nobody knows whether payout-pay arrived',
  status_reported: 'a status reply of the gateway',
  status_refused: 'the gateway refused a status request as invalid',
  status_failed: 'a status request brought nothing readable',
  callback_received: 'a verified callback of the gateway',
  receiver_returned: "the receiver's browser came back from the gateway's form",
  authorized: 'somebody authorized the payout',
  canceled: 'somebody canceled the payout',
  rejected: 'the cashier rejected the payout',
  cashier_reported: 'the cashier reported a letter that moves nothing',
  resolved: 'a person decided what became of the payout',
  check_released: 'a person let a second payout-check go',
  acknowledged: 'a person has seen an attention item',
  held: 'a guard of payout-pay holds the payout',
  resumed: 'payments that were paused go on again',
  notification_parked: 'a letter was given up, or refused by the platform',
  notification_delivered: 'the last parked letter was taken by the platform after all',
  look_asked: 'a person wants the payout looked at now',
  redelivery_asked: 'a person had parked and later letters sent again',
  time_passed: 'the payout came due without anything to ask',
};
