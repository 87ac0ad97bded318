/**
 * UpdatePayout for readers of the API's document: fields, answers and the published examples, in
 * both directions. It validates nothing; what is taken and sent is in praxis/.
 */

import { z } from 'zod';
import { letters } from '../../payout/model/letter.ts';

const meanings = 'A authorized, P in progress, Y approved, J rejected, C canceled.';
const digitsOrNumber = z.union([z.string(), z.int()]);
const amount = z.union([z.number(), z.string()]);

/** praxis: UpdatePayout 3.0, request fields. */
const callSchema = z.looseObject({
  PIN: digitsOrNumber.describe("The platform's id of the customer, at most 50 characters."),
  FrontEndName: z.string().max(256).describe('The front end of the cashier.'),
  ExtPayoutID: digitsOrNumber.describe('The reference of the payout.'),
  Status: z.enum(letters).describe(meanings),
  SiteID: digitsOrNumber.optional(),
  TraceID: digitsOrNumber.optional().describe("The cashier's own id of the transaction."),
  PP: z.string().max(64).optional().describe('The payment processor.'),
  TransactionID: z.string().max(50).optional().describe("The processor's id of the payment."),
  UpdatedBy: z.string().max(50).optional().describe('Who caused the change.'),
  Amount: amount.optional().describe('Of the payout, in major units; compared as a decimal.'),
  Currency: z.string().max(3).optional(),
  Fee: amount.optional().describe('Recorded only.'),
});

const pairSchema = z.object({
  Status: z
    .int()
    .describe(
      '0 done or already so; 1 not understood; 2 unknown payout; 3 belongs to another PIN, ' +
        'FrontEndName or SiteID; 4 refused; 5 other Amount or Currency; 7 unknown letter; ' +
        '8 caller not allowed; -1 our fault, nothing was saved, send it again.',
    ),
  Description: z.string().max(256).describe('The outcome in one sentence.'),
});

/** praxis: the five published requests, which differ in their letter alone. */
const published = (letter: (typeof letters)[number]) => ({
  SiteID: 170,
  FrontEndName: 'TEST EUR',
  PIN: '7',
  TraceID: '751254',
  PP: 'BankWire',
  Status: letter,
  ExtPayoutID: '1526773664',
  UpdatedBy: 'Backoffice_User',
  Amount: 1,
  Currency: 'EUR',
});

const examples = {
  canceled: { value: published('C') },
  authorized: { value: published('A') },
  in_progress: { value: published('P') },
  approved: { value: published('Y') },
  rejected: { value: published('J') },
};

const answers = {
  200: pairSchema.describe('What became of the call, by its Status.'),
  401: pairSchema.describe('Status 8: the credentials are missing or wrong.'),
  403: pairSchema.describe('Status 8: not from this address, or nobody is let in.'),
  405: pairSchema.describe('Status 1: only POST is taken.'),
  413: pairSchema.describe('Status 1: the body is too large.'),
  415: pairSchema.describe('Status 1: the content type is neither JSON nor a form.'),
  429: pairSchema.describe('Status 8: too many calls of this address were refused lately.'),
};

/** The documented side of the route; the alias only points to it. */
export function updatePayoutSchemas(path: '/UpdatePayout' | '/CreatePayout') {
  if (path === '/CreatePayout') return { hide: true };
  return {
    operationId: 'updatePayout',
    tags: ['cashier'],
    security: [{ cashier: [] }, {}],
    summary: 'The cashier authorizes, rejects, cancels or reports a payout',
    description:
      'Names are read in any letter case, and unknown fields are ignored. The pair is the body ' +
      'of every answer. POST /CreatePayout with this body is the same.',
    consumes: ['application/json', 'application/x-www-form-urlencoded'],
    body: callSchema.meta({ 'x-examples': examples }),
    response: answers,
  };
}

/** praxis: what we send of those fields, with our own spelling and types. */
const letterSchema = z.object({
  SiteID: z.int().optional(),
  FrontEndName: z.string(),
  PIN: z.string(),
  TraceID: z.string().optional(),
  PP: z.literal('Payneteasy'),
  TransactionID: z
    .string()
    .max(50)
    .optional()
    .describe("From P on: the processor's id of the payment, else the gateway's order id."),
  Status: z.enum(letters).describe(meanings),
  ExtPayoutID: z.string().describe('The reference of the payout.'),
  UpdatedBy: z.string().max(50),
  Amount: z.number().describe("In major units, with the currency's decimals."),
  Currency: z.string(),
});

const content = (schema: z.ZodType) => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema);
  // Two libraries describe JSON Schema differently; what they mean is the same.
  const plain: object = rest;
  return { 'application/json': { schema: plain } };
};

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' as const },
});

/** What the platform is sent, as an OpenAPI webhook. */
export const updatePayoutWebhook = {
  post: {
    operationId: 'notifyPlatform',
    tags: ['cashier'],
    security: [],
    summary: 'What this service tells the platform of a payout',
    description:
      'Sent to PRAXIS_NOTIFY_URL for each subscribed letter, one at a time and in order for each ' +
      'payout, until it is answered with Status 0. Signed as Standard Webhooks has it.',
    parameters: [
      header('webhook-id', 'The same for every attempt of one letter: the key to deduplicate by.'),
      header('webhook-timestamp', 'When this attempt was made, in seconds since 1970.'),
      header('webhook-signature', 'One signature for each secret, separated by spaces.'),
    ],
    requestBody: { required: true, content: content(letterSchema) },
    responses: {
      200: {
        description:
          '0 acknowledges; a negative Status asks for another attempt; a positive one parks it.',
        content: content(pairSchema),
      },
    },
  },
};
