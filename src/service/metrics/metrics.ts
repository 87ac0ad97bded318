/**
 * The metrics of one process in one registry: what it does, how things stand, and what Node tells
 * of itself. The only folder that knows prom-client.
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
  /** What is scraped, once the parts whose state it tells are there. */
  pageOf(sources: StateSources, monotonic: () => number): MetricsPage;
};

/** Several scrapers, or one that is in a hurry, cost the database one statement in this time. */
const SURVEYED_FOR_MS = 5000;

/** `endpoints`: every one that is served, so that its figures are there before its first call. */
export function createMetrics(endpoints: readonly string[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    observe: createFlowMetrics(registry, endpoints),
    onAnswered: createHttpMetrics(registry),
    pageOf: (sources, monotonic) => {
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
    },
  };
}
