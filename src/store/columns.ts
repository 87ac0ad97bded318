/**
 * The columns of the payouts table as statements write them: rows travel as JSON, so that one
 * prepared statement fits any number of them.
 */

import type { Payout } from '../payout/payout.ts';

/** Columns of other types than text, as JSON brings them. */
const columnTypes: Readonly<Record<string, string>> = {
  amount_minor: 'bigint',
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

/** The columns that a decision may change, in the order in which a save binds them. */
export const changingColumns = [
  'status',
  'status_since',
  'money_moved',
  'reason',
  'finalized_at',
  'order_id',
  'stage',
  'processor_tx_id',
  'redirect_url',
  'authorized_at',
  'authorized_by',
  'expires_at',
  'release_withheld',
  'attention',
  'memory',
  'version',
] as const;

const instantOf = (at: number | null): Date | null => (at === null ? null : new Date(at));

function changingValues(payout: Payout): unknown[] {
  const { gateway, authorization } = payout;
  return [
    payout.status,
    instantOf(payout.statusSince),
    payout.moneyMoved,
    payout.reason === null ? null : JSON.stringify(payout.reason),
    instantOf(payout.finalizedAt),
    gateway.orderId,
    gateway.stage,
    gateway.processorTxId,
    gateway.redirectUrl,
    instantOf(authorization.authorizedAt),
    authorization.by,
    instantOf(authorization.expiresAt),
    authorization.withheld,
    JSON.stringify(payout.attention),
    JSON.stringify(payout.memory),
    payout.version,
  ];
}

/** The values of {@link changingColumns} for a payout, by their names. */
export const changingOf = (payout: Payout): object => {
  const values = changingValues(payout);
  return Object.fromEntries(changingColumns.map((column, index) => [column, values[index]]));
};
