/**
 * Answers of what every heartbeat reads and hardly anything changes, kept until something may have
 * changed it: half of all statements of a run are of heartbeats, and a run is as slow as its
 * statements are many.
 */

import type { QueryResult, QueryResultRow } from 'pg';

export type ReadCache = {
  /** Runs the statement, which changes nothing, or answers what it answered last. */
  answer<T extends QueryResultRow>(
    name: string,
    values: readonly unknown[] | undefined,
    run: () => Promise<QueryResult<T>>,
  ): Promise<QueryResult<T>>;
  /** A statement with this name ran that may have changed something. */
  wrote(name: string): void;
  /** Something changed the database beside the statements that go through here. */
  clear(): void;
};

const KEPT = /^(read-clock|list-gateway-identities|list-gateway-continuations)$/;

/** It also answers the newest entry of the journal. */
const KEPT_UNTIL_WRITTEN = /^select name, derives_order_ids/;

/** What changes leases and letters, and nothing that is kept. */
const HARMLESS = /^(claim-due|extend-leases|release-lease|claim-notifications|extend-notific.*)$/;

/** What leaves the installation and the gateways as they are. */
const WRITES_PAYOUTS = /^(save-payouts|insert-payouts)$/;

export function createReadCache(): ReadCache {
  const kept = new Map<string, QueryResult>();
  const keptUntilWritten = new Map<string, QueryResult>();
  const cacheOf = (name: string): Map<string, QueryResult> | null => {
    if (KEPT.test(name)) return kept;
    return KEPT_UNTIL_WRITTEN.test(name) ? keptUntilWritten : null;
  };
  return {
    answer: async <T extends QueryResultRow>(
      name: string,
      values: readonly unknown[] | undefined,
      run: () => Promise<QueryResult<T>>,
    ) => {
      const cache = cacheOf(name);
      if (cache === null) return run();
      const key = `${name} ${JSON.stringify(values ?? [])}`;
      const last = cache.get(key);
      const answered = (last as QueryResult<T> | undefined) ?? (await run());
      cache.set(key, answered);
      return { ...answered, rows: answered.rows.map((row) => ({ ...row })) };
    },
    wrote: (name) => {
      if (HARMLESS.test(name)) return;
      keptUntilWritten.clear();
      if (!WRITES_PAYOUTS.test(name)) kept.clear();
    },
    clear: () => {
      kept.clear();
      keptUntilWritten.clear();
    },
  };
}
