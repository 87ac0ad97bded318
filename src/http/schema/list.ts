/**
 * The query of GET /v1/payouts and its cursor. The cursor is the end of the previous page, as text
 * that clients send back unread. The SQL of the list is in store/payouts/list.ts.
 */

import { z } from 'zod';
import { payoutIdPattern } from '../../lib/typeid.ts';
import { attentionCodes } from '../../payout/model/attention.ts';
import { statuses } from '../../payout/model/status.ts';
import type { ListFilter } from '../../store/payouts/list.ts';
import { isPlain, wholeNumber } from './fields.ts';

export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;

export const isStatusList = (text: string): boolean =>
  text.split(',').every((word) => statuses.some((status) => status === word));

const isAttention = (text: string): boolean =>
  text === 'true' || attentionCodes.some((code) => code === text);

const instant = z.iso.datetime({
  offset: true,
  error: 'must be a time such as 2026-01-31T00:00:00Z; a + in a query is written %2B',
});

/** What selects payouts, of a list and of a bulk command. */
const filterFields = {
  // The same rules as on create: PostgreSQL fails at a zero byte, and no reference can hold one.
  reference: z
    .string()
    .trim()
    .min(1)
    .max(50)
    .refine(isPlain, 'must not contain control characters')
    .optional()
    .describe("The platform's own id of the payout."),
  status: z
    .string()
    .max(300)
    .refine(isStatusList, `must be one or more of ${statuses.join(', ')}, separated by commas`)
    .optional()
    .describe('One status, or several separated by commas.'),
  attention: z
    .string()
    .refine(isAttention, `must be true or one of ${attentionCodes.join(', ')}`)
    .optional()
    .describe('`true` for payouts with any open attention item, or the code of one item.'),
  created_from: instant.optional().describe('Created at this time or later.'),
  created_to: instant.optional().describe('Created before this time.'),
};

export const filterSchema = z
  .strictObject(filterFields)
  .refine((filter) => Object.values(filter).some((value) => value !== undefined), {
    error: 'must name at least one condition',
  })
  .meta({ id: 'PayoutFilter', description: 'Selects payouts; every condition has to hold.' });

type FilterBody = z.output<z.ZodObject<typeof filterFields>>;

const instantOf = (text: string | undefined): number | null =>
  text === undefined ? null : Date.parse(text);

/** The conditions of a filter for store/payouts/list.ts. */
export const toConditions = (filter: FilterBody): Omit<ListFilter, 'after' | 'limit'> => ({
  reference: filter.reference ?? null,
  status: filter.status?.split(',') ?? null,
  attention:
    filter.attention === undefined
      ? null
      : { code: filter.attention === 'true' ? null : filter.attention },
  createdFrom: instantOf(filter.created_from),
  createdTo: instantOf(filter.created_to),
});

const SEARCH_MAX = 128;

export const searchSchema = z
  .string()
  .trim()
  .min(1)
  .max(SEARCH_MAX)
  .refine(isPlain, 'must not contain control characters');

export const listQuerySchema = z.strictObject({
  ...filterFields,
  q: searchSchema
    .optional()
    .describe(
      'Any id of a payout, exactly: its id, reference, `client_orderid`, the order id or serial ' +
        "number of the gateway, the processor's transaction id, or the `webhook-id` of a " +
        'notification.',
    ),
  limit: wholeNumber(1, LIMIT_MAX)
    .optional()
    .describe(`Payouts in a page, 1 to ${LIMIT_MAX}; ${LIMIT_DEFAULT} by default.`),
  cursor: z.string().max(200).optional().describe('The `next_cursor` of the previous page.'),
});

export type ListQuery = z.output<typeof listQuerySchema>;

export const limitOf = ({ limit }: ListQuery): number =>
  limit === undefined ? LIMIT_DEFAULT : Number(limit);

type Position = { createdAt: number; id: string };

export const toCursor = ({ createdAt, id }: Position): string =>
  Buffer.from(`${createdAt}.${id}`).toString('base64url');

/** The position in a cursor; null for a text that is not a cursor of ours. */
export function fromCursor(cursor: string): Position | null {
  const [createdAt, id] = Buffer.from(cursor, 'base64url').toString().split('.');
  if (createdAt === undefined || id === undefined || !/^-?\d{1,15}$/.test(createdAt)) return null;
  return payoutIdPattern.test(id) ? { createdAt: Number(createdAt), id } : null;
}
