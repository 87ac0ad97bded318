/**
 * The metrics of one process in one registry: what it does (`flow-metrics.ts`, `http-metrics.ts`),
 * the present state (`state-metrics.ts`), and those of Node itself. The only folder that imports
 * prom-client.
 */

import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Observe } from '../../flow/observe.ts';
import type { OnAnswered } from '../../http/plugins/requests.ts';
import type { Metrics as MetricsPage } from '../../http/routes/metrics.ts';
import { createFlowMetrics } from './flow-metrics.ts';
import { createHttpMetrics } from './http-metrics.ts';
import { createStateMetrics, type StateSources } from './state-metrics.ts';

export type Metrics = {
  observe: Observe;
  onAnswered: OnAnswered;
  /** The scraped page, built once the parts whose state it shows exist. */
  pageOf(sources: StateSources, monotonic: () => number): MetricsPage;
};

/** Several scrapers, or one with a short interval, cost the database one statement in this time. */
const STATS_READ_FOR_MS = 5000;

/** `endpoints`: every one that is served, so that its series exist before its first call. */
export function createMetrics(endpoints: readonly string[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    observe: createFlowMetrics(registry, endpoints),
    onAnswered: createHttpMetrics(registry),
    pageOf: (sources, monotonic) => {
      const refresh = createStateMetrics(registry, sources, monotonic);
      let at = Number.NEGATIVE_INFINITY;
      let refreshed: Promise<void> = Promise.resolve();
      return {
        contentType: registry.contentType,
        render: async () => {
          if (monotonic() - at >= STATS_READ_FOR_MS) {
            at = monotonic();
            refreshed = refresh();
          }
          await refreshed;
          return registry.metrics();
        },
      };
    },
  };
}
