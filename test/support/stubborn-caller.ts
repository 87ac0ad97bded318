/**
 * A caller that does not give up: it sends the same create, with its key, until it is answered.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type ApiClient, payoutBody } from './api-client.ts';

export type Create = { body: object; headers: Record<string, string> };

/**
 * Longer than any failure that a test makes; else a service that ended would be called
 * indefinitely.
 */
const GIVE_UP_AFTER_MS = 60_000;
const REPEAT_AFTER_MS = 50;

/** A create with a key of its own. */
export const someCreate = (): Create => ({
  body: payoutBody(),
  headers: { 'idempotency-key': randomUUID() },
});

/** Sends it until it is answered 201, and returns the id of the payout. */
export async function createStubbornly(api: ApiClient, create: Create): Promise<string> {
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  while (performance.now() < deadline) {
    const answer = await api.send('POST', '/v1/payouts', create).catch(() => null);
    if (answer?.status === 201) return answer.body.id;
    // A fault of ours, or our database: nothing else may be in the way of a repeat.
    if (answer !== null) expect([409, 500, 503]).toContain(answer.status);
    await sleep(REPEAT_AFTER_MS);
  }
  throw new Error('a create was not answered in time');
}
