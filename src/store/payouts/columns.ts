/**
 * The columns of the payouts table as statements write them: rows travel as JSON, so that one
 * prepared statement fits any number of them.
 */

import type { Payout } from '../../payout/model/payout.ts';

/** Columns of other types than text, as JSON brings them. */
const columnTypes: Readonly<Record<string, string>> = {
  amount_minor: 'bigint',
  amount_decimals: 'smallint',
  epoch: 'int',
  cashier: 'jsonb',
  metadata: 'jsonb',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  due_at: 'timestamptz',
  due_class: 'smallint',
  status_since: 'timestamptz',
  finalized_at: 'timestamptz',
  authorized_at: 'timestamptz',
  expires_at: 'timestamptz',
  release_withheld: 'boolean',
  version: 'int',
};

/** The columns with their types, for the record that JSON is read as. */
export const declared = (columns: readonly string[]): string =>
  columns.map((column) => `${column} ${columnTypes[column] ?? 'text'}`).join(', ');

/** Columns that hold JSON: their values are JSON as text already. */
const jsonColumns: readonly string[] = ['reason', 'attention', 'memory'];

/** The value of a column in the record `s`, where bytes come as base64. */
export function valueOf(column: string): string {
  if (column === 'receiver') return `decode(s.receiver, 'base64')`;
  return jsonColumns.includes(column) ? `s.${column}::jsonb` : `s.${column}`;
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
  memory: ({ memory }) => JSON.stringify(memory),
  version: ({ version }) => version,
} satisfies Readonly<Record<string, (payout: Payout) => unknown>>;

export const changingColumns = Object.keys(changing);

const values = Object.entries(changing);

/** The values of {@link changingColumns} for a payout, by their names. */
export const changingOf = (payout: Payout): object =>
  Object.fromEntries(values.map(([column, valueIn]) => [column, valueIn(payout)]));
