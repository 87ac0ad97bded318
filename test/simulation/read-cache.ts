/**
 * Answers of what every heartbeat reads and hardly anything changes, kept until anything might have
 * changed it: half of all statements of a run are heartbeats, and a run is as slow as its
 * statements are many.
 */

import type { QueryResult, QueryResultRow } from 'pg';

export type ReadCache = {
  /** Runs the statement, or answers what it answered last. */
  answer<T extends QueryResultRow>(
    name: string,
    run: () => Promise<QueryResult<T>>,
  ): Promise<QueryResult<T>>;
  /** Something changed the database beside the statements that go through here. */
  clear(): void;
};

const KEPT: readonly RegExp[] = [
  /^read-clock$/,
  /^list-gateway-identities$/,
  /^list-gateway-continuations$/,
  /^select name, derives_order_ids, epoch/,
];

/** What leaves the installation and the gateways as they are. */
const HARMLESS = /^(find-|save-payouts$|insert-payouts$|claim-due$|extend-leases$|claim-notif)/;

export function createReadCache(): ReadCache {
  const kept = new Map<string, QueryResult>();
  return {
    answer: async <T extends QueryResultRow>(name: string, run: () => Promise<QueryResult<T>>) => {
      if (!KEPT.some((pattern) => pattern.test(name))) {
        if (!HARMLESS.test(name)) kept.clear();
        return run();
      }
      const last = kept.get(name);
      const answered = (last as QueryResult<T> | undefined) ?? (await run());
      kept.set(name, answered);
      return { ...answered, rows: answered.rows.map((row) => ({ ...row })) };
    },
    clear: () => kept.clear(),
  };
}
