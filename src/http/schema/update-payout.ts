/**
 * UpdatePayout for readers of the API document: fields, replies and the published examples, in both
 * directions. It validates nothing: calls are read in praxis/update-payout.ts, notifications are
 * written in praxis/notification.ts.
 */

import { z } from 'zod';
import { letterFacts, letters } from '../../payout/model/letter.ts';

const meaningOf = (letter: (typeof letters)[number]) => `${letter} ${letterFacts[letter].meaning}`;
const meanings = `${letters.map(meaningOf).join(', ')}.`;

/**
 * praxis: UpdatePayout 3.0, request fields, each with the type of the published requests: several
 * types for one field stop generators. What is read besides is said in a sentence.
 */
const callSchema = z.looseObject({
  PIN: z
    .string()
    .describe("The platform's id of the customer, at most 50 characters. A number is read too."),
  FrontEndName: z.string().max(256).describe('The front end of the cashier.'),
  ExtPayoutID: z.string().describe('The reference of the payout. A number is read too.'),
  Status: z.enum(letters).describe(meanings),
  SiteID: z.int().optional().describe('Text of digits is read too.'),
  TraceID: z
    .string()
    .optional()
    .describe("The cashier's own id of the transaction. A number is read too."),
  PP: z.string().max(64).optional().describe('The payment processor.'),
  TransactionID: z.string().max(50).optional().describe("The processor's id of the payment."),
  UpdatedBy: z.string().max(50).optional().describe('Who caused the change.'),
  Amount: z
    .number()
    .optional()
    .describe('Amount of the payout in major units; compared as a decimal. Text is read too.'),
  Currency: z.string().max(3).optional(),
  Fee: z.number().optional().describe('Recorded, not used. Text is read too.'),
});

const pairSchema = z.object({
  Status: z
    .int()
    .describe(
      '0: done, or done before. 1: the request cannot be read. 2: unknown payout. 3: the payout ' +
        'has another PIN, FrontEndName or SiteID. 4: refused. 5: the payout has another Amount ' +
        'or Currency. 7: unknown Status letter. 8: the caller is not allowed. -1: internal ' +
        'error, nothing was saved; retry.',
    ),
  Description: z.string().max(256).describe('The outcome in one sentence.'),
});

/** praxis: the five published requests, which differ only in their letter. */
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
  200: pairSchema.describe('The outcome of the call, in `Status`.'),
  401: pairSchema.describe('Status 8: the credentials are missing or wrong.'),
  403: pairSchema.describe(
    'Status 8: the address is not allowed, no access is configured, or a page of another origin ' +
      'sent the call.',
  ),
  405: pairSchema.describe('Status 1: only POST is accepted.'),
  413: pairSchema.describe('Status 1: the body is too large.'),
  415: pairSchema.describe(
    'Status 1: the content type is not JSON, or a form without PRAXIS_FORM_BODIES.',
  ),
  429: pairSchema.describe('Status 8: too many calls from this address were refused recently.'),
};

/** The documentation of the route; the alias is hidden and only mentioned in it. */
export function updatePayoutSchemas(path: '/UpdatePayout' | '/CreatePayout') {
  if (path === '/CreatePayout') return { hide: true };
  return {
    operationId: 'updatePayout',
    tags: ['cashier'],
    security: [{ cashierBasic: [] }, {}],
    summary: 'The cashier authorizes, rejects, cancels or reports a payout',
    description:
      'Field names are read in any letter case, and unknown fields are ignored. Every response ' +
      'has a body of Status and Description. POST /CreatePayout with this body is the same. A ' +
      'form is accepted only where PRAXIS_FORM_BODIES is true.',
    consumes: ['application/json', 'application/x-www-form-urlencoded'],
    body: callSchema.meta({ 'x-examples': examples }),
    response: answers,
  };
}

/** praxis: the fields of a notification, with our own spelling and types. */
const notificationSchema = z.object({
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
  // The types of two libraries for JSON Schema differ, although the schemas are the same.
  const plain: object = rest;
  return { 'application/json': { schema: plain } };
};

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' as const },
});

/** The notification to the platform, as an OpenAPI webhook. */
export const updatePayoutWebhook = {
  post: {
    operationId: 'notifyPlatform',
    tags: ['cashier'],
    security: [],
    summary: 'The service notifies the platform of a payout',
    description:
      'Sent to PRAXIS_NOTIFY_URL for each letter in PRAXIS_NOTIFY_STATUSES. The notifications of ' +
      'one payout are sent in order, one at a time. Each is retried until the platform replies ' +
      'with Status 0. They are signed as Standard Webhooks specifies.',
    parameters: [
      header('webhook-id', 'The same for every attempt of one notification; deduplicate by it.'),
      header('webhook-timestamp', 'When this attempt was made, in seconds since 1970.'),
      header('webhook-signature', 'One signature for each secret, separated by spaces.'),
    ],
    requestBody: { required: true, content: content(notificationSchema) },
    responses: {
      200: {
        description:
          'Status 0 acknowledges the notification. A negative Status requests a retry. A ' +
          'positive Status refuses the notification: it is dead-lettered until an operator ' +
          'redelivers it.',
        content: content(pairSchema),
      },
    },
  },
};
