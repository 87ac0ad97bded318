/**
 * An intruder with a password of the database, who changes rows by hand so that they pay more, in
 * another currency, or without an authorization. The revision stays: it is SQL, and no save.
 */

import type { Database } from '../../src/store/database/pool.ts';
import type { Watcher } from './watcher.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

const changes = {
  amount: 'amount_minor = amount_minor * 10',
  currency: `currency = 'USD'`,
  release: `release = 'automatic'`,
  authorization: `authorized_at = created_at, authorized_by = 'intruder'`,
} as const;

type Part = keyof typeof changes;

const parts = Object.keys(changes) as Part[];

/** A row that was changed, and when. */
export type Intrusion = { payoutId: string; part: Part; at: number };

export type Intruder = { intrusions: readonly Intrusion[] };

/** In so many runs there is one. The name of the stream leaves out the seeds of planted bugs. */
const SHARE = 0.06;
/** One that knows what the MACs are for takes them away as well. */
const UNSIGNS_SHARE = 0.5;
const UNSIGNED = 'row_mac = null, authorization_mac = null, order_mac = null';
const OF_PAYOUTS = 0.5;
/** Soon enough that some are before payout-check. */
const WITHIN_MS = 300;

const BEFORE_PAY = ['requested', 'checking', 'bank_confirming', 'bank_confirmed'];

export function createIntruder(
  world: World,
  weather: Weather,
  real: Database,
  watcher: Watcher,
): Intruder {
  const random = world.random.fork('sql');
  const isThere = random.chance(SHARE);
  const intrusions: Intrusion[] = [];
  const chosen = new Set<string>();
  if (!isThere) return { intrusions };

  watcher.onSeen(({ id, status, release }) => {
    if (weather.isClear() || chosen.has(id) || !BEFORE_PAY.includes(status)) return;
    if (!random.chance(OF_PAYOUTS)) return;
    const part = random.pick(
      release === 'on_authorization' ? parts : (['amount', 'currency'] as const),
    );
    const unsigns = random.chance(UNSIGNS_SHARE);
    chosen.add(id);
    world.in(random.int(0, WITHIN_MS), `an intruder changes the ${part} of ${id}`, async () => {
      const { rows } = await real.query({
        text: `update payouts set ${changes[part]} ${unsigns ? `, ${UNSIGNED}` : ''}
          where id = $1 and status = any($2) and authorized_at is null returning id`,
        values: [id, BEFORE_PAY],
      });
      if (rows.length > 0) intrusions.push({ payoutId: id, part, at: world.now() });
    });
  });
  return { intrusions };
}
