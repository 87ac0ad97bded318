/**
 * Random lives of one payout: what the gateway, people, workers and time may do to it, in any
 * order. Intents are answered, answered late, twice or never, as by workers that lost their lease.
 */

import * as fc from 'fast-check';
import { attentionCodes } from '../../src/payout/model/attention.ts';
import type { Context, Decision } from '../../src/payout/model/decision.ts';
import { findings, type PayoutEvent, unseenFindings } from '../../src/payout/model/event.ts';
import { letters } from '../../src/payout/model/letter.ts';
import { type Policy, SEND_BEFORE_MS } from '../../src/payout/model/limits.ts';
import { newPayout, type Payout } from '../../src/payout/model/payout.ts';
import type { StatusReply } from '../../src/payout/model/reply.ts';
import type { Sequence } from '../../src/payout/model/tracking.ts';
import { FIRST_EPOCH } from '../../src/payout/policy/epoch.ts';
import { nextStep } from '../../src/payout/policy/schedule.ts';
import { transition } from '../../src/payout/transition.ts';
import {
  DAY_MS,
  EXPIRY_MS,
  GATEWAY,
  MINUTE_MS,
  ORDER_ID,
  PAYOUT_ID,
  policy,
  replyOf,
  START,
  undisturbed,
} from './payouts.ts';

export type Outcome = 'accepted' | 'other_order' | 'refused' | 'not_sent' | 'rejected' | 'unknown';

/** One thing that happens. `wait` only lets time pass; `step` does what the schedule says. */
export type Act =
  | { act: 'wait'; ms: number }
  | {
      act: 'step';
      paused: boolean;
      outcome: Outcome | 'silence';
      reply: StatusReply;
      tookMs: number;
    }
  | { act: 'late_answer'; which: number; outcome: Outcome }
  | { act: 'reply'; reply: StatusReply; agoMs: number }
  /** The same answer to a status request several times, as over a quiet period. */
  | { act: 'repeat'; answer: 'validated' | 'lookup_refused'; times: number; everyMs: number }
  | { act: 'event'; event: PayoutEvent }
  | { act: 'pay_anyway'; paused: boolean }
  | { act: 'check_anyway' }
  | { act: 'resolve'; finding: (typeof findings)[number]; agoMs: number };

const often = <T>(value: T, weight: number) => ({ arbitrary: fc.constant(value), weight });

const validatedReply = replyOf({ stage: 'payout_check_validated' });

const stages = [
  'payout_check_validating',
  'payout_processing',
  'payout_chain_declined',
  'payout_declined',
  'payout_error',
  'payout_new_word',
  null,
];

const replyArb: fc.Arbitrary<StatusReply> = fc.oneof(
  // Most replies are the ones that matter, so that random lives get somewhere.
  often(validatedReply, 10),
  often(replyOf(), 2),
  often(replyOf({ stage: 'payout_processing' }), 2),
  often(replyOf({ status: 'approved', stage: 'payout_approved' }), 1),
  {
    arbitrary: fc
      .record({
        status: fc.constantFrom(
          'processing',
          'approved',
          'declined',
          'filtered',
          'error',
          'unknown',
          'odd',
        ),
        stage: fc.constantFrom('payout_check_validated', ...stages),
        orderId: fc.constantFrom(ORDER_ID, ORDER_ID, ORDER_ID, ORDER_ID, ORDER_ID, null, '7002'),
        clientOrderId: fc.constantFrom(PAYOUT_ID, PAYOUT_ID, PAYOUT_ID, null, 'po_2'),
        amount: fc.constantFrom('100.50', '100.5', null, '1.00'),
        currency: fc.constantFrom('EUR', 'eur', null, 'USD'),
        redirectTo: fc.constantFrom(null, null, 'https://bank.example/form'),
        transactionType: fc.constantFrom('payout', 'payout', null, 'reversal'),
      })
      .map((changes) => replyOf(changes)),
    weight: 3,
  },
);

const outcomeArb = fc.constantFrom<Outcome[]>(
  'accepted',
  'accepted',
  'unknown',
  'unknown',
  'not_sent',
  'rejected',
  'refused',
  'not_sent',
  'rejected',
  'other_order',
);

const by = 'operator';
const eventArb: fc.Arbitrary<PayoutEvent> = fc.oneof(
  fc.constantFrom<PayoutEvent[]>(
    { kind: 'authorized', by, source: 'api' },
    { kind: 'authorized', by, source: 'cashier' },
    { kind: 'deauthorized', by },
    { kind: 'canceled', by, source: 'api' },
    { kind: 'rejected', by },
    { kind: 'receiver_returned' },
    { kind: 'time_passed' },
    { kind: 'resumed' },
    { kind: 'resolve_proposed', finding: 'paid', evidence: 'e', by },
    ...unseenFindings.map((finding) => ({
      kind: 'resolved_unseen' as const,
      finding,
      evidence: 'e',
      proposedBy: by,
      proposedKey: 'first',
      by: 'another',
    })),
    {
      kind: 'callback_received',
      status: 'approved',
      type: 'payout',
      later: false,
      orderId: ORDER_ID,
    },
    { kind: 'callback_received', status: 'approved', type: 'chargeback', later: true },
    { kind: 'callback_received', status: 'approved', type: null, later: false, orderId: '7002' },
    { kind: 'status_failed', requestedAt: START, cause: 'timeout', httpStatus: null },
    {
      kind: 'status_failed',
      requestedAt: START,
      cause: 'http_403',
      httpStatus: 403,
      accessRefused: true,
    },
  ),
  fc
    .constantFrom(...letters)
    .map((letter) => ({ kind: 'cashier_reported', letter, by, isAuthenticated: true }) as const),
  fc.constantFrom(...attentionCodes).map((code) => ({ kind: 'acknowledged', code, by }) as const),
  fc.constantFrom(...attentionCodes).map((code) => ({ kind: 'held', code }) as const),
);

const waits = [1, 250, 3000, 11_000, 36_000, 5 * MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS];

const actArb: fc.Arbitrary<Act> = fc.oneof(
  {
    arbitrary: fc.record({
      act: fc.constant('step' as const),
      paused: fc.constantFrom(false, false, false, true),
      outcome: fc.oneof(often('silence' as const, 1), { arbitrary: outcomeArb, weight: 8 }),
      reply: replyArb,
      tookMs: fc.constantFrom(5, 5, 5, 12_000),
    }),
    weight: 12,
  },
  {
    arbitrary: fc.record({
      act: fc.constant('wait' as const),
      ms: fc.constantFrom(...waits, DAY_MS, 4 * DAY_MS, 31 * DAY_MS),
    }),
    weight: 5,
  },
  {
    arbitrary: fc.record({
      act: fc.constant('reply' as const),
      reply: replyArb,
      agoMs: fc.constantFrom(-1000, 5, 5, 20, 9000, 11_000, MINUTE_MS, DAY_MS),
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      act: fc.constant('late_answer' as const),
      which: fc.nat(9),
      outcome: outcomeArb,
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      act: fc.constant('repeat' as const),
      answer: fc.constantFrom('validated' as const, 'lookup_refused' as const),
      times: fc.integer({ min: 2, max: 6 }),
      everyMs: fc.constantFrom(300, MINUTE_MS, 3 * MINUTE_MS, 6 * MINUTE_MS),
    }),
    weight: 5,
  },
  { arbitrary: eventArb.map((event) => ({ act: 'event', event }) as const), weight: 2 },
  {
    arbitrary: fc.boolean().map((paused) => ({ act: 'pay_anyway', paused }) as const),
    weight: 3,
  },
  often<Act>({ act: 'check_anyway' }, 1),
  {
    arbitrary: fc.record({
      act: fc.constant('resolve' as const),
      finding: fc.constantFrom(...findings),
      agoMs: fc.constantFrom(0, 10, MINUTE_MS, DAY_MS),
    }),
    weight: 1,
  },
);

/** Before anything happened. */
const NO_SEQUENCE: Sequence = { reply: 0, attempt: 0, authorization: 0 };

type Beginning = 'requested' | 'checking' | 'bank_confirmed' | 'paying';

export const lifeArb = fc.record({
  release: fc.constantFrom('automatic' as const, 'on_authorization' as const),
  policy: fc.record({
    payRepeat: fc.constantFrom(true, true, false),
    repeatQuietMs: fc.constantFrom(1000, 10 * MINUTE_MS),
    orderNotFoundCodes: fc.constantFrom([], ['404']),
    errorMeansDeclined: fc.boolean(),
  }),
  /**
   * Where the random part begins; the way to a payment is long, and most lives would end before.
   */
  begins: fc.constantFrom<Beginning[]>(
    'requested',
    'checking',
    'bank_confirmed',
    'paying',
    'paying',
  ),
  acts: fc.array(actArb, { minLength: 5, maxLength: 60 }),
});

export type LifePlan = typeof lifeArb extends fc.Arbitrary<infer T> ? T : never;

/** What happened at one event, for its auditor. */
export type Happened = {
  event: PayoutEvent;
  before: Payout;
  decision: Decision;
  context: Context;
};

/** Tells each event of a life to `audit`; answers the payout as it is at the end. */
export function live(plan: LifePlan, audit: (happened: Happened) => void): Life {
  const life = newLife(plan, audit);
  life.begin(plan.begins);
  for (const act of plan.acts) life.take(act);
  return life;
}

export type Life = ReturnType<typeof newLife>;

function newLife(plan: LifePlan, audit: (happened: Happened) => void) {
  const rules: Policy = { ...policy, ...plan.policy };
  const money = { amountMinor: 10050n, decimals: 2, currency: 'EUR' };
  const facts = {
    id: PAYOUT_ID,
    reference: 'r',
    endpoint: 'default',
    money,
    release: plan.release,
    epoch: FIRST_EPOCH,
    clientOrderId: PAYOUT_ID,
    gatewayIdentity: GATEWAY.identity,
  };
  const intents: { id: string; of: 'check' | 'pay' }[] = [];
  let now = START;
  let payout = newPayout(facts, now, EXPIRY_MS);
  const sequences: { at: number; sequence: Sequence }[] = [];
  const context = (): Context => ({ now, random: 0.5, policy: rules, ...undisturbed });

  /** The sequence as a request of that moment carried it. */
  function sequenceAt(at: number): Sequence {
    return sequences.findLast((seen) => seen.at <= at)?.sequence ?? NO_SEQUENCE;
  }

  function happen(event: PayoutEvent): Decision {
    now += 1;
    const before = payout;
    const decision = transition(before, event, context());
    if (decision.payout !== undefined) payout = decision.payout;
    sequences.push({ at: now, sequence: payout.tracking.sequence });
    audit({ event, before, decision, context: context() });
    return decision;
  }

  function intend(of: 'check' | 'pay', paused: boolean): string | null {
    const intent = { id: `i-${intents.length}`, at: now, sendBefore: now + SEND_BEFORE_MS };
    const requestHash = 'hash';
    const decision = happen(
      of === 'check'
        ? { kind: 'check_intended', intent, requestHash }
        : { kind: 'pay_intended', intent, requestHash, paused },
    );
    if (decision.kind === 'refused') return null;
    intents.push({ id: intent.id, of });
    return intent.id;
  }

  function answer(of: 'check' | 'pay', intentId: string, outcome: Outcome): void {
    const orderId = outcome === 'other_order' ? '7002' : ORDER_ID;
    const cause = 'cause';
    switch (outcome) {
      case 'accepted':
      case 'other_order':
        happen({ kind: `${of}_accepted`, intentId, orderId, serialNumber: null });
        return;
      case 'not_sent':
        happen({ kind: `${of}_not_sent`, intentId, cause });
        return;
      case 'refused':
        if (of === 'check') happen({ kind: 'check_refused', intentId, code: '1', message: null });
        else happen({ kind: 'pay_unknown', intentId, cause });
        return;
      case 'rejected':
        happen({ kind: `${of}_unknown`, intentId, cause, httpStatus: 403, accessRefused: true });
        return;
      case 'unknown':
        happen({ kind: `${of}_unknown`, intentId, cause });
    }
  }

  function ask(outcome: Outcome | 'silence', reply: StatusReply, tookMs: number): void {
    const requestedAt = now;
    const asOf = payout.tracking.sequence;
    const byClientOrderId = payout.gateway.orderId === null;
    now += tookMs;
    if (outcome === 'silence') return;
    if (outcome === 'refused') {
      const code = '404';
      const asked = { requestedAt, asOf, byClientOrderId, knownAnsweredAt: now };
      happen({ kind: 'status_refused', ...asked, code, message: null });
    } else if (outcome === 'not_sent' || outcome === 'rejected') {
      happen({ kind: 'status_failed', requestedAt, cause: outcome, httpStatus: 429 });
    } else happen({ kind: 'status_reported', requestedAt, asOf, reply });
  }

  function step({ paused, outcome, reply, tookMs }: Extract<Act, { act: 'step' }>): void {
    const next = nextStep(payout, context(), paused);
    switch (next.kind) {
      case 'check':
      case 'pay': {
        const id = intend(next.kind, paused);
        now += tookMs;
        if (id !== null && outcome !== 'silence') answer(next.kind, id, outcome);
        return;
      }
      case 'poll':
        ask(outcome, reply, tookMs);
        return;
      case 'hold':
        happen({ kind: 'held', code: next.code });
        return;
      case 'resume':
        happen({ kind: 'resumed' });
        return;
      case 'expire':
        happen({ kind: 'time_passed' });
        return;
      case 'leave':
    }
  }

  function take(act: Act): void {
    switch (act.act) {
      case 'wait':
        now += act.ms;
        return;
      case 'step':
        step(act);
        return;
      case 'reply':
        happen({
          kind: 'status_reported',
          requestedAt: now - act.agoMs,
          asOf: sequenceAt(now - act.agoMs),
          reply: act.reply,
        });
        return;
      case 'late_answer': {
        const intent = intents.at(-1 - (act.which % Math.max(intents.length, 1)));
        if (intent !== undefined) answer(intent.of, intent.id, act.outcome);
        return;
      }
      case 'repeat':
        for (let time = 0; time < act.times; time += 1) {
          now += act.everyMs;
          if (act.answer === 'validated') ask('accepted', validatedReply, 5);
          else ask('refused', validatedReply, 5);
        }
        return;
      case 'event':
        happen(act.event);
        return;
      case 'pay_anyway':
        intend('pay', act.paused);
        return;
      case 'check_anyway':
        intend('check', false);
        return;
      case 'resolve': {
        const { finding, agoMs } = act;
        const asked = { requestedAt: now - agoMs, asOf: sequenceAt(now - agoMs) };
        happen({ kind: 'resolved', finding, evidence: 'e', name: 'n', by, ...asked });
      }
    }
  }

  function begin(beginning: Beginning): void {
    if (beginning === 'requested') return;
    if (plan.release === 'on_authorization') happen({ kind: 'authorized', by, source: 'api' });
    const id = intend('check', false);
    if (id === null || beginning === 'checking') return;
    answer('check', id, 'accepted');
    ask('accepted', validatedReply, 5);
    const payId = beginning === 'paying' ? intend('pay', false) : null;
    if (payId !== null) answer('pay', payId, 'unknown');
  }

  return {
    begin,
    take,
    context,
    get payout() {
      return payout;
    },
    wait(ms: number) {
      now += ms;
    },
  };
}
