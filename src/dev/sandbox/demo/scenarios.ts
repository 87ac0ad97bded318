/**
 * The payouts of the demo: one for every ending, with the actions of the client and the expected
 * end.
 */

import type { Status } from '../../../payout/model/status.ts';

export type Deed = 'authorize' | 'cancel' | 'fill_form' | 'cashier_authorizes' | 'cashier_rejects';

export type Scenario = {
  name: string;
  amount: string;
  release: 'automatic' | 'on_authorization';
  /** The action of the client, and the status in which it acts. */
  action: { status: Status; act: Deed } | null;
  ends: Status;
  moneyMoved: 'yes' | 'no' | 'unknown';
  /** The status letters that the platform must have received, in this order. */
  letters: string;
  /** An open payout with this attention item counts as ended in this demo. */
  attention: string | null;
};

const scenario = (
  name: string,
  amount: string,
  ends: Status,
  moneyMoved: Scenario['moneyMoved'],
  letters: string,
  more: Partial<Scenario> = {},
): Scenario => ({
  name,
  amount,
  ends,
  moneyMoved,
  letters,
  release: 'automatic',
  action: null,
  attention: null,
  ...more,
});

/** The cents choose the simulated bank's behaviour (`simulator/bank/magic-amounts.ts`). */
export const scenarios: readonly Scenario[] = [
  scenario('approved', '100.00', 'approved', 'yes', 'APY'),
  scenario('authorized', '120.00', 'approved', 'yes', 'APY', {
    release: 'on_authorization',
    action: { status: 'bank_confirmed', act: 'authorize' },
  }),
  scenario('form', '130.07', 'approved', 'yes', 'APY', {
    action: { status: 'awaiting_receiver', act: 'fill_form' },
  }),
  scenario('unknown, then approved', '140.06', 'approved', 'yes', 'APY'),
  scenario('one route declined', '150.11', 'approved', 'yes', 'APY'),
  scenario('declined at the check', '160.01', 'declined', 'no', 'J'),
  scenario('refused as invalid', '170.09', 'declined', 'no', 'J'),
  scenario('declined after pay', '180.02', 'declined', 'no', 'APJ'),
  scenario('filtered', '190.03', 'filtered', 'no', 'APJ'),
  scenario('failed', '200.05', 'error', 'no', 'APJ'),
  scenario('canceled in time', '210.00', 'canceled', 'no', 'C', {
    release: 'on_authorization',
    action: { status: 'bank_confirmed', act: 'cancel' },
  }),
  scenario("the cashier's A", '120.10', 'approved', 'yes', 'APY', {
    release: 'on_authorization',
    action: { status: 'bank_confirmed', act: 'cashier_authorizes' },
  }),
  scenario("the cashier's J", '210.20', 'rejected', 'no', 'J', {
    release: 'on_authorization',
    action: { status: 'bank_confirmed', act: 'cashier_rejects' },
  }),
  scenario('never validated', '220.08', 'canceled', 'no', 'C', {
    action: { status: 'bank_confirming', act: 'cancel' },
  }),
  scenario('error, result unknown', '230.04', 'processing', 'unknown', 'AP', {
    attention: 'gateway_error',
  }),
];
