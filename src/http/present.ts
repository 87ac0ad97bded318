/**
 * Maps a stored payout to its public shape; no other file does. Receiver data is shown only masked.
 * The shape is declared in schema/payout.ts, the masks are decided in payout/model/receiver.ts.
 */

import { type AppContext, contextOf } from '../flow/context.ts';
import { tryOpening } from '../flow/receiver.ts';
import { allowedActions } from '../payout/allowed-actions.ts';
import { type Attention, factsOfAttention, foremost } from '../payout/model/attention.ts';
import { formatMoney } from '../payout/model/money.ts';
import type { Payout } from '../payout/model/payout.ts';
import { maskReceiver } from '../payout/model/receiver.ts';
import { statusFacts } from '../payout/model/status.ts';
import { isUnderstood, type ShownPayout } from '../store/payouts/rows.ts';
import type { PayoutBody } from './schema/payout.ts';

const timeText = (at: number): string => new Date(at).toISOString();
const timeOrNull = (at: number | null): string | null => (at === null ? null : timeText(at));

function isStalled({ status, statusSince }: Payout, now: number): boolean {
  const { stalledAfterMs } = statusFacts[status];
  return stalledAfterMs !== null && now - statusSince > stalledAfterMs;
}

function presentAttention(attention: readonly Attention[]): PayoutBody['attention'] {
  const entry = foremost(attention);
  if (entry === null) return null;
  const { severity, message, action } = factsOfAttention(entry.code);
  const detail = entry.detail === null ? '' : ` (${entry.detail})`;
  return {
    code: entry.code,
    severity,
    since: timeText(entry.since),
    message: `${message}${detail} ${action}`,
    acknowledged_by: entry.acknowledgedBy,
  };
}

/** The fields that need a state which this version understands. A newer state offers no actions. */
function presentState(
  app: AppContext,
  shown: ShownPayout,
  now: number,
): Pick<PayoutBody, 'final' | 'stalled' | 'allowed_actions'> {
  const final = shown.payout.finalizedAt !== null;
  if (!isUnderstood(shown)) return { final, stalled: false, allowed_actions: [] };
  const { payout } = shown;
  return {
    final,
    stalled: isStalled(payout, now),
    allowed_actions: allowedActions(payout, contextOf(app, shown, now)),
  };
}

/** Empty where the row does not tell it: any number would be a guess. */
export function amountOf({ money }: ShownPayout['payout']): string {
  const { decimals } = money;
  return decimals === null ? '' : formatMoney({ ...money, decimals });
}

/**
 * The payout in its public shape at the time `at`, in milliseconds. A payout whose receiver cannot
 * be decrypted, or whose row cannot be read, is shown without its receiver, so that one such payout
 * does not break a whole list.
 */
export function presentPayout(
  app: AppContext,
  stored: ShownPayout,
  at: number = app.clock.now(),
): PayoutBody {
  const { payout, details } = stored;
  const { gateway, authorization } = payout;
  const receiver = tryOpening(app, stored);
  return {
    id: payout.id,
    reference: payout.reference,
    status: payout.status,
    money_moved: payout.moneyMoved,
    reason: payout.reason,
    amount: amountOf(payout),
    currency: payout.money.currency,
    endpoint: payout.endpoint,
    release: payout.release,
    receiver: maskReceiver(receiver ?? {}),
    receiver_state: receiver === null ? 'unreadable' : 'stored',
    description: details.description,
    purpose: details.purpose,
    redirect_url: gateway.redirectUrl,
    return_url: details.returnUrl,
    gateway: {
      client_order_id: payout.clientOrderId,
      order_id: gateway.orderId,
      amount: gateway.amount,
      currency: gateway.currency,
      stage: gateway.stage,
      processor_tx_id: gateway.processorTxId,
    },
    authorization: {
      required: payout.release === 'on_authorization' || authorization.withheld,
      authorized_at: timeOrNull(authorization.authorizedAt),
      by: authorization.by,
      expires_at: timeOrNull(authorization.expiresAt),
    },
    attention: presentAttention(payout.attention),
    ...presentState(app, stored, at),
    cashier: details.cashier,
    metadata: details.metadata,
    version: payout.version,
    next_check_at: timeOrNull(stored.dueAt),
    created_at: timeText(payout.createdAt),
    updated_at: timeText(stored.updatedAt),
    finalized_at: timeOrNull(payout.finalizedAt),
  };
}
