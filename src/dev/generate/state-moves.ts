/**
 * The moves between statuses. Every example is tried on every kind of payout that examples reach,
 * so the moves are never written by hand. The examples are in example-events.ts, and the rules in
 * payout/transition.ts.
 */

import { defaultPolicy, type Policy } from '../../payout/model/limits.ts';
import { newPayout, type Payout, type Release } from '../../payout/model/payout.ts';
import { isFinal, type Status, statuses } from '../../payout/model/status.ts';
import { isFinished } from '../../payout/policy/attempts-and-polls.ts';
import { FIRST_EPOCH, wholeHistory } from '../../payout/policy/epoch.ts';
import { transition } from '../../payout/transition.ts';
import { examplesFor } from './example-events.ts';

export type Move = { from: Status; to: Status; labels: string[] };

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const EXPIRY_MS = 720 * HOUR_MS;

/**
 * The waits between two examples: a second, longer than a call can last, and longer than the time
 * for an authorization.
 */
const waitsMs = [SECOND_MS, 60 * SECOND_MS, EXPIRY_MS];

/** Short quiet periods, because their length changes no moves. */
const policy: Policy = {
  ...defaultPolicy,
  payRepeat: true,
  repeatQuietMs: SECOND_MS,
  checkQuietMs: SECOND_MS,
};

/** One gateway, one history, a correct clock: anything else only holds payouts. */
const undisturbed = {
  history: wholeHistory,
  gateway: { identity: 'gateway', continues: [], isLegacy: false },
  isClockTrusted: true,
  integrity: 'ok' as const,
};

type Reached = { payout: Payout; now: number };

/** The kind of a payout: payouts of one kind allow the same moves, so only one of them is tried. */
function kindOf({ payout, now }: Reached): string {
  const { status, tracking, authorization, gateway, release } = payout;
  const { check, pay, reply } = tracking;
  return [
    status,
    release,
    authorization.authorizedAt === null,
    gateway.orderId,
    check.open === null,
    check.refusedLookups === null,
    pay.open === null,
    pay.made,
    check.refusedWith === null,
    tracking.stopWish?.status,
    isFinished(pay, now),
    reply?.validated,
    tracking.approvedBeforePay,
  ].join();
}

/** A hold removes moves and adds none. */
const isHeld = ({ tracking, authorization }: Payout): boolean =>
  tracking.secondOrderId !== null || authorization.withheld;

function* tryAll({ payout, now }: Reached): Generator<{ label: string; reached: Reached }> {
  for (const waitMs of waitsMs) {
    const later = now + waitMs;
    const context = { now: later, random: 0.5, policy, ...undisturbed };
    for (const { label, event } of examplesFor(payout, later)) {
      const decision = transition(payout, event, context);
      if (decision.kind === 'refused') continue;
      const reached = { payout: decision.payout, now: later };
      const isExpiry = decision.payout.status === 'expired' && payout.status !== 'expired';
      yield { label: isExpiry ? 'not authorized in time' : label, reached };
    }
  }
}

const start = (release: Release): Reached => {
  const money = { amountMinor: 100n, decimals: 2, currency: 'EUR' };
  const place = { endpoint: 'default', gatewayIdentity: 'gateway', clientOrderId: 'po' };
  const facts = { id: 'po', reference: 'r', epoch: FIRST_EPOCH, money, release, ...place };
  return { payout: newPayout(facts, 0, EXPIRY_MS), now: 0 };
};

/** Every move from one status to another, in the order of the statuses. */
export function findMoves(): Move[] {
  const moves = new Map<string, Move>();
  const known = new Set<string>();
  const open = [start('automatic'), start('on_authorization')];
  for (let tried = open.shift(); tried !== undefined; tried = open.shift()) {
    const from = tried.payout.status;
    for (const { label, reached } of tryAll(tried)) {
      const to = reached.payout.status;
      if (to !== from) {
        const move = moves.get(`${from}>${to}`) ?? { from, to, labels: [] };
        if (!move.labels.includes(label)) move.labels.push(label);
        moves.set(`${from}>${to}`, move);
      }
      const kind = kindOf(reached);
      if (known.has(kind) || isFinal(to) || isHeld(reached.payout)) continue;
      known.add(kind);
      open.push(reached);
    }
  }
  const place = (move: Move): number =>
    statuses.indexOf(move.from) * statuses.length + statuses.indexOf(move.to);
  return [...moves.values()].toSorted((a, b) => place(a) - place(b));
}
