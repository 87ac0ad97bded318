/**
 * Everything that can happen to a payout: facts from the gateway, commands of clients, operators
 * and the cashier, and time. What follows from an event is decided in payout/table.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import type { Attention, AttentionCode } from './attention.ts';
import type { Letter } from './letter.ts';
import type { StatusReply } from './reply.ts';
import type { Intent, Sequence } from './tracking.ts';

type Source = 'api' | 'cashier';

/**
 * What an answer of the gateway says about our credentials. Events from before `accessRefused` do
 * not have it; the journal keeps them, and no rule reads them again.
 */
export type RefusedAccess = {
  /** The answer refuses our login, our signature or the time in it. */
  accessRefused?: true;
  /**
   * How far our clock is ahead of the gateway's, negative for behind; absent if both nearly agree.
   */
  clockSkewMs?: number;
};

export type PayoutEvent =
  | { kind: 'check_intended'; intent: Intent; requestHash: string }
  | { kind: 'check_accepted'; intentId: string; orderId: string; serialNumber: string | null }
  | { kind: 'check_refused'; intentId: string; code: string | null; message: string | null }
  | { kind: 'check_not_sent'; intentId: string; cause: string }
  | ({
      kind: 'check_unknown';
      intentId: string;
      cause: string;
      /** The status of the gateway's rejection, for the journal. */
      httpStatus?: number;
    } & RefusedAccess)
  | { kind: 'pay_intended'; intent: Intent; requestHash: string; paused: boolean }
  | {
      kind: 'pay_accepted';
      intentId: string;
      orderId: string | null;
      serialNumber: string | null;
    }
  | { kind: 'pay_not_sent'; intentId: string; cause: string }
  | ({
      kind: 'pay_unknown';
      intentId: string;
      cause: string;
      /** The status of a rejection by the gateway or a filter before it, maybe after the effect. */
      httpStatus?: number;
    } & RefusedAccess)
  | { kind: 'status_reported'; requestedAt: Instant; asOf: Sequence; reply: StatusReply }
  | {
      kind: 'status_refused';
      requestedAt: Instant;
      asOf: Sequence;
      byClientOrderId: boolean;
      code: string | null;
      message: string | null;
      /** When the gateway last answered a poll of a known order; null if none was polled. */
      knownAnsweredAt?: Instant | null;
    }
  | ({
      kind: 'status_failed';
      requestedAt: Instant;
      cause: string;
      httpStatus: number | null;
    } & RefusedAccess)
  | {
      kind: 'callback_received';
      status: string;
      type: string | null;
      later: boolean;
      /** The order it names. Any other order than ours is a second order, whatever its status. */
      orderId?: string;
    }
  | { kind: 'receiver_returned' }
  | { kind: 'authorized'; by: string; source: Source }
  /** The release is taken back: an authorization, or that of an `automatic` payout. */
  | { kind: 'deauthorized'; by: string }
  | { kind: 'canceled'; by: string; source: Source }
  | { kind: 'rejected'; by: string }
  | {
      kind: 'cashier_reported';
      letter: Letter;
      by: string;
      /** False if the cashier's calls are not authenticated: they then raise nothing urgent. */
      isAuthenticated: boolean;
    }
  | {
      kind: 'resolved';
      finding: Finding;
      evidence: string;
      name: string;
      /** The API key, or the command line, that sent it. */
      by: string;
      /** When the preceding status request was made; no payout is resolved without one. */
      requestedAt: Instant;
      /** The sequence that it carried. */
      asOf: Sequence;
    }
  /** The first operator's half of a finding without the gateway. */
  | { kind: 'resolve_proposed'; finding: UnseenFinding; evidence: string; by: string }
  /** Two operators decide, with two API keys, what became of a payout whose gateway is gone. */
  | {
      kind: 'resolved_unseen';
      finding: UnseenFinding;
      evidence: string;
      proposedBy: string;
      /** The API key of the first one; the key of the second is next to each journal entry. */
      proposedKey: string;
      by: string;
    }
  /** The operator releases a second payout-check where no known order shows that lookups work. */
  | { kind: 'check_released'; by: string }
  | { kind: 'acknowledged'; code: Attention['code']; by: string }
  | { kind: 'held'; code: AttentionCode }
  | { kind: 'resumed' }
  | {
      kind: 'notification_parked';
      letter: Letter;
      /** The platform's answer, or the reason why there is none. */
      answer: string;
    }
  | { kind: 'notification_delivered'; letter: Letter }
  | { kind: 'look_asked'; by: string }
  | { kind: 'redelivery_asked'; letters: string; by: string }
  | { kind: 'time_passed' };

export const findings = ['paid', 'not_paid', 'no_order'] as const;
export type Finding = (typeof findings)[number];

/** Only a gateway can say that it has no order. */
export const unseenFindings = ['paid', 'not_paid'] as const;
export type UnseenFinding = (typeof unseenFindings)[number];

export type EventKind = PayoutEvent['kind'];
type EventByKind = { [E in PayoutEvent as E['kind']]: E };
export type EventOf<K extends EventKind> = EventByKind[K];

/** The meaning of each kind, for readers of docs/payout-states.md. */
export const eventMeanings: Record<EventKind, string> = {
  check_intended: 'payout-check is about to be sent',
  check_accepted: 'the gateway accepted payout-check and named its order',
  check_refused: 'the gateway refused payout-check as invalid',
  check_not_sent: 'payout-check certainly did not leave',
  check_unknown: 'it is unknown whether payout-check arrived',
  pay_intended: 'payout-pay is about to be sent',
  pay_accepted: 'the gateway accepted payout-pay',
  pay_not_sent: 'payout-pay certainly did not leave',
  pay_unknown: 'it is unknown whether payout-pay arrived',
  status_reported: 'the gateway answered a status request',
  status_refused: 'the gateway refused a status request as invalid',
  status_failed: 'a status request brought no readable reply',
  callback_received: 'the gateway sent a verified callback',
  receiver_returned: "the receiver's browser returned from the gateway's form",
  authorized: 'a client or the cashier authorized the payout',
  deauthorized: 'a client took the authorization back',
  canceled: 'a client or the cashier canceled the payout',
  rejected: 'the cashier rejected the payout',
  cashier_reported: 'the cashier reported a status letter that is no command',
  resolved: 'the operator decided what became of the payout',
  resolve_proposed: 'an operator proposed what became of a payout without the gateway',
  resolved_unseen: 'two operators decided what became of a payout without the gateway',
  check_released: 'the operator released a second payout-check',
  acknowledged: 'the operator acknowledged an attention item',
  held: 'a hold keeps the payout from being sent or paid',
  resumed: 'a pause, the hold for another gateway, or that for an altered row, ended',
  notification_parked: 'a notification was dead-lettered: refused or not acknowledged',
  notification_delivered: 'the platform acknowledged the last dead-lettered notification',
  look_asked: 'the operator requested a status request now',
  redelivery_asked: 'the operator requested a redelivery of dead-lettered and later notifications',
  time_passed: 'the payout came due, and no request was needed',
};
