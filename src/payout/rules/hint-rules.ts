/**
 * Rules for events that only cause a poll, a wait or an attention item: hints, status requests
 * without a usable reply, holds, notifications and time. None of them changes a payout's status;
 * that is decided in judge.ts.
 */

import { clear, raise } from '../model/attention.ts';
import { applied, noted, type Rule } from '../model/decision.ts';
import type { Payout } from '../model/payout.ts';
import { isFinal } from '../model/status.ts';
import {
  countFailedPoll,
  countFruitlessPoll,
  countHint,
  foundOrder,
  pollImmediately,
} from '../policy/attempts-and-polls.ts';
import { isOurGateway } from '../policy/gateway.ts';
import { permissionOf } from '../policy/may-pay.ts';
import { nameOrder } from '../policy/order.ts';
import { showRefusedAccess } from './access.ts';

/**
 * Polls immediately; a later event or a second order raises an attention item. With another gateway
 * configured, the payout is not polled, and its order is not believed.
 */
export const callbackReceived: Rule<'callback_received'> = (payout, event, { now, gateway }) => {
  const { type, later, orderId } = event;
  const isOther = orderId !== undefined && isOtherOrder(payout, orderId);
  const reports = `A callback reports ${event.status} (${type ?? 'no type'})`;
  if (!isOurGateway(payout, gateway)) {
    // A repeat of what is stored changes nothing: the operator is told now, or never.
    const told = later || isOther ? raise(payout, 'later_event_reported', now, type) : payout;
    return applied(told, `${reports} while another gateway is configured; nothing is polled.`);
  }
  const summary = `${reports}; the status is polled.`;
  // The order exists, so payout-check must not leave again.
  // guard: callback-is-a-hint
  const found = orderId === undefined ? payout : foundOrder(payout);
  const isEnded = isFinal(payout.status);
  // The type is not signed: it raises nothing urgent, and it hides no other order, whose id is.
  const isReported = later || (isOther && isEnded);
  // A final payout without a bound order is polled for the order that the callback names.
  const isNamed = orderId !== undefined && !(isEnded && payout.gateway.orderId !== null);
  const named = isNamed ? nameOrder(found, orderId, now) : found;
  const shown = isReported ? raise(named, 'later_event_reported', now, type) : named;
  return applied(pollImmediately(countHint(shown, now), now), summary);
};

const isOtherOrder = ({ gateway }: Payout, orderId: string): boolean =>
  gateway.orderId !== null && gateway.orderId !== orderId;

/** Polls immediately. */
export const receiverReturned: Rule<'receiver_returned'> = (payout, _event, { now }) =>
  applied(pollImmediately(countHint(payout, now), now), 'The receiver returned from the form.');

/** Polls immediately; the usual rules decide what follows. */
export const pollNow: Rule<'look_asked'> = (payout, { by }, { now }) =>
  applied(pollImmediately(payout, now), `${by} requested an immediate status request.`);

/** Polls again later; rejected credentials raise an attention item. */
export const statusRequestFailed: Rule<'status_failed'> = (payout, event, { now }) => {
  const next = showRefusedAccess(countFailedPoll(payout), event, now);
  return applied(next, `The status request brought no reply (${event.cause}); it is retried.`);
};

/** Polls again later and raises an attention item. */
export const statusRequestRefused: Rule<'status_refused'> = (payout, event, { now }) => {
  const next = countFruitlessPoll(payout, event.requestedAt);
  const summary = `The gateway refused the status request (code ${event.code ?? 'none'}).`;
  // A lookup by client_orderid was requested before the order was found: its refusal means nothing.
  return event.byClientOrderId
    ? noted(next, summary)
    : applied(raise(next, 'access_refused', now), summary);
};

/** A final payout may have no order, so a refused lookup raises no attention item. */
export const ignoreRefusalAfterEnd: Rule<'status_refused'> = (payout, { requestedAt }) =>
  noted(
    countFruitlessPoll(payout, requestedAt),
    'A poll after the end: the gateway names no order.',
  );

/** Checks the hold again, because the payout may have moved on since, and raises its item. */
export const raiseHold: Rule<'held'> = (payout, { code }, context) => {
  const summary = `Held: ${code}.`;
  if (code === 'other_gateway') {
    return isOurGateway(payout, context.gateway)
      ? noted(payout, 'Its gateway is configured again.')
      : applied(raise(payout, code, context.now), summary);
  }
  if (code === 'row_altered') {
    return context.integrity === 'altered'
      ? applied(raise(payout, code, context.now), summary)
      : noted(payout, 'Its row is as the service wrote it again.');
  }
  // Before payout-check only the many refusals of the endpoint hold a payout.
  if (payout.status === 'requested' && code === 'checks_paused') {
    return applied(
      raise(payout, code, context.now),
      'payout-check waits: the gateway refused many payouts in a row.',
    );
  }
  if (code === 'receiver_unreadable') {
    return applied(
      raise(payout, code, context.now),
      'payout-check waits: no configured data key opens the receiver.',
    );
  }
  const permission = permissionOf(payout, context, code === 'paused');
  return permission.kind === 'hold' && permission.code === code
    ? applied(raise(payout, code, context.now), summary)
    : noted(payout, `No longer held: ${code}.`);
};

/** Clears the hold and polls immediately. */
export const resumePayout: Rule<'resumed'> = (payout, _event, { now, gateway, integrity }) => {
  const paid =
    integrity === 'altered' ? clear(payout, 'paused') : clear(payout, 'paused', 'row_altered');
  const next = isOurGateway(paid, gateway) ? clear(paid, 'other_gateway') : paid;
  return applied(pollImmediately(next, now), 'The payout is no longer held; the status is polled.');
};

/** Changes nothing: transition.ts decides an expiry before any rule. */
export const timePassed: Rule<'time_passed'> = (payout) => noted(payout, 'Time passed.');

/** Raises an attention item with the platform's answer, which never changes the payout's status. */
export const notificationDeadLettered: Rule<'notification_parked'> = (
  payout,
  { letter, answer },
  { now },
) =>
  applied(
    raise(payout, 'notification_parked', now, `${letter}: ${answer}`),
    `The notification ${letter} is dead-lettered.`,
  );

/** Clears the attention item of the dead-lettered notification. */
export const notificationDelivered: Rule<'notification_delivered'> = (payout, { letter }) =>
  applied(
    clear(payout, 'notification_parked'),
    `The platform acknowledged the dead-lettered ${letter}.`,
  );

/** Kept in the journal only: flow/api/redeliver.ts makes the notifications due. */
export const redeliveryRequested: Rule<'redelivery_asked'> = (payout, { letters, by }) =>
  noted(payout, `${by} requested the redelivery of ${letters}.`);

/** Kept in the journal only: the payout has ended. */
export const ignoreAfterEnd: Rule<'receiver_returned' | 'held' | 'resumed'> = (payout) =>
  noted(payout, 'The payout has ended; this changes nothing.');
