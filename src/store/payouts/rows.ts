/**
 * Converts rows of the payouts table to the types of the core. A row is parsed with zod, so that a
 * row with impossible values stops the work on that payout instead of being acted on. Unknown
 * members of JSON belong to a newer version: they are kept, and written back with the rest.
 * `columns.ts` owns the columns, and what is read from each.
 */

import { z } from 'zod';
import type { Attention } from '../../payout/model/attention.ts';
import { decimalsOfOldRow } from '../../payout/model/currencies.ts';
import type { Money } from '../../payout/model/money.ts';
import { assertPayout, moneyMovedWords, type Payout, releases } from '../../payout/model/payout.ts';
import { statuses } from '../../payout/model/status.ts';
import type { Tracking } from '../../payout/model/tracking.ts';
import type { Macs } from '../integrity/row-signer.ts';
import {
  detailsOf,
  factsOf,
  parseReadable,
  parseRow,
  type RequestDetails,
  type Row,
  readColumns,
  YEAR_FIRST,
  YEAR_LAST,
} from './columns.ts';
import { trackingSchema } from './tracking-schema.ts';

export type StoredPayout = {
  payout: Payout;
  details: RequestDetails;
  /** As the row has them; `integrity/row-signer.ts` judges them. */
  macs: Macs;
  /** Counts every write; a save compares it, so that two decisions never build on one state. */
  revision: number;
  dueAt: number | null;
  updatedAt: number;
};

/**
 * A row with a word that a newer version has written, such as a status. It is shown, and left to
 * the replicas of that version.
 */
export class NewerRow extends Error {
  override readonly name = 'NewerRow';
  constructor(id: string, where: string) {
    super(`${id} is in a state of a newer version: ${where}`);
  }
}

/** A row that cannot be read, or that breaks an invariant of every payout: nothing acts on it. */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
  readonly payoutId: string;
  /** Names what cannot be read, without a value of it. */
  readonly where: string;

  constructor(payoutId: string, where: string, options: ErrorOptions) {
    super(`the row of ${payoutId} cannot be read: ${where}`, options);
    this.payoutId = payoutId;
    this.where = where;
  }
}

/**
 * What is shown of a payout: all of it; for a row of a newer version, the members that need no
 * interpretation; for a row that cannot be read, the columns that can.
 */
export type ShownPayout = Omit<StoredPayout, 'payout' | 'details'> & {
  payout: Omit<Payout, 'status' | 'release' | 'moneyMoved' | 'tracking' | 'money'> & {
    status: string;
    release: string;
    moneyMoved: string;
    /** `decimals` is null where they cannot be read: the amount is then unknown. */
    money: Omit<Money, 'decimals'> & { decimals: number | null };
    /** Null where this version does not understand the row. */
    tracking: Tracking | null;
  };
  /** The receiver is null in a row that cannot be read. */
  details: Omit<RequestDetails, 'receiver'> & { receiver: Uint8Array | null };
  /** What cannot be read, in a row that has no mark of it yet: see store/unreadable-rows.ts. */
  unmarked?: string;
};

/** Whether this version knows the meaning of the payout's state. */
export const isUnderstood = (shown: ShownPayout): shown is StoredPayout =>
  shown.payout.tracking !== null;

/** The columns that are read as a select list, of a table or its alias. */
export const readList = (table: string): string =>
  readColumns.map((column) => `${table}.${column}`).join(', ');

/**
 * A time in SQL as it is shown: in whole milliseconds, and within the years that a row may have. It
 * may have been altered by hand, and a cursor has to find its place again.
 */
export const shownAt = (at: string): string =>
  `least(greatest(date_trunc('milliseconds', ${at}),
    '${YEAR_FIRST.toISOString()}'), '${YEAR_LAST.toISOString()}')`;

/** Throws for a row that does not tell the decimals of its amount. */
const moneyOf = (row: Row): Money => ({
  amountMinor: row.amount_minor,
  decimals: row.amount_decimals ?? decimalsOfOldRow(row.currency),
  currency: row.currency,
});

const restOf = (row: Row): Omit<StoredPayout, 'payout'> => ({
  details: detailsOf(row),
  macs: { row: row.row_mac, authorization: row.authorization_mac, order: row.order_mac },
  revision: row.revision,
  dueAt: row.due_at,
  updatedAt: row.updated_at,
});

const wordsSchema = z.object({
  status: z.enum(statuses),
  release: z.enum(releases),
  moneyMoved: z.enum(moneyMovedWords),
});

/**
 * The payout of a row; throws {@link NewerRow} where it contains a word that this version does not
 * know.
 */
function toPayout(row: Row): Payout {
  try {
    const { status, release, money_moved: moneyMoved } = row;
    const words = wordsSchema.parse({ status, release, moneyMoved });
    const tracking = trackingSchema.parse(row.memory);
    return { ...factsOf(row), money: moneyOf(row), ...words, tracking };
  } catch (error) {
    const isUnknownWord = ({ code }: z.core.$ZodIssue): boolean => code === 'invalid_value';
    if (error instanceof z.ZodError && error.issues.every(isUnknownWord)) {
      throw new NewerRow(row.id, error.issues.map(({ path }) => path.join('.')).join(', '));
    }
    throw error;
  }
}

/** Names what cannot be read, without a value of it. */
function whereOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : 'unknown';
  // Only tracking, in the column memory, is parsed as one value that has no name of its own.
  return [...new Set(error.issues.map(({ path }) => path.join('.') || 'memory'))].join(', ');
}

/** A row as the driver returns it. */
export type RawRow = Readonly<Record<string, unknown>>;

/**
 * Reads a row that is to be acted on; throws {@link NewerRow} where only a newer version can, and
 * {@link UnreadableRow} where no version can.
 */
export function toStoredPayout(raw: RawRow): StoredPayout {
  try {
    const row = parseRow(raw);
    const payout = toPayout(row);
    assertPayout(payout);
    return { ...restOf(row), payout };
  } catch (error) {
    if (error instanceof NewerRow) throw error;
    throw new UnreadableRow(String(raw['id']), whereOf(error), { cause: error });
  }
}

/** Reads a row that is only shown. Never throws, so that one row does not break a whole list. */
export function toShownPayout(raw: RawRow): ShownPayout {
  try {
    return toStoredPayout(raw);
  } catch (error) {
    if (error instanceof NewerRow) return ofNewerRow(parseRow(raw));
    return ofUnreadableRow(raw, error instanceof UnreadableRow ? whereOf(error.cause) : 'unknown');
  }
}

const untracked = ({ status, release, money_moved: moneyMoved }: Row) => ({
  status,
  release,
  moneyMoved,
  tracking: null,
});

/** Null where the row does not tell the decimals of its amount. */
function decimalsOf(row: Row): number | null {
  try {
    return moneyOf(row).decimals;
  } catch {
    return null;
  }
}

/** The amount as the row has it, without decimals where these are unknown. */
const shownMoney = (row: Row): ShownPayout['payout']['money'] => ({
  amountMinor: row.amount_minor,
  decimals: decimalsOf(row),
  currency: row.currency,
});

const ofNewerRow = (row: Row): ShownPayout => ({
  ...restOf(row),
  payout: { ...factsOf(row), money: shownMoney(row), ...untracked(row) },
});

function ofUnreadableRow(raw: RawRow, where: string): ShownPayout {
  const { row, unreadable } = parseReadable(raw);
  const facts = factsOf(row);
  const { details, ...rest } = restOf(row);
  const code = 'row_unreadable';
  const mark = facts.attention.find((one) => one.code === code);
  const since = mark?.since ?? row.updated_at;
  const item: Attention = { code, since, detail: where, acknowledgedBy: null };
  return {
    ...rest,
    ...(mark === undefined && { unmarked: where }),
    details: { ...details, receiver: null },
    payout: {
      ...facts,
      money: {
        ...shownMoney(row),
        ...(unreadable.has('amount_decimals') && { decimals: null }),
      },
      ...untracked(row),
      attention: [item, ...facts.attention.filter((one) => one !== mark)],
    },
  };
}
