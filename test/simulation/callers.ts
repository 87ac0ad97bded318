/**
 * The platform's back end as a caller: asks for payouts and repeats the same request with the same
 * key until it is told 201, at times from several threads at the same time. Keeps every answer it
 * got.
 */

import { createPayout, type PayoutRequest } from '../../src/flow/api/create-payout.ts';
import { readPayout } from '../../src/flow/api/queries.ts';
import type { Release } from '../../src/payout/model/payout.ts';
import type { Door } from './door.ts';
import type { World } from './world.ts';

export type Wanted = {
  reference: string;
  amountMinor: bigint;
  endpoint: string;
  release: Release;
  /** Every id that a 201 named, and when the caller heard it. */
  promised: { id: string; at: number }[];
  /** What reads of this payout showed, in the order of the answers. */
  views: { requestedAt: number; version: number; status: string; final: boolean }[];
};

export type Callers = {
  wanted: readonly Wanted[];
  pending(): number;
  /** Callers who are not sure any more ask for the same again, with the same keys. */
  again(): void;
  /** Each promised payout is read once more. */
  readAll(): void;
};

/** What must never be seen outside: part of every receiver. */
export const RECEIVER_MARK = 'QZX9ACCOUNT';

const TRIES_MAX = 12;
const AGAIN_SHARE = 0.75;
const AGAIN_WITHIN_MS = [10_000, 120_000, 3_600_000] as const;

const requestOf = ({ reference, amountMinor, endpoint, release }: Wanted): PayoutRequest => ({
  reference,
  money: { amountMinor, decimals: 2, currency: 'EUR' },
  endpoint,
  release,
  description: null,
  purpose: null,
  receiver: {
    first_name: `${RECEIVER_MARK}-first`,
    bank_account: { account_number: `${RECEIVER_MARK}${reference}` },
  },
  returnUrl: null,
  cashier: { pin: '7', front_end_name: 'TEST EUR' },
  metadata: null,
});

export type CallersDeps = {
  world: World;
  door: Door;
  endpoints: readonly string[];
  /** So many payouts are wanted, all of them within this time. */
  count: number;
  withinMs: number;
};

export function createCallers(deps: CallersDeps): Callers {
  const { world, door, endpoints, count, withinMs } = deps;
  const random = world.random.fork('callers');
  let pending = 0;

  const insist = async (wanted: Wanted): Promise<void> => {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const reply = await door.ask(
        `create ${wanted.reference}`,
        (app) =>
          createPayout(app, {
            request: requestOf(wanted),
            body: { reference: wanted.reference, amount: wanted.amountMinor.toString() },
            apiKeyName: 'platform',
            idempotencyKey: `key-${wanted.reference}`,
          }),
        true,
      );
      if (reply.kind === 'answered') {
        wanted.promised.push({ id: reply.value.stored.payout.id, at: world.now() });
        break;
      }
      await world.sleep(random.int(200, 5000), `caller of ${wanted.reference} tries again`);
    }
    pending -= 1;
  };

  const read = async (wanted: Wanted): Promise<void> => {
    const id = wanted.promised.at(-1)?.id;
    if (id === undefined) return;
    const requestedAt = world.now();
    const reply = await door.ask(`read ${wanted.reference}`, (app) => readPayout(app, id));
    if (reply.kind !== 'answered') return;
    const { version, status, finalizedAt } = reply.value.payout;
    wanted.views.push({ requestedAt, version, status, final: finalizedAt !== null });
  };

  const wanted: Wanted[] = Array.from({ length: count }, (_, index) => ({
    reference: `ref-${index}`,
    amountMinor: BigInt(random.int(1, 5_000_000)),
    endpoint: random.pick(endpoints),
    release: random.chance(0.4) ? 'on_authorization' : 'automatic',
    promised: [],
    views: [],
  }));
  for (const one of wanted) {
    const threads = random.chance(0.3) ? random.int(2, 5) : 1;
    const at = random.int(0, withinMs);
    pending += threads;
    for (let thread = 0; thread < threads; thread += 1) {
      world.in(at + random.int(0, 30), `caller wants ${one.reference}`, () => void insist(one));
    }
    for (let reads = 0; reads < 3; reads += 1) {
      const delayMs = random.int(0, random.pick([60_000, 3_600_000]));
      world.in(at + delayMs, `caller reads ${one.reference}`, () => void read(one));
    }
  }
  return {
    wanted,
    pending: () => pending,
    again: () => {
      for (const one of wanted) {
        if (!random.chance(AGAIN_SHARE)) continue;
        pending += 1;
        const delayMs = random.int(0, random.pick(AGAIN_WITHIN_MS));
        world.in(delayMs, `caller wants ${one.reference} again`, () => void insist(one));
      }
    },
    readAll: () => {
      for (const one of wanted) void read(one);
    },
  };
}
