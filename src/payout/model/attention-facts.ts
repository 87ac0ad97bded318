/**
 * The attention items: each code with its severity, its sentence and the operator's action. What is
 * open on a payout is changed by attention.ts.
 */

/** The most severe first. */
export const severities = ['urgent', 'normal', 'info'] as const;

export type AttentionFacts = {
  severity: (typeof severities)[number];
  message: string;
  /** What the operator does about it. */
  action: string;
  /** Whether a later event clears it by showing that its cause is gone. */
  clears: boolean;
  /** Whether the operator has to say what became of the payout. */
  callsForResolve: boolean;
};

export const item = (
  severity: AttentionFacts['severity'],
  clears: boolean,
  message: string,
  action: string,
  callsForResolve = false,
): AttentionFacts => ({ severity, message, action, clears, callsForResolve });

/** Every code. Open items of one severity are shown in this order. */
export const attentionFacts = {
  // Marked in the row by store/unreadable-rows.ts; shown also where the mark is missing.
  row_unreadable: item(
    'urgent',
    true,
    'The stored row of this payout cannot be read, so the service does not act on it.',
    'Find what changed the row outside of the service, and restore it from a backup.',
  ),
  receiver_unreadable: item(
    'urgent',
    true,
    'No configured data key opens the receiver of this payout, so payout-check cannot be sent.',
    'Put the missing key back into DATA_KEYS; the log of the start and the doctor name it.',
  ),
  row_altered: item(
    'urgent',
    true,
    'The stored row of this payout was changed outside of the service, so it is not paid.',
    'Find out who changed it. Restore the row from a backup, or cancel the payout.',
  ),
  final_contradicted: item(
    'urgent',
    false,
    'The gateway contradicts the final status of this payout.',
    'Ask the gateway which result is true, then resolve the payout with the evidence.',
  ),
  approved_before_pay: item(
    'urgent',
    false,
    'The gateway reports approved, but payout-pay was never sent.',
    'Ask the gateway whether and why it paid, then resolve the payout.',
    true,
  ),
  lost_intent: item(
    'urgent',
    false,
    'The gateway answered a command that is not on record: history of this payout was lost.',
    'Look the order up at the gateway, then resolve the payout, or cancel it if nothing was paid.',
    true,
  ),
  order_adopted: item(
    'urgent',
    false,
    'The gateway has an order for this payout, and no payout-check on record created it.',
    'Compare the order with the payout at the gateway, then resolve the payout.',
    true,
  ),
  other_gateway: item(
    'urgent',
    true,
    'The gateway, endpoint or login of this payout differs from the configured one.',
    'Restore the configuration, declare that the new gateway continues it, or cancel the payout.',
  ),
  payment_not_on_record: item(
    'urgent',
    false,
    'The gateway is paying this payout, and no payout-pay is on record: the record was lost.',
    'Compare the order at the gateway, then resolve the payout.',
    true,
  ),
  second_order: item(
    'urgent',
    false,
    'The gateway shows a second order for this payout.',
    'Ask the gateway to void the order that is not bound to the payout; never pay it.',
  ),
  amount_mismatch: item(
    'urgent',
    true,
    'The amount or currency at the gateway differs from that of the payout.',
    'Compare both figures with the gateway before you release any payout.',
  ),
  pay_outcome_unknown: item(
    'urgent',
    true,
    'It is unknown whether payout-pay arrived, and the service may not repeat it.',
    'Look the order up at the gateway, then resolve the payout.',
    true,
  ),
  paid_elsewhere: item(
    'normal',
    true,
    'The cashier reports this payout as paid, but payout-pay was never sent.',
    'Cancel the payout if it was paid by other means, or authorize it again to pay it here.',
  ),
  authorization_withdrawn: item(
    'normal',
    true,
    'The authorization of this payout was taken back, and only a new one over HTTP releases it.',
    'Authorize the payout over HTTP to pay it, or cancel it.',
  ),
  cashier_contradicts: item(
    'normal',
    false,
    'The cashier reports a change that contradicts the status of this payout.',
    'Correct the record in the cashier, or ask the gateway what is true.',
  ),
  cashier_contradicts_payment: item(
    'urgent',
    false,
    'The cashier and this service disagree on whether the money of this payout moved.',
    'Correct the record in the cashier before balances are settled from it.',
  ),
  resolved_unseen: item(
    'urgent',
    false,
    'Two operators resolved this payout without the gateway: no reply confirms it.',
    'Compare it with a statement of the bank, then acknowledge this item.',
  ),
  later_event: item(
    'urgent',
    false,
    'The gateway reports a later event on this order, such as a reversal or a chargeback.',
    'Book the later event. A final payout keeps its status; an open one is not paid: resolve it.',
  ),
  later_event_reported: item(
    'normal',
    false,
    'A callback reports a later event or another order, and no status reply has confirmed it.',
    'Look the order up at the gateway; book the event if it is true.',
  ),
  gateway_error: item(
    'urgent',
    true,
    'The gateway reports an error and does not know the result.',
    'Ask the account manager of the gateway for the result, then resolve the payout.',
    true,
  ),
  check_outcome_unknown: item(
    'normal',
    true,
    'The gateway repeatedly answers that it does not know this order.',
    'Look the order up at the gateway; if it has none, release a second payout-check or resolve.',
  ),
  needs_new_authorization: item(
    'normal',
    true,
    'This payout was created before a restore, and a command to stop it may have been lost.',
    'Authorize it over HTTP to pay it, or cancel it.',
  ),
  check_too_old: item(
    'normal',
    true,
    "The bank's confirmation of this payout is more than 72 hours old.",
    'Authorize it again to pay it on the old confirmation, or cancel it.',
  ),
  unlisted_answer: item(
    'normal',
    true,
    'The gateway repeatedly reports a status or stage that this service does not know.',
    'Ask the gateway what it means, then resolve the payout if it is a final result.',
    true,
  ),
  slow: item(
    'normal',
    true,
    'The gateway has reported no progress for more than an hour.',
    'Ask the gateway what the order is waiting for.',
    true,
  ),
  not_sent: item(
    'normal',
    true,
    'The command could not be sent to the gateway several times in a row.',
    'Check the network and the credentials towards the gateway.',
  ),
  clock_skew: item(
    'urgent',
    true,
    'The gateway rejects our credentials, and the two clocks differ by more than a minute.',
    'Synchronize the clock of this machine with a time server: signatures contain the time.',
  ),
  access_refused: item(
    'normal',
    true,
    'The gateway rejects our credentials or our requests.',
    'Check the login, the keys and the clock of this machine against the gateway.',
  ),
  checks_paused: item(
    'urgent',
    true,
    'The gateway refused many new payouts in a row, so payout-check of this one waits.',
    'Find the cause in the reasons of the refused payouts, fix it, then resume payments.',
  ),
  notification_parked: item(
    'normal',
    false,
    'A notification is dead-lettered: the platform refused it, or did not acknowledge it in 72 h.',
    'Ask the platform for the cause, then redeliver the notifications of this payout.',
  ),
  paused: item(
    'info',
    true,
    'This payout is ready to be paid, and payments are paused: all, or a part with this payout.',
    'Resume payments when the reason is gone; after lost history, end the epoch (after-restore).',
  ),
} as const satisfies Record<string, AttentionFacts>;
