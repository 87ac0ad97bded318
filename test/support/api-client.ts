/**
 * A caller of the service over HTTP, as a platform's back end would be one.
 */

import { randomUUID } from 'node:crypto';
import type { PayoutBody } from '../../src/http/schema/payout.ts';
import { waitFor } from './wait-for.ts';

export type ApiAnswer<Body = PayoutBody> = { status: number; headers: Headers; body: Body };

export type ApiClient = {
  /** A request with the key; the body of an answer is taken for what the caller expects. */
  send<Body = PayoutBody>(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<ApiAnswer<Body>>;
  /** Creates a payout; throws on anything but 201. */
  create(changes?: object): Promise<PayoutBody>;
  read(id: string): Promise<PayoutBody>;
  /** Waits until the payout passes, and returns it. */
  until(id: string, passes: (payout: PayoutBody) => boolean): Promise<PayoutBody>;
  untilStatus(id: string, status: PayoutBody['status']): Promise<PayoutBody>;
};

const TIMEOUT_MS = 60_000;

export const receiverBody = (): object => ({
  first_name: 'Ada',
  last_name: 'Lovelace',
  bank_account: { account_number: 'DE00123456780001', bank_name: 'Analytical Bank' },
});

/** A body that is taken as it is. */
export const payoutBody = (changes: object = {}): object => ({
  reference: randomUUID(),
  amount: '10.00',
  currency: 'EUR',
  receiver: receiverBody(),
  ...changes,
});

export function createApiClient(url: string, apiKey: string): ApiClient {
  const send = async <Body>(
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<ApiAnswer<Body>> => {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // The tests look at what is in it, so a wrong shape fails there.
    const parsed: Body = JSON.parse(await response.text());
    return { status: response.status, headers: response.headers, body: parsed };
  };

  const read = async (id: string): Promise<PayoutBody> =>
    (await send<PayoutBody>('GET', `/v1/payouts/${id}`)).body;

  const until: ApiClient['until'] = (id, passes) => {
    let seen: PayoutBody | null = null;
    return waitFor(`payout ${id}`, async () => {
      seen = await read(id);
      return passes(seen) ? seen : null;
    }).catch((error: unknown) => {
      throw new Error(`last seen as ${JSON.stringify(seen)}`, { cause: error });
    });
  };

  return {
    send,
    create: async (changes) => {
      const answer = await send<PayoutBody>('POST', '/v1/payouts', {
        body: payoutBody(changes),
        headers: { 'idempotency-key': randomUUID() },
      });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body;
    },
    read,
    until,
    untilStatus: (id, status) => until(id, (payout) => payout.status === status),
  };
}
