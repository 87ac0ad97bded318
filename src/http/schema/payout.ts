/**
 * The payout as callers see it: the shape of every answer about one. Replies are mapped by hand in
 * present.ts, so nothing here transforms.
 */

import { z } from 'zod';
import { actions } from '../../payout/allowed-actions.ts';
import { attentionCodes, severities } from '../../payout/model/attention.ts';
import { moneyMovedWords, reasonSources, releases } from '../../payout/model/payout.ts';
import { statuses } from '../../payout/model/status.ts';
import { openWord } from './fields.ts';
import { maskedReceiverSchema } from './receiver.ts';

const instant = (sentence: string) => z.iso.datetime().describe(sentence);

const reasonSchema = z
  .object({
    source: openWord(reasonSources),
    code: z.string().nullable(),
    message: z.string().nullable(),
  })
  .meta({ id: 'PayoutReason', description: 'Why the payout ended as it did.' });

const attentionSchema = z
  .object({
    code: openWord(attentionCodes),
    severity: openWord(severities),
    since: instant('When it was raised.'),
    message: z.string(),
    acknowledged_by: z.string().nullable(),
  })
  .meta({ id: 'PayoutAttention', description: 'What a person has to look at.' });

const gatewaySchema = z
  .object({
    client_order_id: z.string().describe('Our order id at the gateway.'),
    order_id: z.string().nullable().describe("The gateway's own order id."),
    stage: z.string().nullable().describe("The gateway's last order stage."),
    processor_tx_id: z.string().nullable().describe("The bank's reference of the payment."),
    amount: z
      .string()
      .nullable()
      .describe('The amount that the gateway last showed, as it wrote it: compare it with ours.'),
    currency: z.string().nullable().describe('The currency that the gateway last showed.'),
  })
  .meta({ id: 'PayoutGateway' });

const authorizationSchema = z
  .object({
    required: z.boolean(),
    authorized_at: instant('When it was released.').nullable(),
    by: z.string().nullable(),
    expires_at: instant('Without an authorization until then it expires.').nullable(),
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

export const statusSchema = openWord(statuses, {
  id: 'PayoutStatus',
  description:
    'Where the payout stands; of a status that is not known, `final` says whether it ends.',
});

export const payoutSchema = z
  .object({
    id: z.string().describe('Id of the payout, beginning with po_.'),
    reference: z.string().describe("The platform's own id."),
    status: statusSchema,
    final: z.boolean().describe('Whether the status can never change again.'),
    money_moved: openWord(moneyMovedWords, {
      description: 'Whether the receiver has been paid, as far as anybody can tell.',
    }),
    reason: reasonSchema.nullable(),
    amount: z.string().describe("Decimal text in major units with the currency's decimals."),
    currency: z.string(),
    endpoint: z.string(),
    release: openWord(releases),
    receiver: maskedReceiverSchema,
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
    stalled: z.boolean().describe('Whether it has been in this status longer than usual.'),
    allowed_actions: z.array(openWord(actions)),
    cashier: cashierSchema.nullable(),
    metadata: z.record(z.string(), z.string()).nullable(),
    version: z.int().describe('From 1, one more with every change a caller can see.'),
    next_check_at: instant('When the service acts on it next.').nullable(),
    created_at: instant('When it was stored.'),
    updated_at: instant('When anything about it was last written.'),
    finalized_at: instant('When it reached its final status.').nullable(),
  })
  .meta({ id: 'Payout' });

export type PayoutBody = z.output<typeof payoutSchema>;

export const payoutPageSchema = z
  .object({
    data: z.array(payoutSchema),
    next_cursor: z.string().nullable().describe('Give it as cursor to get the next page.'),
  })
  .meta({ id: 'PayoutPage' });
