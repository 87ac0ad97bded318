/**
 * Stories about one payout: events are applied one after the other on a clock of the story, so that
 * a test names what happens and nothing else. Payouts in any status are told by such a story.
 */

import { refusesAccess } from '../../src/payneteasy/http-status.ts';
import type { Context, Decision, GatewayContext } from '../../src/payout/model/decision.ts';
import type { PayoutEvent, RefusedAccess } from '../../src/payout/model/event.ts';
import type { Letter } from '../../src/payout/model/letter.ts';
import { type Policy, SEND_BEFORE_MS } from '../../src/payout/model/limits.ts';
import { newPayout, type Payout, type Release } from '../../src/payout/model/payout.ts';
import type { StatusReply } from '../../src/payout/model/reply.ts';
import type { Status } from '../../src/payout/model/status.ts';
import type { Sequence } from '../../src/payout/model/tracking.ts';
import { FIRST_EPOCH, wholeHistory } from '../../src/payout/policy/epoch.ts';
import { type Due, nextStep, type Step, schedule } from '../../src/payout/policy/schedule.ts';
import { transition } from '../../src/payout/transition.ts';
import { TEST_GATEWAY } from './undisturbed.ts';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const QUIET_MS = 10 * MINUTE_MS;
export const EXPIRY_MS = 720 * HOUR_MS;

export const START = Date.UTC(2030, 0, 1);
export const PAYOUT_ID = 'po_1';
export const ORDER_ID = '7001';

/** Before anything happened. */
const NO_SEQUENCE: Sequence = { reply: 0, attempt: 0, authorization: 0 };

/** Every event of a story comes this long after the one before it. */
const STEP_MS = 10;

export const policy: Policy = {
  payRepeat: true,
  repeatQuietMs: QUIET_MS,
  checkQuietMs: QUIET_MS,
  orderNotFoundCodes: [],
  errorMeansDeclined: false,
  pollMinMs: 3000,
  pollMaxMs: 5000,
};

/** A status reply about our order that is still being checked, with changes. */
export const replyOf = (changes: Partial<StatusReply> = {}): StatusReply => ({
  status: 'processing',
  stage: 'payout_check_validating',
  orderId: ORDER_ID,
  clientOrderId: PAYOUT_ID,
  amount: '100.50',
  currency: 'EUR',
  redirectTo: null,
  processorTxId: null,
  transactionType: 'payout',
  errorCode: null,
  errorMessage: null,
  ...changes,
});

export const VALIDATED: Partial<StatusReply> = { stage: 'payout_check_validated' };
export const PAYING: Partial<StatusReply> = { stage: 'payout_processing' };
export const APPROVED: Partial<StatusReply> = { status: 'approved', stage: 'payout_approved' };
export const DECLINED: Partial<StatusReply> = { status: 'declined', stage: 'payout_declined' };

/** What the event of a rejection with this HTTP status carries. */
export const accessIn = (httpStatus: number | null): RefusedAccess =>
  httpStatus !== null && refusesAccess(httpStatus) ? { accessRefused: true } : {};

export const GATEWAY: GatewayContext = TEST_GATEWAY;

/** What surrounds a decision where nothing was lost, moved or set wrong. */
export const undisturbed: Omit<Context, 'now' | 'random' | 'policy'> = {
  history: wholeHistory,
  gateway: GATEWAY,
  isClockTrusted: true,
  integrity: 'ok',
};

export type StoryOptions = {
  release?: Release;
  policy?: Partial<Policy>;
  epoch?: number;
  gatewayIdentity?: string | null;
};

export type Story = ReturnType<typeof tellStory>;

export function tellStory(options: StoryOptions = {}) {
  const rules = { ...policy, ...options.policy };
  let now = START;
  let intents = 0;
  const letters: Letter[] = [];
  const facts = {
    id: PAYOUT_ID,
    reference: 'r-1',
    endpoint: 'default',
    money: { amountMinor: 10050n, decimals: 2, currency: 'EUR' },
    release: options.release ?? 'automatic',
    epoch: options.epoch ?? FIRST_EPOCH,
    clientOrderId: PAYOUT_ID,
    gatewayIdentity:
      options.gatewayIdentity === undefined ? GATEWAY.identity : options.gatewayIdentity,
  };
  let around = undisturbed;
  let payout: Payout = newPayout(facts, now, EXPIRY_MS);
  const sequences = [{ at: now, sequence: payout.tracking.sequence }];
  const contextNow = (): Context => ({ now, random: 0.5, policy: rules, ...around });

  /** The sequence as a request of that moment carried it. */
  const sequenceAt = (at: number): Sequence =>
    sequences.findLast((seen) => seen.at <= at)?.sequence ?? NO_SEQUENCE;

  function happen(event: PayoutEvent): Decision {
    now += STEP_MS;
    const decision = transition(payout, event, contextNow());
    if (decision.payout !== undefined) payout = decision.payout;
    if (decision.kind === 'applied') letters.push(...decision.letters);
    sequences.push({ at: now, sequence: payout.tracking.sequence });
    return decision;
  }

  function applied(event: PayoutEvent): void {
    const decision = happen(event);
    if (decision.kind === 'refused') throw new Error(`${event.kind} refused: ${decision.summary}`);
  }

  function intend(kind: 'check_intended' | 'pay_intended', paused: boolean): string {
    intents += 1;
    const id = `i-${intents}`;
    const intent = { id, at: now, sendBefore: now + SEND_BEFORE_MS };
    const hash = { requestHash: `hash-${intents}` };
    if (kind === 'check_intended') applied({ kind, intent, ...hash });
    else applied({ kind, intent, ...hash, paused });
    return id;
  }

  const checkAccepted = (intentId: string, orderId = ORDER_ID): void =>
    applied({ kind: 'check_accepted', intentId, orderId, serialNumber: null });

  const story = {
    get payout() {
      return payout;
    },
    get status() {
      return payout.status;
    },
    get now() {
      return now;
    },
    /** The letters so far, as one text: "APY". */
    get letters() {
      return letters.join('');
    },
    get codes() {
      return payout.attention.map(({ code }) => code);
    },
    get context() {
      return contextNow();
    },
    due: (): Due | null => schedule(payout, contextNow()),
    /** How long until the payout is due, in milliseconds. */
    dueInMs: (): number => (schedule(payout, contextNow())?.at ?? Number.POSITIVE_INFINITY) - now,
    next: (paused = false): Step => nextStep(payout, contextNow(), paused),
    wait(ms: number) {
      now += ms;
      return story;
    },
    /** From here on decisions are made in other surroundings. */
    surroundedBy(changes: Partial<typeof undisturbed>) {
      around = { ...around, ...changes };
      return story;
    },
    happen,
    applied(event: PayoutEvent) {
      applied(event);
      return story;
    },
    /** A status reply that was requested just now, or `agoMs` ago. */
    reports(reply: Partial<StatusReply>, agoMs = 0) {
      const requestedAt = now + 5 - agoMs;
      const asked = { requestedAt, asOf: sequenceAt(requestedAt) };
      applied({ kind: 'status_reported', ...asked, reply: replyOf(reply) });
      return story;
    },
    /** The same reply several times, `everyMs` apart. */
    saysOften(reply: Partial<StatusReply>, times: number, everyMs: number) {
      for (let said = 0; said < times; said += 1) story.wait(everyMs).reports(reply);
      return story;
    },
    failsToSay(httpStatus: number | null = null) {
      const failed = { requestedAt: now + 5, cause: 'timeout', httpStatus };
      applied({ kind: 'status_failed', ...failed, ...accessIn(httpStatus) });
      return story;
    },
    refusesLookup(
      code: string | null = null,
      agoMs = 0,
      knownAnsweredAt: number | null = now + 6 - agoMs,
    ) {
      applied({
        kind: 'status_refused',
        requestedAt: now + 5 - agoMs,
        asOf: sequenceAt(now + 5 - agoMs),
        knownAnsweredAt,
        byClientOrderId: payout.gateway.orderId === null,
        code,
        message: null,
      });
      return story;
    },
    intendsCheck: () => intend('check_intended', false),
    intendsPay: (paused = false) => intend('pay_intended', paused),
    tryPay(paused = false): Decision {
      const intent = { id: 'tried', at: now, sendBefore: now + SEND_BEFORE_MS };
      return happen({ kind: 'pay_intended', intent, requestHash: 'hash', paused });
    },
    tryCheck(): Decision {
      const intent = { id: 'tried', at: now, sendBefore: now + SEND_BEFORE_MS };
      return happen({ kind: 'check_intended', intent, requestHash: 'hash' });
    },
    checkAccepted,
    /** Up to and including the gateway's order. */
    checked() {
      checkAccepted(intend('check_intended', false));
      return story;
    },
    confirmed() {
      return story.checked().reports(VALIDATED);
    },
    /** payout-pay sent, its outcome unknown; answers the intent's id. */
    paysIntoTheDark() {
      const id = intend('pay_intended', false);
      applied({ kind: 'pay_unknown', intentId: id, cause: 'timeout' });
      return story;
    },
    paid() {
      const intentId = intend('pay_intended', false);
      applied({ kind: 'pay_accepted', intentId, orderId: ORDER_ID, serialNumber: null });
      return story;
    },
    authorizes(source: 'api' | 'cashier' = 'api') {
      applied({ kind: 'authorized', by: 'platform', source });
      return story;
    },
    cashierReports(letter: Letter) {
      applied({ kind: 'cashier_reported', letter, by: 'till', isAuthenticated: true });
      return story;
    },
    /** A person's finding, after a status request that said `reply` just before. */
    resolves(finding: 'paid' | 'not_paid' | 'no_order', requestedAgoMs = 10): Decision {
      const requestedAt = now + 5 - requestedAgoMs;
      const asked = { requestedAt, asOf: sequenceAt(requestedAt) };
      const said = { evidence: 'ticket 1', name: 'Ann', by: 'operator-key' };
      return happen({ kind: 'resolved', finding, ...said, ...asked });
    },
  };
  return story;
}

/** A payout in each status, by the shortest way there. */
export const storyIn: Record<Status, (options?: StoryOptions) => Story> = {
  requested: (options) => tellStory(options),
  checking(options) {
    const story = tellStory(options);
    story.intendsCheck();
    return story;
  },
  bank_confirming: (options) => tellStory(options).checked(),
  bank_confirmed: (options) => tellStory(options).confirmed(),
  paying: (options) => tellStory(options).confirmed().paysIntoTheDark(),
  processing: (options) => tellStory(options).confirmed().paid(),
  awaiting_receiver: (options) =>
    tellStory(options).confirmed().paid().reports({ redirectTo: 'https://bank.example/form' }),
  approved: (options) => tellStory(options).confirmed().paid().reports(APPROVED),
  declined: (options) => tellStory(options).confirmed().paid().reports(DECLINED),
  filtered: (options) =>
    tellStory(options).confirmed().paid().reports({ status: 'filtered', stage: 'payout_filtered' }),
  error: (options) => tellStory(options).checked().reports({ status: 'error', stage: null }),
  canceled: (options) =>
    tellStory(options).confirmed().applied({ kind: 'canceled', by: 'platform', source: 'api' }),
  rejected: (options) => tellStory(options).confirmed().applied({ kind: 'rejected', by: 'till' }),
  expired: () =>
    tellStory({ release: 'on_authorization' })
      .confirmed()
      .wait(EXPIRY_MS)
      .applied({ kind: 'time_passed' }),
};
