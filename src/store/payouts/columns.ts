/**
 * The columns of the payouts table: one row of the table below for each, with its type, its schema
 * and the value that is written; below it, what is read from a row. Statements and types follow
 * from the table. Rows are sent to the database as JSON, so that one prepared statement fits any
 * number of them. `rows.ts` decides which rows can be acted on.
 */

import { z } from 'zod';
import { wordOf } from '../../lib/newer-word.ts';
import { attentionCodes } from '../../payout/model/attention.ts';
import { type Payout, reasonSources } from '../../payout/model/payout.ts';
import type { Due } from '../../payout/policy/schedule.ts';
import type { Macs } from '../integrity/row-signer.ts';
import { memoryOf } from './tracking-schema.ts';

/** What the client sent at create and the service only stores and returns. */
export type RequestDetails = {
  apiKeyName: string;
  idempotencyKey: string;
  fingerprint: string;
  description: string | null;
  purpose: string | null;
  returnUrl: string | null;
  cashier: Cashier | null;
  metadata: Record<string, string> | null;
  /** Sealed receiver data; opened only to be sent, or to be shown masked. */
  receiver: Uint8Array;
};

export type Cashier = {
  pin?: string | undefined;
  front_end_name?: string | undefined;
  site_id?: number | undefined;
  trace_id?: string | undefined;
};

/** A payout as it is created. */
export type Created = { payout: Payout; details: RequestDetails; due: Due; macs: Macs };

/** The declaration of a value in the record that the JSON is read as. */
type Carried =
  | 'text'
  | 'int'
  | 'smallint'
  | 'bigint'
  | 'boolean'
  | 'timestamptz'
  | 'jsonb'
  | 'jsonb as text'
  | 'bytea as base64';

type Read = z.ZodType | null;

/** Written once, by the insert. `read` is null where the column is never read. */
const once = <R extends Read>(carried: Carried, read: R, valueIn: (created: Created) => unknown) =>
  ({ written: 'once', carried, read, valueIn }) as const;

/** Written by the insert and by every decision. */
const changing = <R extends Read>(
  carried: Carried,
  read: R,
  valueIn: (payout: Payout, macs: Macs) => unknown,
) =>
  ({
    written: 'changing',
    carried,
    read,
    valueIn: ({ payout, macs }: Pick<Created, 'payout' | 'macs'>) => valueIn(payout, macs),
  }) as const;

/** Counted by the database alone. */
const counted = <R extends Read>(carried: Carried, read: R) =>
  ({ written: 'counted', carried, read }) as const;

/** What RFC 3339 can write; a row with an earlier or later time was altered by hand. */
export const YEAR_FIRST = new Date('0001-01-01T00:00:00Z');
export const YEAR_LAST = new Date('9999-12-31T23:59:59.999Z');
const instantSchema = z
  .date()
  .min(YEAR_FIRST)
  .max(YEAR_LAST)
  .transform((date) => date.getTime());
const textOrNull = z.string().nullable();
const instantOrNull = instantSchema.nullable();

const attentionSchema = z.array(
  z.looseObject({
    code: z.string().transform((code) => wordOf(attentionCodes, code)),
    since: z.int(),
    detail: textOrNull,
    acknowledgedBy: textOrNull,
  }),
);

const reasonSchema = z
  .looseObject({
    source: z.string().transform((source) => wordOf(reasonSources, source)),
    code: textOrNull,
    message: textOrNull,
  })
  .nullable();

const bigIntSchema = z.string().transform((text) => BigInt(text));

const cashierSchema = z.looseObject({
  pin: z.string().optional(),
  front_end_name: z.string().optional(),
  site_id: z.int().optional(),
  trace_id: z.string().optional(),
});

const instantOf = (at: number | null): Date | null => (at === null ? null : new Date(at));

/** Every column. */
// biome-ignore format: a table, one line per column.
const columns = {
  id: once('text', z.string(), ({ payout }) => payout.id),
  reference: once('text', z.string(), ({ payout }) => payout.reference),
  api_key_name: once('text', z.string(), ({ details }) => details.apiKeyName),
  idempotency_key: once('text', z.string(), ({ details }) => details.idempotencyKey),
  fingerprint: once('text', z.string(), ({ details }) => details.fingerprint),
  endpoint: once('text', z.string(), ({ payout }) => payout.endpoint),
  release: once('text', z.string(), ({ payout }) => payout.release),
  amount_minor: once('bigint', bigIntSchema, ({ payout }) => payout.money.amountMinor.toString()),
  // Null for rows from before it was stored.
  amount_decimals: once('smallint', z.int().min(0).max(4).nullable(), ({ payout }) => payout.money.decimals),
  currency: once('text', z.string(), ({ payout }) => payout.money.currency),
  epoch: once('int', z.int(), ({ payout }) => payout.epoch),
  client_order_id: once('text', textOrNull, ({ payout }) => payout.clientOrderId),
  gateway_identity: changing('text', textOrNull, ({ gateway }) => gateway.identity),
  gateway_amount: changing('text', textOrNull, ({ gateway }) => gateway.amount),
  gateway_currency: changing('text', textOrNull, ({ gateway }) => gateway.currency),
  description: once('text', textOrNull, ({ details }) => details.description),
  purpose: once('text', textOrNull, ({ details }) => details.purpose),
  return_url: once('text', textOrNull, ({ details }) => details.returnUrl),
  cashier: once('jsonb', cashierSchema.nullable(), ({ details }) => details.cashier),
  metadata: once('jsonb', z.record(z.string(), z.string()).nullable(), ({ details }) => details.metadata),
  receiver: once('bytea as base64', z.instanceof(Uint8Array), ({ details }) => Buffer.from(details.receiver).toString('base64')),
  status: changing('text', z.string(), ({ status }) => status),
  status_since: changing('timestamptz', instantSchema, ({ statusSince }) => instantOf(statusSince)),
  money_moved: changing('text', z.string(), ({ moneyMoved }) => moneyMoved),
  reason: changing('jsonb as text', reasonSchema, ({ reason }) => (reason === null ? null : JSON.stringify(reason))),
  finalized_at: changing('timestamptz', instantOrNull, ({ finalizedAt }) => instantOf(finalizedAt)),
  order_id: changing('text', textOrNull, ({ gateway }) => gateway.orderId),
  stage: changing('text', textOrNull, ({ gateway }) => gateway.stage),
  processor_tx_id: changing('text', textOrNull, ({ gateway }) => gateway.processorTxId),
  redirect_url: changing('text', textOrNull, ({ gateway }) => gateway.redirectUrl),
  authorized_at: changing('timestamptz', instantOrNull, ({ authorization }) => instantOf(authorization.authorizedAt)),
  authorized_by: changing('text', textOrNull, ({ authorization }) => authorization.by),
  expires_at: changing('timestamptz', instantOrNull, ({ authorization }) => instantOf(authorization.expiresAt)),
  release_withheld: changing('boolean', z.boolean(), ({ authorization }) => authorization.withheld),
  attention: changing('jsonb as text', attentionSchema, ({ attention }) => JSON.stringify(attention)),
  memory: changing('jsonb as text', z.unknown(), ({ tracking }) => JSON.stringify(memoryOf(tracking))),
  // Null where no key was configured, and in rows from before.
  row_mac: once('text', textOrNull, ({ macs }) => macs.row),
  authorization_mac: changing('text', textOrNull, (_payout, macs) => macs.authorization),
  order_mac: changing('text', textOrNull, (_payout, macs) => macs.order),
  version: changing('int', z.int(), ({ version }) => version),
  revision: counted('int', z.int()),
  due_at: once('timestamptz', instantOrNull, ({ due }) => new Date(due.at)),
  created_at: once('timestamptz', instantSchema, ({ payout }) => new Date(payout.createdAt)),
  updated_at: once('timestamptz', instantSchema, ({ payout }) => new Date(payout.createdAt)),
  due_class: once('smallint', null, ({ due }) => due.class),
};

type Columns = typeof columns;
type ColumnName = keyof Columns;
type NamesOf<W extends Columns[ColumnName]['written']> = {
  [C in ColumnName]: Columns[C]['written'] extends W ? C : never;
}[ColumnName];

/** A row as it is read. */
export type Row = {
  [C in ColumnName as Columns[C]['read'] extends z.ZodType ? C : never]: z.infer<
    Columns[C]['read']
  >;
};

const names = Object.keys(columns) as ColumnName[];

/** The columns of an insert. */
export const insertColumns = names.filter(
  (name): name is NamesOf<'once' | 'changing'> => columns[name].written !== 'counted',
);

/** The columns that every decision writes. */
export const changingColumns = names.filter(
  (name): name is NamesOf<'changing'> => columns[name].written === 'changing',
);

/** The columns that are read, by name: a later migration may add others under a prepared query. */
export const readColumns: readonly string[] = names.filter((name) => columns[name].read !== null);

const rowSchema = z.object(
  Object.fromEntries(
    names.flatMap((name) => {
      const { read } = columns[name];
      return read === null ? [] : [[name, read]];
    }),
  ),
);

/** Throws a ZodError for a row that cannot be read. */
export const parseRow = (raw: unknown): Row => rowSchema.parse(raw) as Row;

/** Stands for a column that cannot be read. The types in the database keep the others readable. */
const blankOf = (name: ColumnName, value: unknown): unknown => {
  if (name === 'attention') return [];
  // Such a row is listed first, and the next page goes on after it.
  if (name === 'created_at' && Number(value) > YEAR_LAST.getTime()) return YEAR_LAST.getTime();
  return name === 'created_at' || name === 'updated_at' || name === 'status_since' ? 0 : null;
};

/** A row with a blank for every column that cannot be read, and the names of these. */
export function parseReadable(raw: Readonly<Record<string, unknown>>): {
  row: Row;
  unreadable: ReadonlySet<ColumnName>;
} {
  const row: Record<string, unknown> = {};
  const unreadable = new Set<ColumnName>();
  for (const name of names) {
    const parsed = columns[name].read?.safeParse(raw[name]);
    if (parsed?.success === false) unreadable.add(name);
    row[name] = parsed?.success === true ? parsed.data : blankOf(name, raw[name]);
  }
  return { row: row as Row, unreadable };
}

const DECLARED: Readonly<Partial<Record<Carried, string>>> = {
  'jsonb as text': 'text',
  'bytea as base64': 'text',
};

/** The columns with their types, for the record that JSON is read as. */
export const declared = (of: readonly ColumnName[]): string =>
  of
    .map((name) => `${name} ${DECLARED[columns[name].carried] ?? columns[name].carried}`)
    .join(', ');

/** The value of a column in the record `s`. */
export function valueOf(name: ColumnName): string {
  const { carried } = columns[name];
  if (carried === 'bytea as base64') return `decode(s.${name}, 'base64')`;
  return carried === 'jsonb as text' ? `s.${name}::jsonb` : `s.${name}`;
}

/** The values of {@link insertColumns} for a new payout, by their names. */
export const insertedOf = (created: Created): object =>
  Object.fromEntries(insertColumns.map((name) => [name, columns[name].valueIn(created)]));

/** The values of {@link changingColumns} for a payout, by their names. */
export const changingOf = (written: Pick<Created, 'payout' | 'macs'>): object =>
  Object.fromEntries(changingColumns.map((name) => [name, columns[name].valueIn(written)]));

/** The members that can be shown of any row, whatever words a newer version has written. */
export function factsOf(row: Row) {
  return {
    id: row.id,
    reference: row.reference,
    endpoint: row.endpoint,
    epoch: row.epoch,
    // Rows from before the column sent their own id.
    clientOrderId: row.client_order_id ?? row.id,
    createdAt: row.created_at,
    version: row.version,
    statusSince: row.status_since,
    reason: row.reason,
    finalizedAt: row.finalized_at,
    gateway: {
      identity: row.gateway_identity,
      orderId: row.order_id,
      amount: row.gateway_amount,
      currency: row.gateway_currency,
      stage: row.stage,
      processorTxId: row.processor_tx_id,
      redirectUrl: row.redirect_url,
    },
    authorization: {
      authorizedAt: row.authorized_at,
      by: row.authorized_by,
      expiresAt: row.expires_at,
      withheld: row.release_withheld,
    },
    attention: row.attention,
  };
}

/** What the client sent. */
export const detailsOf = (row: Row): RequestDetails => ({
  apiKeyName: row.api_key_name,
  idempotencyKey: row.idempotency_key,
  fingerprint: row.fingerprint,
  description: row.description,
  purpose: row.purpose,
  returnUrl: row.return_url,
  cashier: row.cashier,
  metadata: row.metadata,
  receiver: row.receiver,
});
