/**
 * The bodies that operators send, and the response about the pause. What the commands do is decided
 * in flow/api/resolve-payout.ts, acknowledge.ts and pause-payments.ts, and in flow/proposals.
 */

import { z } from 'zod';
import { attentionCodes } from '../../payout/model/attention.ts';
import { currencyDecimals } from '../../payout/model/currencies.ts';
import { findings, unseenFindings } from '../../payout/model/event.ts';
import { type Letter, letters } from '../../payout/model/letter.ts';
import type { RedeliveryStart } from '../../store/notifications/notifications.ts';
import { type PausedPart, pauseScopes } from '../../store/partial-pauses.ts';
import { isPlain, openEnum } from './fields.ts';

/** One line of text that is stored and shown, so without control characters. */
const line = (max: number) =>
  z.string().trim().min(1).max(max).refine(isPlain, 'must not contain control characters');

const name = line(100).describe(
  'The name of the operator. A key that belongs to one person takes only the name of that person.',
);

export const resolveBodySchema = z.strictObject({
  finding: z
    .enum(findings)
    .describe('What happened. `no_order` is accepted only while no order is known at the gateway.'),
  evidence: line(500).describe(
    'What the finding relies on, such as a ticket of the gateway, without receiver data.',
  ),
  name,
});

export const breakGlassBodySchema = z.strictObject({
  finding: z.enum(unseenFindings).describe('What happened, as far as it can be shown.'),
  evidence: line(500).describe(
    'What the finding relies on, such as a bank statement, without receiver data.',
  ),
  name,
});

export const approveBodySchema = z.strictObject({ name });

/** Nullish: every field is optional, and so is the body. */
export const acknowledgeBodySchema = z
  .strictObject({
    name: name.optional(),
    code: z
      .enum(attentionCodes)
      .optional()
      .describe('The code of one item; without it, all open items are acknowledged.'),
  })
  .nullish();

export const startFields = {
  from_letter: z
    .enum(letters)
    .optional()
    .describe(
      'Begins at the first notification with this letter, and includes notifications that the ' +
        'platform has acknowledged.',
    ),
  from_time: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-01-31T00:00:00Z' })
    .optional()
    .describe(
      'Begins at the first notification that was written at this time or later, and includes ' +
        'notifications that the platform has acknowledged.',
    ),
};

type StartBody = { from_letter?: Letter | undefined; from_time?: string | undefined };

export const isOneStart = (body: StartBody): boolean =>
  body.from_letter === undefined || body.from_time === undefined;

export const ONE_START = { path: ['from_time'], error: 'must be left out with from_letter' };

/** Where a redelivery begins; null where the body does not say. */
export function startOf(body: StartBody | null | undefined): RedeliveryStart | null {
  if (body?.from_letter !== undefined) return { letter: body.from_letter };
  return body?.from_time === undefined ? null : { at: Date.parse(body.from_time) };
}

export const redeliverBodySchema = z
  .strictObject(startFields)
  .refine(isOneStart, ONE_START)
  .nullish();

export const switchBodySchema = z
  .strictObject({ name: name.optional(), reason: line(500).optional() })
  .nullish();

const API_KEY_NAME = /^[A-Za-z0-9._-]{1,50}$/;

/** Nullish, as an empty body pauses or resumes all payments. */
export const pauseBodySchema = z
  .strictObject({
    name: name.optional(),
    reason: line(500).optional(),
    endpoint: line(100).optional().describe('Only the payments of this endpoint.'),
    currency: z
      .string()
      .refine((code) => currencyDecimals(code) !== null, 'must be an ISO 4217 code, such as EUR')
      .optional()
      .describe('Only the payments in this currency.'),
    api_key: z
      .string()
      .regex(API_KEY_NAME, 'must be the name of an API key')
      .optional()
      .describe(
        'Only the payments of payouts that the API key with this name has created, whether or ' +
          'not it is configured now.',
      ),
  })
  .refine((body) => partsIn(body).length <= 1, {
    path: ['endpoint'],
    error: 'must be the only one of endpoint, currency and api_key',
  })
  .nullish();

type PartBody = { [S in PausedPart['scope']]?: string | undefined };

const partsIn = (body: PartBody): PausedPart[] =>
  pauseScopes.flatMap((scope) => {
    const value = body[scope];
    return value === undefined ? [] : [{ scope, value }];
  });

/** The part that a body names; null for all payments. */
export const partOf = (body: PartBody | null | undefined): PausedPart | null =>
  partsIn(body ?? {})[0] ?? null;

const partialPauseSchema = z
  .object({
    scope: openEnum(pauseScopes, { description: 'What `value` names.' }),
    value: z.string(),
    by: z.string().describe('The name of the operator who paused it.'),
    key: z.string().describe('The name of the API key that paused it, or `command line`.'),
    since: z.iso.datetime(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'PartialPause', description: 'A pause of a part of the payments, in force.' });

export const pauseSchema = z
  .object({
    paused: z.boolean().describe('Whether all payments are paused.'),
    partial: z
      .array(partialPauseSchema)
      .describe('The parts that are paused by themselves, whether or not `paused` is true.'),
    by: z.string().describe('The name of the operator who switched it last.'),
    key: z
      .string()
      .nullable()
      .describe(
        'The name of the API key that switched it, or `command line`; null where it is not known.',
      ),
    since: z.iso.datetime(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Pause', description: 'Whether payments are paused, for all replicas.' });
