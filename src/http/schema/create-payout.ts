/**
 * The body of POST /v1/payouts: every field with its limits, and the rules over several fields.
 * Unknown fields are refused and nothing is converted. Only white space around texts is removed,
 * because the gateway removes it (payneteasy: white space around values is not kept) and the signed
 * text has to be the one that the gateway uses. The receiver's fields are in receiver.ts, rules of
 * the configuration in create-rules.ts.
 */

import { z } from 'zod';
import { hostKind } from '../../lib/host-kind.ts';
import { currencyDecimals } from '../../payout/model/currencies.ts';
import {
  AMOUNT_TEXT_MAX,
  type ParsedMoney,
  parseMoney,
  WHOLE_DIGITS_MAX,
} from '../../payout/model/money.ts';
import { releases } from '../../payout/model/payout.ts';
import {
  type CreateRules,
  checkCards,
  checkCashier,
  checkEndpoint,
  type Finding,
} from './create-rules.ts';
import { documentedAs, plain, text } from './fields.ts';
import { receiverSchema } from './receiver.ts';

const METADATA_KEYS_MAX = 20;

/** The fields in which a card number is looked for. */
const described = [
  'reference',
  'description',
  'purpose',
  'return_url',
  'cashier',
  'metadata',
  'receiver',
];

const siteIdRule = 'must be a whole number or 1-15 digits';
const traceIdRule = 'must be a whole number or text of 1-50 characters';

/** Whole numbers up to 2^53: the JSON parser has already lost digits of larger ones. */
const wholeNumber = (rule: string) => z.int(rule).min(0, rule);

const cashierSchema = z
  .strictObject({
    pin: text(50).optional(),
    front_end_name: text(256).optional(),
    site_id: z
      .union([wholeNumber(siteIdRule), z.string().regex(/^[0-9]{1,15}$/, siteIdRule)], siteIdRule)
      .meta(documentedAs({ type: 'integer', minimum: 0 }, 'Text of digits is taken too.'))
      .optional(),
    trace_id: z
      .union([wholeNumber(traceIdRule), text(50)], traceIdRule)
      .meta(documentedAs({ type: 'string', minLength: 1, maxLength: 50 }, 'A number is taken too.'))
      .optional(),
  })
  .meta({ id: 'Cashier' });

const metadataSchema = z
  .record(plain(40).min(1), plain(500))
  .refine(
    (metadata) => Object.keys(metadata).length <= METADATA_KEYS_MAX,
    `must have at most ${METADATA_KEYS_MAX} keys`,
  )
  .meta({ maxProperties: METADATA_KEYS_MAX });

/** The receiver's browser is redirected there, so the text has to fit a Location header. */
const returnUrlSchema = z
  .string()
  .max(1024)
  .refine((value) => {
    const url = /^[\x21-\x7e]+$/.test(value) ? URL.parse(value) : null;
    if (url === null || url.username !== '' || url.password !== '') return false;
    if (url.protocol === 'https:') return true;
    return url.protocol === 'http:' && hostKind(url.hostname) === 'loopback';
  }, 'must be an https address in ASCII without credentials')
  .meta({
    format: 'uri',
    description:
      "Address to which the receiver's browser is redirected at the end; https, or http on this " +
      'machine.',
  });

/**
 * An accepted body has a receiver and an amount that parses. Errors of the configuration's rules
 * are reported together with other errors. A body with only such errors is accepted here, since it
 * may be a retry; `checkRules` reports them once the request is known to be new.
 */
export function createPayoutBodySchema(rules: CreateRules) {
  return z
    .strictObject({
      reference: text(50),
      amount: z
        .string()
        .max(AMOUNT_TEXT_MAX)
        .regex(
          /^[0-9]+(?:[.][0-9]+)?$/,
          'must be a positive decimal number in text, such as "100.50"',
        )
        .describe(
          "Greater than zero, in major units, with at most the currency's decimals. In a " +
            `currency with decimals, at most ${WHOLE_DIGITS_MAX} digits before the point.`,
        ),
      currency: z
        .string()
        .refine((code) => currencyDecimals(code) !== null, 'must be an ISO 4217 code, such as EUR')
        .meta({ pattern: '^[A-Z]{3}$', description: 'ISO 4217 code, such as EUR.' }),
      endpoint: z.string().optional().describe('Name of a configured endpoint of the gateway.'),
      release: z.enum(releases).optional(),
      description: text(64).optional(),
      purpose: text(128).optional(),
      receiver: receiverSchema.describe(
        'Where the money goes: `bank_account.account_number`, `phone`, or one of `card.number` ' +
          'and `card.card_ref_id`.',
      ),
      return_url: returnUrlSchema.optional(),
      cashier: cashierSchema.optional(),
      metadata: metadataSchema.optional(),
    })
    .superRefine(
      (body, context) => {
        const isSound = (...fields: string[]): boolean =>
          !context.issues.some(({ path }) => fields.includes(String(path?.[0])));
        const found = [
          ...(isSound('amount', 'currency') ? checkAmount(body.amount, body.currency) : []),
          ...(isSound('receiver') ? checkReceiver(body.receiver) : []),
        ];
        if (context.issues.length + found.length > 0) {
          if (isSound('endpoint')) found.push(...checkEndpoint(body, rules));
          if (isSound('cashier')) found.push(...checkCashier(body, rules));
          if (isSound(...described)) found.push(...checkCards(body));
        }
        for (const { path, message } of found) context.addIssue({ code: 'custom', path, message });
      },
      // By default a rule over several fields runs only when every field is valid, but one response
      // has to name every error.
      { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
    );
}

export type CreatePayoutBody = z.output<ReturnType<typeof createPayoutBodySchema>>;

function checkAmount(amount: string, currency: string): Finding[] {
  const parsed = parseMoney(amount, currency);
  const message = describeAmount(parsed);
  return message === null ? [] : [{ path: ['amount'], message }];
}

function describeAmount(parsed: ParsedMoney): string | null {
  if (parsed.kind === 'money') return null;
  if (parsed.kind === 'too_many_decimals') {
    return `must have at most ${parsed.decimals} decimals in this currency`;
  }
  if (parsed.kind === 'no_room_for_point') {
    return `must have at most ${WHOLE_DIGITS_MAX} digits before its point in this currency`;
  }
  if (parsed.kind === 'not_positive') return 'must be greater than zero';
  return 'must be a decimal number in a known currency';
}

function checkReceiver({ bank_account, card, phone }: CreatePayoutBody['receiver']): Finding[] {
  const found: Finding[] = [];
  const isCardNamed = card?.number !== undefined || card?.card_ref_id !== undefined;
  if (bank_account?.account_number === undefined && !isCardNamed && phone === undefined) {
    const message =
      'must say where the money goes: bank_account.account_number, card.number, ' +
      'card.card_ref_id or phone';
    found.push({ path: ['receiver'], message });
  } else if (card !== undefined && !isCardNamed) {
    found.push({ path: ['receiver', 'card'], message: 'must have number or card_ref_id' });
  }
  if (card?.number !== undefined && card.card_ref_id !== undefined) {
    found.push({
      path: ['receiver', 'card'],
      message: 'must not have both number and card_ref_id',
    });
  }
  return found;
}
