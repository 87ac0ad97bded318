/**
 * A fake cashier: sends UpdatePayout calls to a service and returns the answers. Each call is sent
 * once, unchanged.
 */

import { z } from 'zod';

const TIMEOUT_MS = 10_000;

/**
 * praxis: a Description has 256 characters; a longer answer is not a pair but another server's
 * page.
 */
const SHOWN_MAX = 4096;

export const cashierCallSchema = z.strictObject({
  /** The address of the service's UpdatePayout, such as http://127.0.0.1:8080/UpdatePayout. */
  url: z.url({ protocol: /^https?$/ }).max(1024),
  /** The fields of the call; sent as JSON in this order. */
  body: z.record(z.string().max(256), z.unknown()),
  /** The Authorization header, where the service requires one. */
  authorization: z.string().max(1024).optional(),
});

export type CashierCall = z.infer<typeof cashierCallSchema>;

export interface CashierAnswer {
  readonly httpStatus: number;
  readonly contentType: string;
  readonly body: string;
}

/** @throws Error when no answer came within 10 s. */
export async function callAsCashier(call: CashierCall): Promise<CashierAnswer> {
  const response = await fetch(call.url, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      ...(call.authorization === undefined ? {} : { authorization: call.authorization }),
    },
    body: JSON.stringify(call.body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = (await response.text()).slice(0, SHOWN_MAX);
  const contentType = response.headers.get('content-type') ?? '';
  return { httpStatus: response.status, contentType, body };
}
