/**
 * A platform's back end that remembers everything it was answered: the keys and bodies of its
 * creates, the versions and feed numbers that it has seen. With the bank's ledger it is the judge
 * of what a restored service may not do.
 */

import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { PayoutBody } from '../../src/http/schema/payout.ts';
import { type ApiAnswer, type ApiClient, payoutBody } from '../support/api-client.ts';
import type { Setup } from '../support/service-setup.ts';

/** Required in a create while the platform is notified. */
export const cashier = { pin: '7', front_end_name: 'TEST EUR' };

type FeedPage = { data: { seq: number; payout: PayoutBody }[]; next_after: number };

export type Platform = {
  /** Which service it talks to. */
  connect(api: ApiClient): void;
  api(): ApiClient;
  /** Creates a payout under this name; throws on anything but 201. */
  create(name: string, changes?: object): Promise<PayoutBody>;
  /** The same create again: same key, same body. */
  repeat(name: string): Promise<ApiAnswer>;
  /** As it was last answered. */
  known(name: string): PayoutBody;
  read(name: string): Promise<PayoutBody>;
  until(name: string, passes: (payout: PayoutBody) => boolean): Promise<PayoutBody>;
  untilStatus(name: string, status: PayoutBody['status']): Promise<PayoutBody>;
  command(name: string, command: 'authorize' | 'cancel'): Promise<ApiAnswer>;
  /** Reads the feed to its end and notes the last number; answers the numbers read. */
  follow(): Promise<number[]>;
  lastNumber(): number;
};

/** A platform without a service; `connect` comes first. */
export function createPlatform(): Platform {
  const creates = new Map<string, { body: object; headers: Record<string, string> }>();
  const seen = new Map<string, PayoutBody>();
  let current: ApiClient | null = null;
  let lastNumber = 0;

  const api = (): ApiClient => {
    if (current === null) throw new Error('the platform has no service');
    return current;
  };
  const note = (name: string, payout: PayoutBody): PayoutBody => {
    seen.set(name, payout);
    return payout;
  };
  const known = (name: string): PayoutBody => {
    const payout = seen.get(name);
    if (payout === undefined) throw new Error(`there is no payout ${name}`);
    return payout;
  };
  const repeat = async (name: string): Promise<ApiAnswer> => {
    const create = creates.get(name);
    if (create === undefined) throw new Error(`${name} was never created`);
    const answer = await api().send('POST', '/v1/payouts', create);
    if (answer.status === 201) note(name, answer.body);
    return answer;
  };
  const until: Platform['until'] = async (name, passes) =>
    note(name, await api().until(known(name).id, passes));

  return {
    connect: (client) => {
      current = client;
    },
    api,
    create: async (name, changes = {}) => {
      const body = payoutBody({ reference: `${name}-${randomUUID()}`.slice(0, 50), ...changes });
      creates.set(name, { body, headers: { 'idempotency-key': randomUUID() } });
      const answer = await repeat(name);
      if (answer.status !== 201) throw new Error(`${name}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    repeat,
    known,
    read: async (name) => note(name, await api().read(known(name).id)),
    until,
    untilStatus: (name, status) => until(name, (payout) => payout.status === status),
    command: (name, command) => api().send('POST', `/v1/payouts/${known(name).id}/${command}`),
    follow: async () => {
      const numbers: number[] = [];
      for (;;) {
        const path = `/v1/events?after=${lastNumber}&limit=200`;
        const { status, body } = await api().send<FeedPage>('GET', path);
        expect([status, body]).toEqual([200, body]);
        numbers.push(...body.data.map(({ seq }) => seq));
        lastNumber = body.next_after;
        if (body.data.length === 0) return numbers;
      }
    },
    lastNumber: () => lastNumber,
  };
}

/**
 * What the bank really did, by the platform's own reference: `references` maps each order id of
 * ours that was ever answered. An order that no client was told of is named by itself.
 */
export function paymentsByReference(
  { simulator }: Pick<Setup, 'simulator'>,
  references: ReadonlyMap<string, string>,
): Map<string, number> {
  const payments = new Map<string, number>();
  for (const { clientOrderId } of simulator.control.ledger()) {
    const reference = references.get(clientOrderId) ?? clientOrderId;
    payments.set(reference, (payments.get(reference) ?? 0) + 1);
  }
  return payments;
}

/** No reference was paid twice, and no end without payment was told for a paid one. */
export function expectHonest(setup: Setup, references: ReadonlyMap<string, string>): void {
  const payments = paymentsByReference(setup, references);
  for (const [reference, count] of payments) expect([reference, count]).toEqual([reference, 1]);
  const denied = setup.simulator.control
    .letters()
    .filter(({ letter, reference }) => /[JC]/.test(letter) && payments.has(reference));
  expect(denied).toEqual([]);
}
