/**
 * The whole of a payout with the client that @hey-api/openapi-ts generates: create with retry,
 * wait, authorize, page through a list, read the feed, handle a problem by its code. The test
 * suite generates the client anew, compiles this file against it, and runs it against a sandbox.
 *
 *     npx @hey-api/openapi-ts -i openapi/openapi.yaml -o hey-api
 */

import {
  authorizePayout,
  cancelPayout,
  createPayout,
  type CreatePayoutRequest,
  getPayout,
  listEvents,
  listPayouts,
  type Payout,
  type Problem,
} from './hey-api/index.js';
import { client } from './hey-api/client.gen.js';

const [baseUrl = 'http://127.0.0.1:8080', apiKey = ''] = process.argv.slice(2);
client.setConfig({ baseUrl, auth: apiKey });

/** Any answer of a generated function: the data, or a problem, or nothing when no answer came. */
type Answer<T> = { data?: T; error?: Problem; response?: Response };

/** The data of an answer; throws the problem, which has a code made for programs. */
function dataOf<T>({ data, error }: Answer<T>): T {
  if (data === undefined) throw new Error(error?.code ?? 'no answer', { cause: error });
  return data;
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Repeats with the same key until there is an answer that a repeat cannot change. */
async function createWithRetry(key: string, body: CreatePayoutRequest): Promise<Payout> {
  const headers = { 'Idempotency-Key': key, Prefer: 'wait=20' };
  for (let tries = 1; ; tries += 1) {
    const answer = await createPayout({ headers, body }).catch((cause: unknown) => {
      console.error(`attempt ${tries} brought no answer`, cause);
      return null;
    });
    const status = answer?.response?.status ?? 0;
    const code = answer?.error?.code;
    const again =
      status === 0 || status === 429 || status >= 500 || code === 'IDEMPOTENCY_KEY_IN_USE';
    if (answer !== null && (!again || tries === 10)) return dataOf(answer);
    await pause(Number(answer?.response?.headers.get('retry-after') ?? tries));
  }
}

/** Holds a request open until the payout changes, again and again, until it is as wanted. */
async function waitUntil(payout: Payout, isThere: (payout: Payout) => boolean): Promise<Payout> {
  let seen = payout;
  while (!isThere(seen)) {
    const query = { after_version: seen.version, wait: 20 };
    seen = dataOf(await getPayout({ path: { id: seen.id }, query }));
  }
  return seen;
}

const reference = `hey-api-${Date.now()}`;
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
  await authorizePayout({ path, headers: { 'If-Match': `"${confirmed.version}"` } }),
);
const ended = await waitUntil(authorized, ({ final }) => final);

const refusal = await cancelPayout({ path });
const problem = refusal.error?.code === 'NOT_CANCELABLE' ? refusal.error.code : 'none';

let listed = 0;
for (let cursor: string | null | undefined; cursor !== null; ) {
  const query = { status: 'approved', limit: 1, ...(cursor === undefined ? {} : { cursor }) };
  const page = dataOf(await listPayouts({ query }));
  listed += page.data.filter(({ id }) => id === ended.id).length;
  cursor = page.next_cursor;
}

const events: string[] = [];
for (let after = 0, more = true; more; ) {
  const page = dataOf(await listEvents({ query: { after, limit: 50 } }));
  events.push(...page.data.filter(({ payout }) => payout.id === ended.id).map(({ type }) => type));
  more = page.data.length > 0;
  after = page.next_after;
}

const { status, money_moved, version } = ended;
console.log(JSON.stringify({ status, money_moved, version, problem, listed, events }));
