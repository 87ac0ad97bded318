/**
 * Which amount makes the bank do what. The last two decimals choose the ending in currencies with
 * two decimals ("10.02"), the last two digits in all others ("1002" JPY, "1.002" KWD). No other
 * file decides this.
 */

/** How long the bank stays in a step: a delay of the behaviour, or until the form was posted. */
export type Wait = 'validateDelayMs' | 'payDelayMs' | 'unclearMs' | 'form';

export interface Reason {
  readonly code: number;
  readonly message: string;
}

/** After `wait` the order shows this status and stage. */
export interface Move {
  readonly wait: Wait;
  readonly status: string;
  readonly stage: string;
  readonly reason?: Reason;
  readonly opensForm?: true;
}

export interface Ending {
  readonly name: string;
  /** The two digits that choose it. */
  readonly digits: string;
  readonly sentence: string;
  /** The moves after a payout-check; `null`: the payout-check is refused as invalid. */
  readonly afterCheck: readonly Move[] | null;
  /** The moves after a payout-pay. */
  readonly afterPay: readonly Move[];
}

const validated: Move = {
  wait: 'validateDelayMs',
  status: 'processing',
  stage: 'payout_check_validated',
};

const paid: Move = { wait: 'payDelayMs', status: 'approved', stage: 'payout_approved' };

function endsAs(status: string, stage: string, code: number, message: string): Move {
  return { wait: 'payDelayMs', status, stage, reason: { code, message } };
}

const approved: Ending = {
  name: 'approved',
  digits: '00',
  sentence: 'The bank validates and pays. So does every amount that is not in this table.',
  afterCheck: [validated],
  afterPay: [paid],
};

export const ENDINGS: readonly Ending[] = [
  approved,
  {
    name: 'declined_at_check',
    digits: '01',
    sentence:
      'The bank declines the check: status declined, stage payout_declined, nothing to pay.',
    afterCheck: [
      {
        wait: 'validateDelayMs',
        status: 'declined',
        stage: 'payout_declined',
        reason: { code: 101, message: 'The bank does not know this account' },
      },
    ],
    afterPay: [paid],
  },
  {
    name: 'declined_after_pay',
    digits: '02',
    sentence: 'The bank validates, takes payout-pay and then declines.',
    afterCheck: [validated],
    afterPay: [endsAs('declined', 'payout_declined', 102, 'Declined by the bank')],
  },
  {
    name: 'filtered',
    digits: '03',
    sentence: 'Fraud control stops the payout after payout-pay: status filtered.',
    afterCheck: [validated],
    afterPay: [endsAs('filtered', 'payout_filtered', 103, 'Stopped by fraud control')],
  },
  {
    name: 'error',
    digits: '04',
    sentence: 'Status error with stage payout_error, which is documented as an unknown result.',
    afterCheck: [validated],
    afterPay: [endsAs('error', 'payout_error', 104, 'Internal error at the bank')],
  },
  {
    name: 'failed',
    digits: '05',
    sentence: 'Status error with stage payout_failed, which is a real end: nothing was paid.',
    afterCheck: [validated],
    afterPay: [endsAs('error', 'payout_failed', 105, 'The bank could not carry out the payment')],
  },
  {
    name: 'unknown_then_approved',
    digits: '06',
    sentence: 'Status unknown for a while after payout-pay, then approved.',
    afterCheck: [validated],
    afterPay: [
      { wait: 'payDelayMs', status: 'unknown', stage: 'payout_unknown' },
      { ...paid, wait: 'unclearMs' },
    ],
  },
  {
    name: 'receiver_form',
    digits: '07',
    sentence: 'redirect-to names a form; processing until the receiver posts it, then approved.',
    afterCheck: [validated],
    afterPay: [
      { wait: 'payDelayMs', status: 'processing', stage: 'payout_processing', opensForm: true },
      { ...paid, wait: 'form' },
    ],
  },
  {
    name: 'never_validated',
    digits: '08',
    sentence: 'The bank never confirms: the stage stays payout_check_validating.',
    afterCheck: [],
    afterPay: [paid],
  },
  {
    name: 'invalid_at_check',
    digits: '09',
    sentence: 'payout-check answers validation-error; there is no order.',
    afterCheck: null,
    afterPay: [],
  },
  {
    name: 'chain_declined_then_approved',
    // Not 10: people who do not know this table type amounts like 10.10.
    digits: '11',
    sentence:
      'Declined with stage payout_chain_declined for a while: another route goes on and pays.',
    afterCheck: [validated],
    afterPay: [
      endsAs('declined', 'payout_chain_declined', 111, 'Declined on the first route'),
      { ...paid, wait: 'unclearMs' },
    ],
  },
];

const endingsByDigits = new Map(ENDINGS.map((ending) => [ending.digits, ending]));

/** ISO 4217 currencies that do not have two decimals. */
const OTHER_DECIMALS = new Set(
  (
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ' +
    'BHD IQD JOD KWD LYD OMR TND CLF UYW'
  ).split(' '),
);

/** `amount` is decimal text in major units, as it was sent. */
export function endingOf(amount: string, currency: string): Ending {
  const [whole = '', fraction = ''] = amount.split('.');
  const digits = OTHER_DECIMALS.has(currency)
    ? (whole + fraction).slice(-2).padStart(2, '0')
    : fraction.padEnd(2, '0').slice(-2);
  return endingsByDigits.get(digits) ?? approved;
}
