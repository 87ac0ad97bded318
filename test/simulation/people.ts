/**
 * People and the cashier: they authorize, take an authorization back, cancel, reject, report,
 * pause, resolve, acknowledge and have a payout looked at, at any time and most of all in the
 * moments between an intent and its call. What they were answered is kept.
 */

import { acknowledge } from '../../src/flow/api/acknowledge.ts';
import {
  authorizePayout,
  cancelPayout,
  deauthorizePayout,
} from '../../src/flow/api/command-payout.ts';
import { redeliverNotifications } from '../../src/flow/api/redeliver.ts';
import { resolvePayout } from '../../src/flow/api/resolve-payout.ts';
import { takeUpdatePayout } from '../../src/flow/platform/take-update-payout.ts';
import { applyEvent } from '../../src/flow/write/apply-event.ts';
import type { Door, Reply } from './door.ts';
import type { Gateway } from './gateway.ts';
import { createPauses, type Pause } from './pauses.ts';
import type { Random } from './random.ts';
import type { Restores } from './restores.ts';
import type { Seen, Watcher } from './watcher.ts';
import type { World } from './world.ts';

export type Word =
  | 'authorize'
  | 'deauthorize'
  | 'cancel'
  | 'A'
  | 'P'
  | 'Y'
  | 'J'
  | 'C'
  | 'paid'
  | 'not_paid'
  | 'no_order'
  | 'acknowledge'
  | 'look';

/** Something that was said to the service, and what it answered. */
export type Spoken = {
  payoutId: string;
  word: Word;
  saidAt: number;
  answeredAt: number;
  answer: 'accepted' | 'refused' | 'unknown';
};

export type People = {
  spoken: readonly Spoken[];
  /** When payments were surely paused: from the answer to `pause` until `resume` was said. */
  pauses: readonly Pause[];
  pending(): number;
  /** A diligent operator ends what waits for a person. */
  tidyUp(seen: Seen): void;
  /** Has the platform told again what it refused. */
  redeliver(seen: Seen): void;
};

export type PeopleDeps = {
  world: World;
  door: Door;
  watcher: Watcher;
  gateway: Gateway;
  restores: Restores;
  endpoints: readonly string[];
};

const MINUTE = 60_000;
const SOON_MS = [0, 60] as const;
const WORDS: readonly Word[] = ['authorize', 'cancel', 'A', 'P', 'Y', 'J', 'C', 'cancel', 'C'];
const TRIES_MAX = 8;

const cashierCall = (reference: string, letter: string) => ({
  body: Buffer.from(
    JSON.stringify({
      PIN: '7',
      FrontEndName: 'TEST EUR',
      ExtPayoutID: reference,
      Status: letter,
      UpdatedBy: 'desk',
    }),
  ),
  contentType: 'json' as const,
  path: '/UpdatePayout',
  address: '192.0.2.1',
  isAuthenticated: true,
  keepsUnnamed: true,
});

function answerOf(reply: Reply<unknown>): Spoken['answer'] {
  if (reply.kind === 'answered') return 'accepted';
  return reply.kind === 'problem' ? 'refused' : 'unknown';
}

const DESK = { by: 'desk', key: 'desk' };

/** Says one word once. */
async function speak(door: Door, seen: Seen, word: Word): Promise<Spoken['answer']> {
  const { id: payoutId, reference } = seen;
  const label = `${word} ${payoutId}`;
  const commanding = { payoutId, ...DESK, ifVersion: null };
  if (word === 'authorize') {
    return answerOf(await door.ask(label, (app) => authorizePayout(app, commanding)));
  }
  if (word === 'deauthorize') {
    return answerOf(await door.ask(label, (app) => deauthorizePayout(app, commanding)));
  }
  if (word === 'cancel') {
    return answerOf(await door.ask(label, (app) => cancelPayout(app, commanding)));
  }
  if (word === 'acknowledge') {
    const acknowledging = { ...commanding, code: null };
    return answerOf(await door.ask(label, (app) => acknowledge(app, acknowledging)));
  }
  if (word === 'look') {
    const event = { kind: 'look_asked', by: 'desk' } as const;
    const asking = { payoutId, stored: null, event };
    return answerOf(await door.ask(label, (app) => applyEvent(app, asking)));
  }
  if (word === 'paid' || word === 'not_paid' || word === 'no_order') {
    const resolving = {
      payoutId,
      ifVersion: null,
      finding: word,
      evidence: 'seen',
      by: 'Ann',
      key: 'desk',
    };
    return answerOf(await door.ask(label, (app) => resolvePayout(app, resolving)));
  }
  const reply = await door.ask(label, (app) => takeUpdatePayout(app, cashierCall(reference, word)));
  if (reply.kind !== 'answered') return 'unknown';
  return reply.value.status === 0 ? 'accepted' : 'refused';
}

/** When which role commands what, for a payout that was just created. */
function planOf(random: Random, seen: Seen): { afterMs: number; word: Word }[] {
  const plan: { afterMs: number; word: Word }[] = [];
  const aWhile = random.pick([MINUTE, 20 * MINUTE, 300 * MINUTE]);
  const untilExpiry = seen.expiresAt === null ? aWhile : seen.expiresAt - seen.at;
  if (seen.release === 'on_authorization' && random.chance(0.85)) {
    const late = untilExpiry + random.int(-300, 300);
    const inTime = random.chance(0.2) ? random.int(0, untilExpiry) : random.int(0, aWhile);
    const afterMs = random.chance(0.15) ? Math.max(0, late) : inTime;
    plan.push({ afterMs, word: random.pick(['authorize', 'A']) });
  }
  if (random.chance(0.2)) plan.push({ afterMs: random.int(0, aWhile), word: random.pick(WORDS) });
  return plan;
}

/** What a person finds who looks at the gateway's own pages. */
function findingFrom({ orders }: Gateway, seen: Seen): Word {
  const ours = orders.filter((order) => order.clientOrderId === seen.clientOrderId);
  if (ours.length === 0) return 'no_order';
  return ours.some((order) => order.paidAt !== null) ? 'paid' : 'not_paid';
}

/** What is said of a payout after its database went back: mostly that it may be paid. */
const AFTER_RESTORE: readonly Word[] = ['authorize', 'authorize', 'authorize', 'cancel', 'C'];
/** Each acknowledgement is a change, after which an operator might acknowledge again, for days. */
const ACKNOWLEDGED_MAX = 6;
/** In some runs several people resolve the same payout, so that status requests overlap. */
const BUSY_SHARE = 0.06;
const BUSY_WITHIN_MS = 5000;
/** Each finding on a contradicted payout is a change, after which more would be found, for days. */
const FOUND_MAX = 40;
/**
 * In some runs much was to be stopped while the database was away: those commands come immediately.
 */
const STOPS_AT_ONCE_SHARE = 0.3;
const AT_ONCE_MS = 3000;
/** In some runs a platform takes authorizations back, and mostly gives them again. */
const TAKES_BACK_SHARE = 0.25;
const TAKEN_BACK_FOR_MS = [5000, 20 * MINUTE] as const;
const AFTER_RESTORE_WITHIN_MS = [5000, 5 * MINUTE, 100 * MINUTE] as const;

export function createPeople(deps: PeopleDeps): People {
  const { world, door, watcher, gateway, restores, endpoints } = deps;
  const random = world.random.fork('people');
  const spoken: Spoken[] = [];
  const pauses = createPauses(world, door, endpoints);
  const acknowledged = new Map<string, number>();
  const desk = world.random.fork('busy desk');
  const isDeskBusy = desk.chance(BUSY_SHARE);
  const found = new Map<string, number>();
  const waiting = random.fork('waiting');
  const stopsAtOnce = waiting.chance(STOPS_AT_ONCE_SHARE);
  const doubt = world.random.fork('authorizations taken back');
  const takesBack = doubt.chance(TAKES_BACK_SHARE);
  let pending = 0;

  const insist = async (seen: Seen, word: Word): Promise<void> => {
    pending += 1;
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const saidAt = world.now();
      const answer = await speak(door, seen, word);
      spoken.push({ payoutId: seen.id, word, saidAt, answeredAt: world.now(), answer });
      if (answer !== 'unknown' || random.chance(0.3)) break;
      await world.sleep(random.int(500, 5000), `${word} of ${seen.id} again`);
    }
    pending -= 1;
  };

  const sayIn = (delayMs: number, seen: Seen, word: Word): void => {
    pending += 1;
    world.in(delayMs, `a person commands ${word} of ${seen.id}`, () => {
      pending -= 1;
      void insist(seen, word);
    });
  };

  const findingOf = (seen: Seen): Word => findingFrom(gateway, seen);

  watcher.onSeen((seen) => {
    const before = watcher.history(seen.id).at(-2);
    if (before === undefined) {
      for (const { afterMs, word } of planOf(random, seen)) sayIn(afterMs, seen, word);
      return;
    }
    // The worst moments: just before payout-pay, and just after its intent.
    const changed = before.status !== seen.status;
    if (changed && ['bank_confirmed', 'paying'].includes(seen.status) && random.chance(0.12)) {
      sayIn(random.int(...SOON_MS), seen, random.pick(WORDS));
    }
    // While it is unknown whether the money moves, a client wants it to stop.
    if (!changed && seen.status === 'paying' && random.chance(0.08)) {
      sayIn(random.int(...SOON_MS), seen, random.pick(['cancel', 'J', 'C']));
    }
    // A resolve polls the gateway whatever becomes of it, next to the runner's own poll.
    if (random.chance(0.01)) sayIn(random.int(...SOON_MS), seen, findingOf(seen));
    const findings = found.get(seen.id) ?? 0;
    const isNews = before.version !== seen.version && findings < FOUND_MAX;
    if (isDeskBusy && isNews && desk.chance(0.7)) {
      found.set(seen.id, findings + 1);
      sayIn(desk.int(0, BUSY_WITHIN_MS), seen, findingOf(seen));
    }
    if (takesBack && changed && ['bank_confirmed', 'paying'].includes(seen.status)) {
      if (doubt.chance(0.5)) sayIn(doubt.int(...SOON_MS), seen, 'deauthorize');
      if (doubt.chance(0.3)) sayIn(doubt.int(0, MINUTE), seen, 'deauthorize');
    }
    if (takesBack && seen.withheld && !before.withheld && doubt.chance(0.7)) {
      sayIn(doubt.int(0, doubt.pick(TAKEN_BACK_FOR_MS)), seen, doubt.pick(['authorize', 'A']));
    }
    if (random.chance(0.03)) sayIn(random.int(...SOON_MS), seen, 'look');
    const saidSo = acknowledged.get(seen.id) ?? 0;
    if (seen.attention.length > 0 && saidSo < ACKNOWLEDGED_MAX && random.chance(0.2)) {
      acknowledged.set(seen.id, saidSo + 1);
      sayIn(random.int(0, MINUTE), seen, 'acknowledge');
    }
    if (changed && seen.status === 'paying' && random.chance(0.03)) {
      sayIn(random.int(0, 20 * MINUTE), seen, findingOf(seen));
    }
  });

  restores.onRestored(() => {
    for (const id of watcher.ids()) {
      const seen = watcher.history(id).at(-1);
      if (seen === undefined || seen.isFinal) continue;
      if (stopsAtOnce && waiting.chance(0.5)) {
        sayIn(waiting.int(0, AT_ONCE_MS), seen, waiting.pick(['cancel', 'C']));
      }
      if (!random.chance(0.6)) continue;
      const delayMs = random.int(0, random.pick(AFTER_RESTORE_WITHIN_MS));
      sayIn(delayMs, seen, random.pick(AFTER_RESTORE));
    }
  });

  return {
    spoken,
    pauses: pauses.windows,
    pending: () => pending + pauses.pending(),
    redeliver: (seen) => {
      pending += 1;
      void door
        .ask(`redeliver ${seen.id}`, (app) => redeliverNotifications(app, seen.id, DESK))
        .then(() => {
          pending -= 1;
        });
    },
    tidyUp: (seen) => {
      const beforePay = ['requested', 'checking', 'bank_confirming', 'bank_confirmed'];
      if (beforePay.includes(seen.status)) {
        const waits = seen.withheld || seen.attention.includes('needs_new_authorization');
        const words: Word[] = waits ? ['authorize', 'cancel'] : ['cancel'];
        sayIn(0, seen, random.pick(words));
      } else sayIn(0, seen, findingOf(seen));
    },
  };
}
