/**
 * The little of autocannon that the bench uses, with types: the package brings none.
 */

import { createRequire } from 'node:module';

export type LoadRequest = { method: string; path: string; headers: object; body: string };

export type LoadResult = {
  requests: { average: number; total: number };
  /** In milliseconds. */
  latency: { p50: number; p99: number };
  errors: number;
  timeouts: number;
  non2xx: number;
};

type Autocannon = (options: {
  url: string;
  connections: number;
  /** In seconds. */
  duration?: number;
  amount?: number;
  requests: { setupRequest(request: LoadRequest): LoadRequest }[];
}) => Promise<LoadResult>;

export const autocannon: Autocannon = createRequire(import.meta.url)('autocannon');
