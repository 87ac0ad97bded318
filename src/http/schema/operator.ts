/**
 * What operators send, and the answer about the pause.
 */

import { z } from 'zod';
import { attentionCodes } from '../../payout/model/attention.ts';
import { findings } from '../../payout/model/event.ts';

/** A text of one line that is kept and shown, so without what would break the line. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters');

const name = line(100).describe('Who says so: the name of the person.');

export const resolveBodySchema = z.strictObject({
  finding: z
    .enum(findings)
    .describe('`no_order` only while the gateway is not known to have an order.'),
  evidence: line(500).describe(
    'What the person relies on, such as a ticket of the gateway; no data of the receiver.',
  ),
  name,
});

/** Nullish, since all of it may be left out and then the body as well. */
export const acknowledgeBodySchema = z
  .strictObject({
    name: name.optional(),
    code: z.enum(attentionCodes).optional().describe('One item; without it, all that are open.'),
  })
  .nullish();

export const switchBodySchema = z
  .strictObject({ name: name.optional(), reason: line(500).optional() })
  .nullish();

export const pauseSchema = z
  .object({
    paused: z.boolean(),
    by: z.string().describe('Who switched it last.'),
    since: z.iso.datetime(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Pause', description: 'Whether payments are paused, for all replicas.' });
