/**
 * The columns of the payouts table: one row of the table below for each. Statements, reads and
 * types follow from it. Rows are sent to the database as JSON, so that one prepared statement fits
 * any number of them.
 */

import { z } from 'zod';
import { wordOf } from '../../lib/newer-word.ts';
import { attentionCodes } from '../../payout/model/attention.ts';
import { type Payout, reasonSources } from '../../payout/model/payout.ts';

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

/** Written once, by the insert; by every decision; or counted by the database alone. */
type Written = 'once' | 'changing' | 'counted';

const column = <W extends Written, R extends z.ZodType | null>(
  written: W,
  carried: Carried,
  read: R,
) => ({ written, carried, read });

/** What RFC 3339 can write; a row with an earlier or later time was altered by hand. */
const YEAR_FIRST = new Date('0001-01-01T00:00:00Z');
const YEAR_LAST = new Date('9999-12-31T23:59:59.999Z');
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

const cashierSchema = z.looseObject({
  pin: z.string().optional(),
  front_end_name: z.string().optional(),
  site_id: z.int().optional(),
  trace_id: z.string().optional(),
});

/** Every column; `null` where it is written and never read. */
const columns = {
  id: column('once', 'text', z.string()),
  reference: column('once', 'text', z.string()),
  api_key_name: column('once', 'text', z.string()),
  idempotency_key: column('once', 'text', z.string()),
  fingerprint: column('once', 'text', z.string()),
  endpoint: column('once', 'text', z.string()),
  release: column('once', 'text', z.string()),
  amount_minor: column(
    'once',
    'bigint',
    z.string().transform((text) => BigInt(text)),
  ),
  // Null for rows from before it was stored.
  amount_decimals: column('once', 'smallint', z.int().min(0).max(4).nullable()),
  currency: column('once', 'text', z.string()),
  epoch: column('once', 'int', z.int()),
  client_order_id: column('once', 'text', textOrNull),
  gateway_identity: column('changing', 'text', textOrNull),
  gateway_amount: column('changing', 'text', textOrNull),
  gateway_currency: column('changing', 'text', textOrNull),
  description: column('once', 'text', textOrNull),
  purpose: column('once', 'text', textOrNull),
  return_url: column('once', 'text', textOrNull),
  cashier: column('once', 'jsonb', cashierSchema.nullable()),
  metadata: column('once', 'jsonb', z.record(z.string(), z.string()).nullable()),
  receiver: column('once', 'bytea as base64', z.instanceof(Uint8Array)),
  status: column('changing', 'text', z.string()),
  status_since: column('changing', 'timestamptz', instantSchema),
  money_moved: column('changing', 'text', z.string()),
  reason: column('changing', 'jsonb as text', reasonSchema),
  finalized_at: column('changing', 'timestamptz', instantOrNull),
  order_id: column('changing', 'text', textOrNull),
  stage: column('changing', 'text', textOrNull),
  processor_tx_id: column('changing', 'text', textOrNull),
  redirect_url: column('changing', 'text', textOrNull),
  authorized_at: column('changing', 'timestamptz', instantOrNull),
  authorized_by: column('changing', 'text', textOrNull),
  expires_at: column('changing', 'timestamptz', instantOrNull),
  release_withheld: column('changing', 'boolean', z.boolean()),
  attention: column('changing', 'jsonb as text', attentionSchema),
  memory: column('changing', 'jsonb as text', z.unknown()),
  version: column('changing', 'int', z.int()),
  revision: column('counted', 'int', z.int()),
  due_at: column('once', 'timestamptz', instantOrNull),
  created_at: column('once', 'timestamptz', instantSchema),
  updated_at: column('once', 'timestamptz', instantSchema),
  due_class: column('once', 'smallint', null),
};

type Columns = typeof columns;
type ColumnName = keyof Columns;
type NamesOf<W extends Written> = {
  [C in ColumnName]: Columns[C]['written'] extends W ? C : never;
}[ColumnName];
export type OnceColumn = NamesOf<'once'>;
type ChangingColumn = NamesOf<'changing'>;

/** A row as it is read. */
export type Row = {
  [C in ColumnName as Columns[C]['read'] extends z.ZodType ? C : never]: z.infer<
    Columns[C]['read']
  >;
};

const names = Object.keys(columns) as ColumnName[];
const isInserted = (name: ColumnName): boolean => columns[name].written !== 'counted';

/** The columns of an insert. */
export const insertColumns: readonly ColumnName[] = names.filter(isInserted);

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

const instantOf = (at: number | null): Date | null => (at === null ? null : new Date(at));

/** What a decision may change: each column and its value. */
const changing = {
  status: ({ status }) => status,
  status_since: ({ statusSince }) => instantOf(statusSince),
  money_moved: ({ moneyMoved }) => moneyMoved,
  reason: ({ reason }) => (reason === null ? null : JSON.stringify(reason)),
  finalized_at: ({ finalizedAt }) => instantOf(finalizedAt),
  gateway_identity: ({ gateway }) => gateway.identity,
  gateway_amount: ({ gateway }) => gateway.amount,
  gateway_currency: ({ gateway }) => gateway.currency,
  order_id: ({ gateway }) => gateway.orderId,
  stage: ({ gateway }) => gateway.stage,
  processor_tx_id: ({ gateway }) => gateway.processorTxId,
  redirect_url: ({ gateway }) => gateway.redirectUrl,
  authorized_at: ({ authorization }) => instantOf(authorization.authorizedAt),
  authorized_by: ({ authorization }) => authorization.by,
  expires_at: ({ authorization }) => instantOf(authorization.expiresAt),
  release_withheld: ({ authorization }) => authorization.withheld,
  attention: ({ attention }) => JSON.stringify(attention),
  memory: ({ tracking }) => JSON.stringify(tracking),
  version: ({ version }) => version,
} satisfies Readonly<Record<ChangingColumn, (payout: Payout) => unknown>>;

export const changingColumns = Object.keys(changing) as ChangingColumn[];

const values = Object.entries(changing);

/** The values of {@link changingColumns} for a payout, by their names. */
export const changingOf = (payout: Payout): object =>
  Object.fromEntries(values.map(([name, valueIn]) => [name, valueIn(payout)]));
