/**
 * The simulated bank behind the gateway: decides what becomes of each order, and when. It confirms,
 * declines, hangs, changes its mind, pays without being asked, and sometimes says what is not true.
 */

import type { Policy } from '../../src/payout/model/limits.ts';
import { latest, type Order, type Shown } from './order.ts';
import type { Random } from './random.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export type Bank = {
  /** A new order: sooner or later the bank confirms it, or not. */
  takeCheck(order: Order): void;
  /** payout-pay was executed: sooner or later the bank pays, or not. */
  takePay(order: Order): void;
  /** The receiver filled in the form. */
  takeForm(order: Order): void;
  /** Steps that are still to come. */
  pending(): number;
};

export type BankDeps = {
  world: World;
  weather: Weather;
  /** Whether and when the service repeats payout-pay: by then the gateway shows what it did. */
  policy: Pick<Policy, 'payRepeat' | 'repeatQuietMs'>;
  /** Called after each change of what an order shows. */
  onShown: (order: Order) => void;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** From immediately to next day; mostly immediately, as banks are. */
function wait(random: Random): number {
  const draw = random.next();
  if (draw < 0.6) return random.int(50, 3 * SECOND);
  if (draw < 0.88) return random.int(3 * SECOND, MINUTE);
  return draw < 0.98 ? random.int(MINUTE, HOUR) : random.int(HOUR, 30 * HOUR);
}

/** Longer than the service believes a negative status in a stage that goes on. */
const BELIEVED_MS = 10 * MINUTE;
/** Shorter than any quiet period of a run: what is shown late is still shown in time. */
const SHOWN_LATE_MS = 8 * SECOND;
/** Where nothing is repeated, the gateway's own pages may lag for as long as they like. */
const SHOWN_VERY_LATE_MS = 25 * MINUTE;
/** So much before the end of a quiet period everything is shown: a poll may be under way then. */
const SHOWN_BEFORE_QUIET_MS = 10 * SECOND;

type Step = { afterMs: number; show: Shown; paid?: boolean; lie?: string };

const show = (status: string, stage: string | null, more: Partial<Shown> = {}): Shown => ({
  status,
  stage,
  ...more,
});

const validated = show('processing', 'payout_check_validated');
const approved = show('approved', 'payout_approved');
const declined = show('declined', 'payout_declined');

/** What becomes of the check, with how likely it is in a thousand. */
const checkPlans: readonly [number, (random: Random) => Step[]][] = [
  [770, (r) => [{ afterMs: wait(r), show: validated }]],
  [60, (r) => [{ afterMs: wait(r), show: show('declined', 'payout_check_declined') }]],
  [25, (r) => [{ afterMs: wait(r), show: show('filtered', 'payout_check_filtered') }]],
  [20, (r) => [{ afterMs: wait(r), show: show('error', 'payout_check_error') }]],
  [
    35,
    (r) => [
      { afterMs: wait(r), show: show('declined', 'payout_check_chain_declined') },
      { afterMs: wait(r), show: validated },
    ],
  ],
  [
    40,
    (r) => [
      { afterMs: wait(r), show: show('unknown', r.pick(['payout_check_unknown', null])) },
      { afterMs: wait(r), show: validated },
    ],
  ],
  [
    20,
    (r) => [
      { afterMs: wait(r), show: show('processing', 'payout_moonwalking') },
      { afterMs: wait(r), show: validated },
    ],
  ],
  [
    10,
    (r) => [
      { afterMs: wait(r), show: validated },
      { afterMs: wait(r), show: show('declined', 'payout_check_declined') },
    ],
  ],
  [20, (r) => [{ afterMs: wait(r), show: approved, paid: true, lie: 'paid without payout-pay' }]],
];

const processing = show('processing', 'payout_processing');

const payPlans: readonly [number, (random: Random) => Step[]][] = [
  [560, (r) => [{ afterMs: wait(r), show: approved, paid: true }]],
  [110, (r) => [{ afterMs: wait(r), show: declined }]],
  [40, (r) => [{ afterMs: wait(r), show: show('filtered', 'payout_filtered') }]],
  [
    40,
    (r) => [
      { afterMs: wait(r), show: show('error', r.pick(['payout_error', null])) },
      { afterMs: wait(r) + MINUTE, show: r.pick([approved, declined]) },
    ],
  ],
  [
    70,
    (r) => [
      { afterMs: wait(r), show: show('declined', 'payout_chain_declined') },
      { afterMs: r.int(SECOND, BELIEVED_MS - MINUTE), show: processing },
      { afterMs: wait(r), show: r.pick([approved, declined]) },
    ],
  ],
  [
    60,
    (r) => [
      { afterMs: wait(r), show: show('unknown', r.pick(['payout_unknown', null, 'odd'])) },
      ...(r.chance(0.5) ? [{ afterMs: wait(r), show: processing }] : []),
      { afterMs: wait(r), show: r.pick([approved, declined]) },
    ],
  ],
  [
    40,
    (r) => [
      { afterMs: wait(r), show: approved, paid: true },
      { afterMs: wait(r), show: { ...approved, transactionType: 'reversal' } },
    ],
  ],
  [
    30,
    (r) => [
      { afterMs: wait(r), show: declined },
      { afterMs: wait(r), show: approved, paid: true, lie: 'declined what it paid' },
    ],
  ],
  [
    20,
    (r) => [
      { afterMs: wait(r), show: approved, lie: 'approved what it did not pay' },
      { afterMs: wait(r), show: declined },
    ],
  ],
  [
    30,
    (r) => [
      {
        afterMs: wait(r),
        show: show('processing', 'payout_processing', { redirectTo: 'https://gate.test/form' }),
      },
    ],
  ],
];

function planFrom(plans: readonly [number, (random: Random) => Step[]][], random: Random): Step[] {
  let draw = random.int(
    1,
    plans.reduce((sum, [weight]) => sum + weight, 0),
  );
  for (const [weight, plan] of plans) {
    draw -= weight;
    if (draw <= 0) return plan(random);
  }
  return [];
}

/** How long the gateway goes on showing what was before payout-pay. */
function shownLate({ weather, policy }: BankDeps, random: Random): number {
  const atMost = policy.payRepeat
    ? policy.repeatQuietMs - SHOWN_BEFORE_QUIET_MS
    : SHOWN_VERY_LATE_MS;
  if (weather.happens('pay_shown_very_late')) return random.int(2 * SECOND, atMost);
  return weather.happens('pay_shown_late') ? random.int(0, SHOWN_LATE_MS) : 0;
}

export function createBank(deps: BankDeps): Bank {
  const { world, weather, onShown } = deps;
  const random = world.random.fork('bank');
  let pending = 0;

  const after = (delayMs: number, label: string, act: () => void): void => {
    pending += 1;
    world.in(delayMs, label, () => {
      pending -= 1;
      act();
    });
  };

  const take = (order: Order, { show: what, paid, lie }: Step): void => {
    order.shown.push({ at: world.now(), what });
    const pays = paid === true || (what.status === 'approved' && order.lie === null && !lie);
    if (pays) order.paidAt ??= world.now();
    order.lie ??= lie ?? null;
    onShown(order);
  };

  /** One step after the other; a payout-pay that comes in between ends the plan of the check. */
  const follow = (order: Order, steps: readonly Step[], executions: number): void => {
    const [step, ...rest] = steps;
    if (step === undefined) return;
    after(step.afterMs, `bank: ${order.id} ${step.show.status}/${step.show.stage}`, () => {
      if (order.executions.length !== executions) return;
      take(order, step);
      follow(order, rest, executions);
    });
  };

  return {
    takeCheck: (order) => {
      if (weather.happens('amount_shown_wrong')) {
        order.shownAmount = '999999.99';
        after(wait(random), `bank: ${order.id} shows its amount again`, () => {
          order.shownAmount = null;
        });
      }
      follow(order, planFrom(checkPlans, random), 0);
    },
    takePay: (order) => {
      const executions = order.executions.length;
      const late = shownLate(deps, random);
      if (late === 0) take(order, { afterMs: 0, show: processing });
      else {
        after(late, `bank: ${order.id} shows payout-pay`, () => {
          if (latest(order)?.stage === validated.stage)
            take(order, { afterMs: 0, show: processing });
        });
      }
      const plan = planFrom(payPlans, random);
      const [first, ...rest] = plan;
      if (first === undefined) return;
      follow(order, [{ ...first, afterMs: first.afterMs + late }, ...rest], executions);
    },
    takeForm: (order) => {
      if (latest(order)?.redirectTo === undefined) return;
      take(order, { afterMs: 0, show: processing });
      const end = random.pick([approved, approved, declined]);
      follow(order, [{ afterMs: wait(random), show: end }], order.executions.length);
    },
    pending: () => pending,
  };
}
