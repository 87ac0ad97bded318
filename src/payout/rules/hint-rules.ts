/**
 * Rules for what only makes us ask, wait or look: callbacks, a returning receiver, status requests
 * that brought nothing, holds, and time. None of them moves a payout.
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

export const hint: Rule<'callback_received'> = (payout, event, { now, gateway }) => {
  const { type, later, orderId } = event;
  if (!isOurGateway(payout, gateway)) {
    return noted(payout, 'A callback of another gateway than the one that the payout belongs to.');
  }
  const says = `A callback says ${event.status} (${type ?? 'no type'}); the status is requested.`;
  // The order exists, so that payout-check does not leave again for want of it.
  // guard: callback-is-a-hint
  const found = orderId === undefined ? payout : foundOrder(payout);
  const isOther = orderId !== undefined && isOtherOrder(payout, orderId);
  const isEnded = isFinal(payout.status);
  // The type is not signed: it neither alarms, nor hides another order, which is signed.
  const isReported = later || (isOther && isEnded);
  // After the end an order that is known only by this makes the payout worth asking about.
  const isNamed = orderId !== undefined && !(isEnded && payout.gateway.orderId !== null);
  const named = isNamed ? nameOrder(found, orderId, now) : found;
  const shown = isReported ? raise(named, 'later_event_reported', now, type) : named;
  return applied(pollImmediately(countHint(shown, now), now), says);
};

const isOtherOrder = ({ gateway }: Payout, orderId: string): boolean =>
  gateway.orderId !== null && gateway.orderId !== orderId;

export const back: Rule<'receiver_returned'> = (payout, _event, { now }) =>
  applied(pollImmediately(countHint(payout, now), now), 'The receiver came back from the form.');

export const look: Rule<'look_asked'> = (payout, { by }, { now }) =>
  applied(pollImmediately(payout, now), `${by} wants it looked at now.`);

export const failed: Rule<'status_failed'> = (payout, event, { now }) => {
  const next = showRefusedAccess(countFailedPoll(payout), event, now);
  return applied(next, `The status request brought nothing (${event.cause}); it is asked again.`);
};

export const misled: Rule<'status_refused'> = (payout, event, { now }) => {
  const next = countFruitlessPoll(payout, event.askedAt);
  const says = `The gateway refused the status request (code ${event.code ?? 'none'}).`;
  // A lookup without the order's id was asked before the order was found, and is no news.
  return event.byClientOrderId
    ? noted(next, says)
    : applied(raise(next, 'access_refused', now), says);
};

/** A final payout may have no order at all, so a refused lookup is nothing to tell anybody. */
export const unheard: Rule<'status_refused'> = (payout, { askedAt }) =>
  noted(countFruitlessPoll(payout, askedAt), 'Watched after the end: the gateway names no order.');

/** Judged anew, since the payout may have moved on after the hold was seen. */
export const hold: Rule<'held'> = (payout, { code }, context) => {
  const says = `Held: ${code}.`;
  if (code === 'other_gateway') {
    return isOurGateway(payout, context.gateway)
      ? noted(payout, 'Its gateway is configured again.')
      : applied(raise(payout, code, context.now), says);
  }
  // Before payout-check only the endpoint's many refusals hold a payout.
  if (payout.status === 'requested' && code === 'checks_paused') {
    return applied(
      raise(payout, code, context.now),
      'payout-check waits: the gateway refused many in a row.',
    );
  }
  const permission = permissionOf(payout, context, code === 'paused');
  return permission.kind === 'hold' && permission.code === code
    ? applied(raise(payout, code, context.now), says)
    : noted(payout, `No longer held: ${code}.`);
};

export const unhold: Rule<'resumed'> = (payout, _event, { now, gateway }) => {
  const paid = clear(payout, 'paused');
  const next = isOurGateway(paid, gateway) ? clear(paid, 'other_gateway') : paid;
  return applied(pollImmediately(next, now), 'It goes on again; the status is requested.');
};

/** Whether time has run out is decided before any rule, so nothing is left to decide here. */
export const tick: Rule<'time_passed'> = (payout) => noted(payout, 'Time passed.');

/** The platform's answer never changes what became of the payout: it is only shown. */
export const unheeded: Rule<'notification_parked'> = (payout, { letter, answer }, { now }) =>
  applied(
    raise(payout, 'notification_parked', now, `${letter}: ${answer}`),
    `The letter ${letter} is parked.`,
  );

export const heeded: Rule<'notification_delivered'> = (payout, { letter }) =>
  applied(clear(payout, 'notification_parked'), `The platform took ${letter} after all.`);

export const resend: Rule<'redelivery_asked'> = (payout, { letters, by }) =>
  noted(payout, `${by} had the letters ${letters} sent again.`);

/** Kept in the journal; the payout is past the point where it could matter. */
export const keep: Rule<'receiver_returned' | 'held' | 'resumed'> = (payout) =>
  noted(payout, 'Noted; the payout has moved on.');
