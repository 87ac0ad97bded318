/**
 * The journal of payouts, written by the statement that writes the payout itself.
 */

import type { PayoutEvent } from '../payout/event.ts';
import type { FeedType } from '../payout/feed.ts';

export type JournalEntry = {
  kind: PayoutEvent['kind'] | 'created';
  at: number;
  version: number;
  status: string;
  says: string;
  data: Record<string, unknown>;
  /** What it adds to the public feed; nothing where it is left out. */
  feed?: readonly FeedType[];
};

const columns = 'payout_id, at, kind, version, status, says, data, feed';

/** The insert for the JSON list `entries` of each row in the relation `payouts`. */
export const journalInsert = (payouts: string): string => `
insert into payout_events (${columns})
select made.id, e.at, e.kind, e.version, e.status, e.says, e.data, nullif(e.feed, '{}')
from ${payouts} as made, jsonb_to_recordset(made.entries)
  as e(at timestamptz, kind text, version int, status text, says text, data jsonb, feed text[])`;

export const journalRows = (entries: readonly JournalEntry[]): object[] =>
  entries.map((entry) => ({ ...entry, at: new Date(entry.at) }));
