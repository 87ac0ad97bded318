/**
 * The whole of a payout with openapi-fetch over the types that openapi-typescript generates:
 * create with retry, wait, authorize, page through a list, read the feed, handle a problem by its
 * code. The test suite generates the types anew, compiles this file against them, and runs it
 * against a sandbox.
 *
 *     npx openapi-typescript openapi/openapi.yaml -o schema.d.ts
 */

import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

type Payout = components['schemas']['Payout'];
type Problem = components['schemas']['Problem'];

const [baseUrl = 'http://127.0.0.1:8080', apiKey = ''] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${apiKey}` } });

/** The data of an answer; throws the problem, which has a code made for programs. */
function dataOf<T>({ data, error }: { data?: T; error?: Problem }): T {
  if (data === undefined) throw new Error(error?.code ?? 'no answer', { cause: error });
  return data;
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Repeats with the same key until there is an answer that a repeat cannot change. */
async function createWithRetry(
  key: string,
  body: components['schemas']['CreatePayoutRequest'],
): Promise<Payout> {
  const header = { 'Idempotency-Key': key, Prefer: 'wait=20' };
  for (let tries = 1; ; tries += 1) {
    const answer = await api
      .POST('/v1/payouts', { params: { header }, body })
      .catch((cause: unknown) => {
        console.error(`attempt ${tries} brought no answer`, cause);
        return null;
      });
    const status = answer?.response.status ?? 0;
    const code = answer?.error?.code;
    const again =
      status === 0 || status === 429 || status >= 500 || code === 'IDEMPOTENCY_KEY_IN_USE';
    if (answer !== null && (!again || tries === 10)) return dataOf(answer);
    await pause(Number(answer?.response.headers.get('retry-after') ?? tries));
  }
}

/** Holds a request open until the payout changes, again and again, until it is as wanted. */
async function waitUntil(payout: Payout, isThere: (payout: Payout) => boolean): Promise<Payout> {
  let seen = payout;
  while (!isThere(seen)) {
    const query = { after_version: seen.version, wait: 20 };
    const params = { path: { id: seen.id }, query };
    seen = dataOf(await api.GET('/v1/payouts/{id}', { params }));
  }
  return seen;
}

const reference = `openapi-fetch-${Date.now()}`;
const created = await createWithRetry(reference, {
  reference,
  amount: '10.00',
  currency: 'EUR',
  release: 'on_authorization',
  cashier: { pin: '7', front_end_name: 'TEST EUR' },
  receiver: {
    first_name: 'Ada',
    last_name: 'Lovelace',
    bank_account: { account_number: 'DE00123456780001', bank_name: 'Analytical Bank' },
  },
});

const confirmed = await waitUntil(created, ({ status }) => status === 'bank_confirmed');
const path = { id: confirmed.id };
const authorized = dataOf(
  await api.POST('/v1/payouts/{id}/authorize', {
    params: { path, header: { 'If-Match': `"${confirmed.version}"` } },
  }),
);
const ended = await waitUntil(authorized, ({ final }) => final);

const refusal = await api.POST('/v1/payouts/{id}/cancel', { params: { path } });
const problem = refusal.error?.code === 'NOT_CANCELABLE' ? refusal.error.code : 'none';

let listed = 0;
for (let cursor: string | null | undefined; cursor !== null; ) {
  const query = { status: 'approved', limit: 1, ...(cursor === undefined ? {} : { cursor }) };
  const page: components['schemas']['PayoutPage'] = dataOf(
    await api.GET('/v1/payouts', { params: { query } }),
  );
  listed += page.data.filter(({ id }) => id === ended.id).length;
  cursor = page.next_cursor;
}

const events: string[] = [];
for (let after = 0, more = true; more; ) {
  const page = dataOf(await api.GET('/v1/events', { params: { query: { after, limit: 50 } } }));
  events.push(...page.data.filter(({ payout }) => payout.id === ended.id).map(({ type }) => type));
  more = page.data.length > 0;
  after = page.next_after;
}

const { status, money_moved, version } = ended;
console.log(JSON.stringify({ status, money_moved, version, problem, listed, events }));
