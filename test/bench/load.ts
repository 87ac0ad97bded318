/**
 * The caller: creates payouts as fast as they are taken, or at a steady rate.
 */

import { randomUUID } from 'node:crypto';
import { autocannon, type LoadResult } from './autocannon.ts';

/** Enough to keep two cores busy; more of them only wait longer. */
const CONNECTIONS = 32;

export function createBody(): string {
  return JSON.stringify({
    reference: randomUUID(),
    amount: '100.50',
    currency: 'EUR',
    description: 'Payout of a bench',
    receiver: {
      first_name: 'Ada',
      last_name: 'Lovelace',
      bank_account: { account_number: 'DE00123456780001', bank_name: 'Analytical Bank' },
    },
    cashier: { pin: '7', front_end_name: 'BENCH EUR' },
  });
}

let requests = 0;

/** The callers take turns. */
const nextHeaders = (apiKeys: readonly string[]) => ({
  authorization: `Bearer ${apiKeys[requests++ % apiKeys.length]}`,
  'content-type': 'application/json',
  'idempotency-key': randomUUID(),
});

/** Posts new payouts to this address, for a time or up to an amount; throws when one is refused. */
export async function createMany(
  url: string,
  apiKeys: readonly string[],
  limit: { duration: number } | { amount: number },
): Promise<LoadResult> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    ...limit,
    requests: [
      {
        setupRequest: (request) => ({
          ...request,
          method: 'POST',
          path: '/v1/payouts',
          headers: nextHeaders(apiKeys),
          body: createBody(),
        }),
      },
    ],
  });
  const odd = result.errors + result.timeouts + result.non2xx;
  if (odd > 0) throw new Error(`${odd} creates failed`);
  return result;
}

/** Creates `count` payouts, one every `1 / perSecond`, whatever the answers take. */
export async function createSteadily(
  url: string,
  apiKeys: readonly string[],
  { perSecond, count }: { perSecond: number; count: number },
): Promise<void> {
  const begun = performance.now();
  const sent: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const waitMs = begun + (index * 1000) / perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    sent.push(
      fetch(`${url}/v1/payouts`, {
        method: 'POST',
        headers: nextHeaders(apiKeys),
        body: createBody(),
      }).then(async (answer) => {
        const text = await answer.text();
        if (answer.status !== 201) throw new Error(text);
      }),
    );
  }
  await Promise.all(sent);
}
