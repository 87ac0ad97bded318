/**
 * The notifications of a change: one for each status letter, with the body that is stored and sent.
 * This file is pure and is called inside the decision's write. A notification is written for every
 * letter, whatever the variables of the writing process. Whether it is sent is decided when it is
 * due, by the claim in store/notifications/notification-leases.ts. Which letters a change has is
 * decided in payout/rules/notify.ts.
 */

import type { PayoutEvent } from '../../payout/model/event.ts';
import type { Letter } from '../../payout/model/letter.ts';
import type { Payout } from '../../payout/model/payout.ts';
import type { RequestDetails } from '../../store/payouts/columns.ts';
import type { NewNotification } from '../../store/payouts/outbox.ts';
import { claimedName } from '../cashier-name.ts';
import type { AppContext } from '../context.ts';

/** Who caused the change, for the platform's field UpdatedBy. */
export function updatedBy(event: PayoutEvent, { status, authorization, tracking }: Payout): string {
  // Whichever event came first after the expiry time, the time ended the payout.
  if (status === 'expired') return 'expiry';
  if (event.kind === 'resolved' || event.kind === 'resolved_unseen') return 'operator';
  if (event.kind === 'canceled' || event.kind === 'rejected') return claimedName(event.by);
  // An answer of the gateway only carries out the stop wish of a client or the cashier.
  const { stopWish } = tracking;
  if (stopWish !== null && status === stopWish.status) return claimedName(stopWish.by);
  // The name of the authorization; an automatic payout is released by the bank's confirmation.
  if (event.kind === 'pay_intended') return claimedName(authorization.by ?? 'gateway');
  return 'gateway';
}

/**
 * The processor's id of the payment, else the gateway's order id; null before the gateway accepted
 * payout-pay.
 */
function transactionId({ gateway, tracking }: Payout, letter: Letter): string | null {
  if (letter === 'A' || !tracking.lettersSent.includes('P')) return null;
  return gateway.processorTxId ?? gateway.orderId;
}

/**
 * The notifications of a decision's letters. A payout that was created without a `cashier`, before
 * the installation notified a platform, has no PIN and gets no notifications.
 */
export function notificationsOf(
  { dialect }: Pick<AppContext, 'dialect'>,
  change: {
    payout: Payout;
    details: Pick<RequestDetails, 'cashier'>;
    event: PayoutEvent;
    letters: readonly Letter[];
  },
): NewNotification[] {
  const { payout, event } = change;
  const { pin, front_end_name: frontEndName, ...cashier } = change.details.cashier ?? {};
  if (pin === undefined || frontEndName === undefined) return [];
  return change.letters.map((letter) => ({
    // Each letter occurs once in a payout's life, so this id is unique.
    id: `${payout.id}_${letter}`,
    position: payout.tracking.lettersSent.indexOf(letter),
    letter,
    body: dialect.write({
      siteId: cashier.site_id ?? null,
      frontEndName,
      pin,
      traceId: cashier.trace_id ?? null,
      transactionId: transactionId(payout, letter),
      letter,
      reference: payout.reference,
      updatedBy: updatedBy(event, payout),
      money: payout.money,
    }),
  }));
}
