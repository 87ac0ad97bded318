/**
 * Answers of what every heartbeat reads and hardly anything changes, kept until something may have
 * changed it: half of all statements of a run are of heartbeats, and a run is as slow as its
 * statements are many.
 */

import assert from 'node:assert/strict';
import type { QueryResult, QueryResultRow } from 'pg';
import type { Random } from './random.ts';

export type ReadCache = {
  /** Runs the statement, which changes nothing, or answers what it answered last. */
  answer<T extends QueryResultRow>(
    name: string,
    values: readonly unknown[] | undefined,
    run: () => Promise<QueryResult<T>>,
  ): Promise<QueryResult<T>>;
  /** A statement with this name ran that may have changed something, and answered these rows. */
  wrote(name: string, rows: readonly QueryResultRow[]): void;
  /** Something changed the database next to the statements that go through here. */
  clear(): void;
};

const KEPT = /^(read-clock|list-gateway-identities|list-gateway-continuations)$/;

/** It also answers the newest entry of the journal, and whether the journal holds another one. */
const INSTALLATION = /^select name, derives_order_ids/;

/** What changes leases and letters, and nothing that is kept. */
const HARMLESS = /^(claim-due|extend-leases|release-lease|claim-notifications|extend-notific.*)$/;

/** What changes nothing of what is kept but the newest entry, which it answers. */
const WRITES_PAYOUTS = /^(save-payouts|insert-payouts)$/;

/** Of the answers that are kept, one in so many is compared with the database's. */
const COMPARED = 20;

type Values = readonly unknown[] | undefined;

type Newest = { newest_id: unknown; newest_payout: unknown; newest_at: unknown };

const newestOf = ({ newest_id, newest_payout, newest_at }: QueryResultRow): Newest => ({
  newest_id,
  newest_payout,
  newest_at,
});

const entryKey = (id: unknown, payoutId: unknown, at: unknown): string =>
  JSON.stringify([id, payoutId, at]);

const keyOf = (newest: Newest): string =>
  entryKey(newest.newest_id, newest.newest_payout, newest.newest_at);

/** Nothing removes an entry but what clears this. */
function createInstallation() {
  let kept: QueryResult | null = null;
  const held = new Set<string>();
  return {
    answer: ([id = null, payoutId = null, at = null]: readonly unknown[]): QueryResult | null => {
      if (kept === null || (id !== null && !held.has(entryKey(id, payoutId, at)))) return null;
      return {
        ...kept,
        rows: kept.rows.map((row: QueryResultRow) => ({ ...row, holds_mark: true })),
      };
    },
    keep: (values: readonly unknown[], answered: QueryResult): void => {
      const [row] = answered.rows;
      if (row?.['holds_mark'] !== true) return;
      kept = answered;
      const [id = null, payoutId = null, at = null] = values;
      held.add(entryKey(id, payoutId, at)).add(keyOf(newestOf(row)));
    },
    wrote: ([row]: readonly QueryResultRow[]): void => {
      if (row === undefined || row['newest_id'] === null) return;
      const newest = newestOf(row);
      // A create does not answer its entry.
      if (newest.newest_id === undefined) {
        kept = null;
        return;
      }
      held.add(keyOf(newest));
      if (kept !== null) kept = { ...kept, rows: [{ ...kept.rows[0], ...newest }] };
    },
    clear: (): void => {
      kept = null;
      held.clear();
    },
  };
}

/** `random` picks the answers that are compared; one that differs breaks the run. */
export function createReadCache(random: Random): ReadCache {
  const kept = new Map<string, QueryResult>();
  const installation = createInstallation();
  const clear = (): void => {
    kept.clear();
    installation.clear();
  };

  const ofInstallation = async <T extends QueryResultRow>(
    values: readonly unknown[],
    run: () => Promise<QueryResult<T>>,
  ): Promise<QueryResult<T>> => {
    const known = installation.answer(values) as QueryResult<T> | null;
    if (known !== null && !random.chance(1 / COMPARED)) return known;
    const answered = await run();
    if (known !== null) {
      const [[is], [was]] = [answered.rows, known.rows];
      assert(is !== undefined && was !== undefined);
      assert.deepEqual({ ...is, now: null }, { ...was, now: null });
    }
    installation.keep(values, answered);
    return answered;
  };

  return {
    answer: async <T extends QueryResultRow>(
      name: string,
      values: Values,
      run: () => Promise<QueryResult<T>>,
    ) => {
      if (INSTALLATION.test(name)) return ofInstallation(values ?? [], run);
      if (!KEPT.test(name)) return run();
      const key = `${name} ${JSON.stringify(values ?? [])}`;
      const last = kept.get(key);
      const answered = (last as QueryResult<T> | undefined) ?? (await run());
      kept.set(key, answered);
      return { ...answered, rows: answered.rows.map((row) => ({ ...row })) };
    },
    wrote: (name, rows) => {
      if (HARMLESS.test(name)) return;
      if (WRITES_PAYOUTS.test(name)) installation.wrote(rows);
      else clear();
    },
    clear,
  };
}
