/**
 * Counters and durations of answered requests, by the template of their route.
 */

import { Counter, Histogram, type Registry } from 'prom-client';
import type { OnAnswered } from '../../http/plugins/requests.ts';

const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;

/** Requests may wait up to 60 s for a change. */
const ANSWER_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60];

export function createHttpMetrics(registry: Registry): OnAnswered {
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Answered requests, by the template of the route.',
    labelNames: ['method', 'route', 'status_class'],
    registers: [registry],
  });
  const answers = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to its answer, waiting for a change included.',
    labelNames: ['method', 'route'],
    buckets: ANSWER_SECONDS,
    registers: [registry],
  });
  const seen = new Set<string>();
  /** All status classes of a route appear together, so that its first error is an increase. */
  const begin = (method: string, route: string): void => {
    const key = `${method} ${route}`;
    if (seen.has(key)) return;
    seen.add(key);
    for (const each of STATUS_CLASSES) requests.inc({ method, route, status_class: each }, 0);
  };
  return ({ method, route, httpStatus, seconds }) => {
    begin(method, route);
    requests.inc({ method, route, status_class: `${Math.floor(httpStatus / 100)}xx` });
    answers.observe({ method, route }, seconds);
  };
}
