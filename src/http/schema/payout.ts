/**
 * The payout as clients see it: the shape of every response with a payout. The values are mapped in
 * http/present.ts, so no schema here transforms.
 */

import { z } from 'zod';
import { actions } from '../../payout/allowed-actions.ts';
import { attentionCodes } from '../../payout/model/attention.ts';
import { severities } from '../../payout/model/attention-facts.ts';
import { moneyMovedWords, reasonSources, releases } from '../../payout/model/payout.ts';
import { statuses } from '../../payout/model/status.ts';
import { openEnum } from './fields.ts';
import { maskedReceiverSchema } from './receiver.ts';

/** Whether a stored receiver can be shown. */
const receiverStates = ['stored', 'unreadable'] as const;

const instant = (sentence: string) => z.iso.datetime().describe(sentence);

const reasonSchema = z
  .object({
    source: openEnum(reasonSources),
    code: z.string().nullable(),
    message: z.string().nullable(),
  })
  .meta({ id: 'PayoutReason', description: 'Why the payout ended as it did.' });

const attentionSchema = z
  .object({
    code: openEnum(attentionCodes),
    severity: openEnum(severities),
    since: instant('When it was raised.'),
    message: z.string(),
    acknowledged_by: z.string().nullable(),
  })
  .meta({
    id: 'PayoutAttention',
    description: 'Why an operator has to look at the payout.',
  });

const gatewaySchema = z
  .object({
    client_order_id: z.string().describe("This service's id of the order at the gateway."),
    order_id: z.string().nullable().describe("The gateway's own id of the order."),
    stage: z.string().nullable().describe('The last stage of the order that the gateway reported.'),
    processor_tx_id: z.string().nullable().describe("The processor's reference of the payment."),
    amount: z
      .string()
      .nullable()
      .describe(
        'The amount that the gateway last reported, in its own notation. Compare it with the ' +
          'amount of the payout.',
      ),
    currency: z.string().nullable().describe('The currency that the gateway last reported.'),
  })
  .meta({ id: 'PayoutGateway' });

const authorizationSchema = z
  .object({
    required: z.boolean(),
    authorized_at: instant('When it was authorized.').nullable(),
    by: z.string().nullable(),
    expires_at: instant('When the payout expires if it has no authorization.').nullable(),
  })
  .meta({ id: 'PayoutAuthorization' });

export const cashierSchema = z
  .object({
    pin: z.string().optional(),
    front_end_name: z.string().optional(),
    site_id: z.int().optional(),
    trace_id: z.string().optional(),
  })
  .meta({ id: 'PayoutCashier' });

export const statusSchema = openEnum(statuses, {
  id: 'PayoutStatus',
  description:
    'The state of the payout. For a status that your program does not know, `final` tells ' +
    'whether it can still change.',
});

export const payoutSchema = z
  .object({
    id: z.string().describe('Id of the payout, beginning with po_.'),
    reference: z.string().describe("The platform's own id of the payout."),
    status: statusSchema,
    final: z.boolean().describe('Whether the status can never change again.'),
    money_moved: openEnum(moneyMovedWords, {
      description: 'Whether the receiver was paid, as far as the service knows.',
    }),
    reason: reasonSchema.nullable(),
    amount: z
      .string()
      .describe(
        "Decimal text in major units with the currency's decimals. Empty where the stored row " +
          'cannot be read (`row_unreadable`).',
      ),
    currency: z.string(),
    endpoint: z.string(),
    release: openEnum(releases),
    receiver: maskedReceiverSchema,
    receiver_state: openEnum(receiverStates, {
      description:
        'Whether the receiver can be read. `unreadable`: the key of its data is not configured, ' +
        'or its row cannot be read; `receiver` is then empty.',
    }),
    description: z.string().nullable(),
    purpose: z.string().nullable(),
    redirect_url: z
      .string()
      .nullable()
      .describe("Where to send the receiver's browser while the status is awaiting_receiver."),
    return_url: z.string().nullable(),
    gateway: gatewaySchema,
    authorization: authorizationSchema,
    attention: attentionSchema.nullable(),
    stalled: z.boolean().describe('Whether the payout has been in this status longer than usual.'),
    allowed_actions: z
      .array(openEnum(actions))
      .describe('The commands that the service accepts now. Time and each poll may change them.'),
    cashier: cashierSchema.nullable(),
    metadata: z.record(z.string(), z.string()).nullable(),
    version: z
      .int()
      .describe(
        'Begins at 1 and grows by one with every visible change. Only `stalled`, ' +
          '`allowed_actions`, `next_check_at` and `updated_at` also change without a new ' +
          'version, as does the state of a receiver or a row that can no longer be read.',
      ),
    next_check_at: instant('When the service acts on the payout next.').nullable(),
    created_at: instant('When the payout was stored.'),
    updated_at: instant('When the payout was last written, also without a visible change.'),
    finalized_at: instant('When the payout reached its final status.').nullable(),
  })
  .meta({ id: 'Payout' });

export type PayoutBody = z.output<typeof payoutSchema>;

export const payoutPageSchema = z
  .object({
    data: z.array(payoutSchema),
    next_cursor: z
      .string()
      .nullable()
      .describe('Send it as `cursor` to get the next page; null on the last page.'),
  })
  .meta({ id: 'PayoutPage' });
