/**
 * The gauge of the tables' sizes. They change slowly, so they are read far less often than the
 * stats of all payouts in state-metrics.ts.
 */

import { Gauge, type Registry } from 'prom-client';
import type { TableSize } from '../../store/table-sizes.ts';

/** A disk that fills within this is full before anyone can act on an alert. */
const SIZES_READ_FOR_MS = 300_000;

export type TableSources = {
  readTableSizes(): Promise<TableSize[]>;
  onTableSizesFailed(error: unknown): void;
};

/** Reads the sizes where that was long ago. Never rejects: the last sizes stay. */
export type RefreshTables = () => Promise<void>;

export function createTableMetrics(
  registry: Registry,
  { readTableSizes, onTableSizesFailed }: TableSources,
  monotonic: () => number,
): RefreshTables {
  const sizes = new Gauge({
    name: 'database_table_bytes',
    help: 'Size of a table with its indexes, as it was within the last five minutes.',
    labelNames: ['table'],
    registers: [registry],
  });
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (monotonic() - readAt < SIZES_READ_FOR_MS) return;
    // Also where it fails: a database that fails is not asked again at every scrape.
    readAt = monotonic();
    try {
      for (const { table, bytes } of await readTableSizes()) sizes.set({ table }, bytes);
    } catch (error) {
      onTableSizesFailed(error);
    }
  };
}
