/**
 * What a cashier's letter does to a payout in each status, and how it is answered. Only the table:
 * flow/platform/take-update-payout.ts applies it, and whether a payout needs an authorization is on
 * its row.
 */

import type { CallEffect } from '../flow/platform/dialect.ts';
import type { Letter } from '../payout/model/letter.ts';
import type { Status } from '../payout/model/status.ts';

export type CashierCell = {
  /** 0: done or already so; 4: refused. */
  answer: 0 | 4;
  act: CallEffect['act'];
};

type Row = Readonly<Record<Letter, CashierCell>>;

const alreadySo: CashierCell = { answer: 0, act: 'none' };
const recorded: CashierCell = { answer: 0, act: 'record' };
const stopped: CashierCell = { answer: 0, act: 'stop' };
const refused: CashierCell = { answer: 4, act: 'none' };

const beforePay: Row = {
  A: { answer: 0, act: 'authorize' },
  P: recorded,
  // The platform paid by other means: paying too would pay twice.
  Y: { answer: 0, act: 'withhold' },
  J: stopped,
  C: stopped,
};

/** The money may be on its way: no call of the cashier can stop it. */
const afterPay: Row = { A: alreadySo, P: alreadySo, Y: recorded, J: refused, C: refused };

/** The receiver is paid; a platform that booked J or C would hand the money out again. */
const paid: Row = { A: alreadySo, P: alreadySo, Y: alreadySo, J: refused, C: refused };

/** Ended without payment. Y means that the cashier believes in one. */
const unpaid: Row = { A: refused, P: refused, Y: refused, J: alreadySo, C: alreadySo };

export const cashierTable: Readonly<Record<Status, Row>> = {
  requested: beforePay,
  checking: beforePay,
  bank_confirming: beforePay,
  bank_confirmed: beforePay,
  paying: afterPay,
  processing: afterPay,
  awaiting_receiver: afterPay,
  approved: paid,
  declined: unpaid,
  filtered: unpaid,
  error: unpaid,
  canceled: unpaid,
  rejected: unpaid,
  expired: unpaid,
};

/**
 * The cell for a letter to this payout. The cashier's `A` releases a payout that was created by an
 * API key restricted to on_authorization only where that key's entry allows it: the holder of such
 * a key may be able to call as the cashier too.
 */
export function cashierCell(status: Status, letter: Letter, mayRelease: boolean): CashierCell {
  const cell = cashierTable[status][letter];
  return cell.act === 'authorize' && !mayRelease ? refused : cell;
}
