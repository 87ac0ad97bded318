/**
 * The metrics of one process in one registry: what it does, how things stand, and what Node tells
 * of itself. The only folder that knows prom-client.
 */

import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Metrics as MetricsPage } from '../../http/routes/metrics.ts';
import { createFlowMetrics, type FlowMetrics } from './flow-metrics.ts';
import { createStateMetrics, type StateSources } from './state-metrics.ts';

export type Metrics = FlowMetrics & {
  /** What is scraped, once the parts whose state it tells are there. */
  pageOf(sources: StateSources, monotonic: () => number): MetricsPage;
};

/** Several scrapers, or one that is in a hurry, cost the database one statement in this time. */
const SURVEYED_FOR_MS = 5000;

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const pageOf = (sources: StateSources, monotonic: () => number): MetricsPage => {
    const refresh = createStateMetrics(registry, sources);
    let at = Number.NEGATIVE_INFINITY;
    let refreshed: Promise<void> = Promise.resolve();
    return {
      contentType: registry.contentType,
      render: async () => {
        if (monotonic() - at >= SURVEYED_FOR_MS) {
          at = monotonic();
          refreshed = refresh();
        }
        await refreshed;
        return registry.metrics();
      },
    };
  };
  return { ...createFlowMetrics(registry), pageOf };
}
