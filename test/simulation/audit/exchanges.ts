/**
 * What the exchanges with the gateway say, read by the audit: which replies the service really got,
 * and what they said about one order.
 */

import type { Exchange } from '../network.ts';
import { formatCents } from './money.ts';

export type Told = Exchange & { told: NonNullable<Exchange['told']> };

export const wasTold = (exchange: Exchange): exchange is Told => exchange.told !== null;

const field = ({ told }: Told, name: string): string | null => told.fields?.[name] ?? null;

/**
 * A reply to a status request that is about this payout, and about this order where one is named. A
 * reply that names neither is about no order.
 */
export function isStatusOf(exchange: Exchange, id: string, orderId: string | null): boolean {
  if (exchange.command !== 'status' || !wasTold(exchange)) return false;
  if (exchange.told.httpStatus !== 200 || field(exchange, 'type') !== 'status-response')
    return false;
  const named = field(exchange, 'merchant-order-id');
  const order = field(exchange, 'paynet-order-id');
  if (named === null && order === null) return false;
  if (named !== null && named !== id) return false;
  return orderId === null || order === null || order === orderId;
}

/** Whether it says that payout-pay may be sent for this order and this amount. */
export function saysValidated(exchange: Exchange, orderId: string, amountMinor: bigint): boolean {
  if (!wasTold(exchange)) return false;
  return (
    field(exchange, 'status') === 'processing' &&
    field(exchange, 'order-stage') === 'payout_check_validated' &&
    field(exchange, 'paynet-order-id') === orderId &&
    field(exchange, 'amount') === formatCents(amountMinor) &&
    field(exchange, 'transaction-type') === 'payout'
  );
}

export const statusOf = (exchange: Exchange): string | null =>
  wasTold(exchange) ? field(exchange, 'status') : null;

export const isLater = (exchange: Exchange): boolean =>
  wasTold(exchange) && /reversal|chargeback/.test(field(exchange, 'transaction-type') ?? '');

export const isRefusal = (exchange: Exchange): boolean =>
  wasTold(exchange) && field(exchange, 'type') === 'validation-error';

/** Refused with one of the codes that stand for an order that is not there. */
export const isCoded = (exchange: Exchange, codes: readonly string[]): boolean =>
  isRefusal(exchange) && wasTold(exchange) && codes.includes(field(exchange, 'error-code') ?? '');
