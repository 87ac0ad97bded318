/**
 * The demo's small client of the service: it does what a platform's back end would do with any HTTP
 * library.
 */

import { randomUUID } from 'node:crypto';
import { z } from 'zod';

const seenSchema = z.object({
  id: z.string(),
  reference: z.string(),
  status: z.string(),
  final: z.boolean(),
  money_moved: z.string(),
  redirect_url: z.string().nullable(),
  gateway: z.object({ client_order_id: z.string(), stage: z.string().nullable() }),
  attention: z.object({ code: z.string() }).nullable(),
});

export type SeenPayout = z.infer<typeof seenSchema>;

const TIMEOUT_MS = 10_000;

export type DemoApi = {
  create(body: object): Promise<SeenPayout>;
  read(id: string): Promise<SeenPayout>;
  command(id: string, name: 'authorize' | 'cancel'): Promise<SeenPayout>;
};

/** A client with one key. Throws on any answer that is not a payout. */
export function createDemoApi(url: string, apiKey: string): DemoApi {
  const call = async (method: string, path: string, body?: object): Promise<SeenPayout> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'idempotency-key': `"${randomUUID()}"` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return seenSchema.parse(JSON.parse(text));
  };
  return {
    create: (body) => call('POST', '/v1/payouts', body),
    read: (id) => call('GET', `/v1/payouts/${id}`),
    command: (id, name) => call('POST', `/v1/payouts/${id}/${name}`),
  };
}
