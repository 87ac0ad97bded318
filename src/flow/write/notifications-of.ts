/**
 * What the platform is told of a change: one notification for each letter, with the body that is
 * stored and sent. Pure; called inside the decision's write. Every letter is written, whatever the
 * variables of the writing process: whether it is wanted is decided when it is due, by the claim in
 * store/notification-leases.ts.
 */

import type { PayoutEvent } from '../../payout/model/event.ts';
import type { Letter } from '../../payout/model/letter.ts';
import type { Payout } from '../../payout/model/payout.ts';
import type { NewNotification } from '../../store/payouts/outbox.ts';
import type { RequestDetails } from '../../store/payouts/rows.ts';
import { claimedName } from '../cashier-name.ts';
import type { AppContext } from '../context.ts';

/** Who caused the change, in the platform's field UpdatedBy. */
export function updatedBy(event: PayoutEvent, { status, authorization }: Payout): string {
  // Whatever event came first after the time, it was the time that ended the payout.
  if (status === 'expired') return 'expiry';
  if (event.kind === 'resolved') return 'operator';
  if (event.kind === 'canceled' || event.kind === 'rejected') return claimedName(event.by);
  // Released by whoever authorized it; an automatic one by the bank's word alone.
  if (event.kind === 'pay_intended') return claimedName(authorization.by ?? 'gateway');
  return 'gateway';
}

/**
 * The processor's id of the payment, else the gateway's order id; nothing before payout-pay is
 * taken.
 */
function transactionId({ gateway, tracking }: Payout, letter: Letter): string | null {
  if (letter === 'A' || !tracking.lettersSent.includes('P')) return null;
  return gateway.processorTxId ?? gateway.orderId;
}

/**
 * The notifications of a decision's letters. A payout that was created without a `cashier`, before
 * there was a platform to notify, has no PIN to write and is not notified.
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
    // Each letter is told once in a payout's life, so that this names the message.
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
