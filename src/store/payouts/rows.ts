/**
 * Converts rows of the payouts table to the types of the core. A row is parsed with zod, so that a
 * row with impossible values stops the work on that payout instead of being acted on. Unknown
 * members of JSON belong to a newer version: they are kept, and written back with the rest.
 * `columns.ts` owns the columns, and what is read from each.
 */

import { z } from 'zod';
import { assertPayout, moneyMovedWords, type Payout, releases } from '../../payout/model/payout.ts';
import { statuses } from '../../payout/model/status.ts';
import type { Tracking } from '../../payout/model/tracking.ts';
import {
  detailsOf,
  factsOf,
  parseRow,
  type RequestDetails,
  type Row,
  readColumns,
} from './columns.ts';
import { trackingSchema } from './tracking-schema.ts';

export type StoredPayout = {
  payout: Payout;
  details: RequestDetails;
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

/**
 * What is shown of a payout: all of it, or, for a row of a newer version, the members that need no
 * interpretation.
 */
export type ShownPayout = Omit<StoredPayout, 'payout'> & {
  payout: Omit<Payout, 'status' | 'release' | 'moneyMoved' | 'tracking'> & {
    status: string;
    release: string;
    moneyMoved: string;
    /** Null where a newer version has written the row. */
    tracking: Tracking | null;
  };
};

/** Whether this version knows the meaning of the payout's state. */
export const isUnderstood = (shown: ShownPayout): shown is StoredPayout =>
  shown.payout.tracking !== null;

/** The columns that are read as a select list, of a table or its alias. */
export const readList = (table: string): string =>
  readColumns.map((column) => `${table}.${column}`).join(', ');

const restOf = (row: Row): Omit<StoredPayout, 'payout'> => ({
  details: detailsOf(row),
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
    return { ...factsOf(row), ...words, tracking };
  } catch (error) {
    const isUnknownWord = ({ code }: z.core.$ZodIssue): boolean => code === 'invalid_value';
    if (error instanceof z.ZodError && error.issues.every(isUnknownWord)) {
      throw new NewerRow(row.id, error.issues.map(({ path }) => path.join('.')).join(', '));
    }
    throw error;
  }
}

function toStored(row: Row): StoredPayout {
  const payout = toPayout(row);
  assertPayout(payout);
  return { ...restOf(row), payout };
}

/**
 * Reads a row that is to be acted on; throws {@link NewerRow} where only a newer version can, and
 * another error where the row breaks an invariant of every payout.
 */
export const toStoredPayout = (raw: unknown): StoredPayout => toStored(parseRow(raw));

/** Reads a row that is only shown. */
export function toShownPayout(raw: unknown): ShownPayout {
  const row = parseRow(raw);
  try {
    return toStored(row);
  } catch (error) {
    if (!(error instanceof NewerRow)) throw error;
    const { status, release, money_moved: moneyMoved } = row;
    const payout = { ...factsOf(row), status, release, moneyMoved, tracking: null };
    return { ...restOf(row), payout };
  }
}
