/**
 * One payout in each status, as examples in the document. A test checks each against the schema in
 * http/schema/payout.ts.
 */

import { type Status, statuses, statusFacts } from '../../payout/model/status.ts';
import type { PayoutBody } from '../schema/payout.ts';

const CREATED = '2030-01-15T09:30:00.000Z';
const LATER = '2030-01-15T09:30:12.000Z';

const base: PayoutBody = {
  id: 'po_01kz6w3h8fe2vs5m8q4c9t7r2d',
  reference: '1526773664',
  status: 'requested',
  final: false,
  money_moved: 'no',
  reason: null,
  amount: '100.50',
  currency: 'EUR',
  endpoint: 'default',
  release: 'automatic',
  receiver: {
    first_name: 'A***',
    last_name: 'L***',
    bank_account: { account_number: '****0001', bank_name: 'Analytical Bank' },
  },
  receiver_state: 'stored',
  description: 'Payout 1526773664',
  purpose: null,
  redirect_url: null,
  return_url: 'https://shop.example/back',
  gateway: {
    client_order_id: 'po_01kz6w3h8fe2vs5m8q4c9t7r2d',
    order_id: null,
    stage: null,
    processor_tx_id: null,
    amount: null,
    currency: null,
  },
  authorization: { required: false, authorized_at: null, by: null, expires_at: null },
  attention: null,
  stalled: false,
  allowed_actions: ['deauthorize', 'cancel'],
  cashier: { pin: '7', front_end_name: 'TEST EUR', site_id: 170, trace_id: '751254' },
  metadata: { order: '42' },
  version: 1,
  next_check_at: CREATED,
  created_at: CREATED,
  updated_at: CREATED,
  finalized_at: null,
};

const at = (stage: string): PayoutBody['gateway'] => ({
  ...base.gateway,
  order_id: '7001234',
  stage,
  amount: '100.50',
  currency: 'EUR',
});

const paidAt = (stage: string): PayoutBody['gateway'] => ({
  ...at(stage),
  processor_tx_id: 'TX-9',
});

const waits: Partial<PayoutBody> = {
  release: 'on_authorization',
  authorization: {
    required: true,
    authorized_at: null,
    by: null,
    expires_at: '2030-02-14T09:30:00.000Z',
  },
  allowed_actions: ['authorize', 'cancel'],
};

const because = (
  source: 'gateway' | 'platform' | 'cashier' | 'expiry',
  message: string,
  code: string | null = null,
) => ({ source, code, message });

/** What differs from the base in each status, beyond the facts of the status itself. */
const differences: Record<Status, Partial<PayoutBody>> = {
  requested: {},
  checking: { version: 2 },
  bank_confirming: { version: 3, gateway: at('payout_check_validating') },
  bank_confirmed: { ...waits, version: 4, gateway: at('payout_check_validated') },
  paying: { version: 5, gateway: at('payout_check_validated') },
  processing: { version: 6, gateway: at('payout_processing') },
  awaiting_receiver: {
    version: 7,
    gateway: at('payout_processing'),
    redirect_url: 'https://gateway.example/form/7001234',
  },
  approved: { version: 7, gateway: paidAt('payout_approved') },
  declined: {
    version: 7,
    gateway: at('payout_declined'),
    reason: because('gateway', 'The bank declined.', '1007'),
  },
  filtered: {
    version: 4,
    gateway: at('payout_check_filtered'),
    reason: because('gateway', 'Refused by the fraud control.', '2001'),
  },
  error: {
    version: 4,
    gateway: at('payout_check_chain_error'),
    reason: because('gateway', 'The bank cannot be reached.', '3001'),
  },
  canceled: {
    version: 5,
    gateway: at('payout_check_validated'),
    reason: because('platform', 'Canceled by platform.'),
  },
  rejected: {
    version: 5,
    gateway: at('payout_check_validated'),
    reason: because('cashier', 'Rejected by the cashier.'),
  },
  expired: {
    ...waits,
    version: 5,
    gateway: at('payout_check_validated'),
    reason: because('expiry', 'It was not authorized in time.'),
  },
};

function exampleIn(status: Status): PayoutBody {
  const { final, moneyMoved, beforePay } = statusFacts[status];
  return {
    ...base,
    allowed_actions: beforePay ? ['deauthorize', 'cancel'] : [],
    ...differences[status],
    ...(final ? { allowed_actions: [], finalized_at: LATER, next_check_at: null } : {}),
    status,
    final,
    money_moved: moneyMoved,
    updated_at: status === 'requested' ? CREATED : LATER,
  };
}

export const payoutExamples: Readonly<Record<Status, PayoutBody>> = Object.fromEntries(
  statuses.map((status) => [status, exampleIn(status)]),
) as Record<Status, PayoutBody>;

/** A request that leads to such a payout. */
export const createExample = {
  reference: base.reference,
  amount: base.amount,
  currency: base.currency,
  release: 'automatic',
  description: base.description,
  receiver: {
    first_name: 'Ada',
    last_name: 'Lovelace',
    bank_account: { account_number: 'DE00123456780001', bank_name: 'Analytical Bank' },
  },
  return_url: base.return_url,
  cashier: base.cashier,
  metadata: base.metadata,
};
