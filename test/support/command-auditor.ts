/**
 * Judges every payout-check and payout-pay of a random life by the rules 3, 4 and 7. It keeps its
 * own record of what was requested, reported and sent, and reads nothing of the payout's memory.
 */

import type { EventOf } from '../../src/payout/model/event.ts';
import type { Payout } from '../../src/payout/model/payout.ts';
import { PAYOUT_ID, SECOND_MS } from './payouts.ts';
import type { Happened } from './random-payouts.ts';

/** What is wrong with what happened; mostly nothing. */
export type Auditor = (happened: Happened) => string[];

type Reported = EventOf<'status_reported'>;
type Said = { requestedAt: number; readAt: number; validated: boolean };
type Attempt = { id: string; sendBefore: number; endedAt: number | null; answered: boolean };

/** Whether a reply is about this payout, as far as the order is known that it is bound to. */
function isOurs({ reply }: Reported, { gateway }: Payout): boolean {
  const { clientOrderId, orderId, transactionType } = reply;
  const byOrder = clientOrderId === null && orderId !== null && orderId === gateway.orderId;
  const isOther = orderId !== null && gateway.orderId !== null && orderId !== gateway.orderId;
  return (clientOrderId === PAYOUT_ID || byOrder) && !isOther && transactionType !== 'reversal';
}

const isValidated = ({ reply }: Reported): boolean =>
  reply.status === 'processing' &&
  reply.stage === 'payout_check_validated' &&
  reply.orderId !== null &&
  (reply.amount === null || reply.amount.startsWith('100.5')) &&
  (reply.currency === null || reply.currency.toLowerCase() === 'eur');

const deadlineOf = ({ sendBefore }: Attempt): number => sendBefore + 30 * SECOND_MS;
const endOf = (attempt: Attempt): number => attempt.endedAt ?? deadlineOf(attempt);

/** The sentences whose claims do not hold. */
const broken = (claims: Record<string, boolean>): string[] =>
  Object.entries(claims).flatMap(([claim, holds]) => (holds ? [] : [claim]));

const spreadOf = (times: readonly number[]): number => (times.at(-1) ?? 0) - (times[0] ?? 0);

/** An auditor of payout-pay. */
export function createPayAuditor(): Auditor {
  const attempts: Attempt[] = [];
  const said: Said[] = [];
  let authorizedAt: number | null = null;
  let isTakenBack = false;

  /** The attempt that this answer ends; none where a later one was made, or it has ended. */
  function close(intentId: string, now: number, answered: boolean): Attempt | null {
    const attempt = attempts.at(-1);
    if (attempt?.id !== intentId || attempt.endedAt !== null) return null;
    Object.assign(attempt, { endedAt: now, answered });
    return attempt;
  }

  /** A request knows of everything that was on disk when it was made, and of nothing later. */
  function onReply(event: Reported, before: Payout, now: number): void {
    const { requestedAt } = event;
    const attempt = attempts.at(-1);
    const isNews = requestedAt >= (said.at(-1)?.readAt ?? 0);
    const isAfter = attempt === undefined || requestedAt >= endOf(attempt);
    const isReleased = requestedAt >= (authorizedAt ?? 0);
    if (!isOurs(event, before) || !isNews || !isAfter || !isReleased) return;
    said.push({ requestedAt, readAt: now, validated: isValidated(event) });
  }

  function onRepeat(previous: Attempt, { context }: Happened): string[] {
    const { now, policy } = context;
    const fresh = said.filter(({ requestedAt }) => requestedAt >= endOf(previous));
    const run = fresh.slice(fresh.findLastIndex(({ validated }) => !validated) + 1);
    return broken({
      'the only repeat': attempts.length === 1,
      'repeats are allowed': policy.payRepeat,
      'the deadline is over': previous.answered || now > deadlineOf(previous),
      'three replies': run.length >= 3,
      'a quiet period': spreadOf(run.map(({ requestedAt }) => requestedAt)) >= policy.repeatQuietMs,
    });
  }

  function onPay(event: EventOf<'pay_intended'>, happened: Happened): string[] {
    const { before, context } = happened;
    const reply = said.at(-1) ?? { requestedAt: 0, readAt: 0, validated: false };
    const previous = attempts.at(-1);
    const repeat = previous === undefined ? [] : onRepeat(previous, happened);
    attempts.push({ ...event.intent, endedAt: null, answered: false });
    return [
      ...repeat,
      ...broken({
        'not paused': !event.paused,
        'one order': before.gateway.orderId !== null && before.tracking.secondOrderId === null,
        validated: reply.validated,
        recent: context.now - reply.requestedAt <= 10 * SECOND_MS,
        'not taken back': !isTakenBack,
        authorized: before.release === 'automatic' || authorizedAt !== null,
        'requested after the authorization': reply.requestedAt >= (authorizedAt ?? 0),
      }),
    ];
  }

  return (happened) => {
    const { event, before, decision, context } = happened;
    // Also a refusal is kept, unless no payout-pay can follow.
    if (event.kind === 'deauthorized') isTakenBack = true;
    if (decision.kind === 'refused') return [];
    const { now } = context;
    if (event.kind === 'pay_intended') return onPay(event, happened);
    if (event.kind === 'status_reported') onReply(event, before, now);
    if (event.kind === 'pay_not_sent' && close(event.intentId, now, true) !== null) attempts.pop();
    if (event.kind === 'pay_accepted') close(event.intentId, now, true);
    if (event.kind === 'pay_unknown') close(event.intentId, now, false);
    if (event.kind === 'authorized' && decision.payout.authorization.authorizedAt === now) {
      authorizedAt = now;
      isTakenBack = false;
    }
    return [];
  };
}

/** An auditor of payout-check. */
export function createCheckAuditor(): Auditor {
  let open: string | null = null;
  let made = 0;
  let lookups: number[] = [];

  function onCheck(event: EventOf<'check_intended'>, { context }: Happened): string[] {
    const { checkQuietMs, orderNotFoundCodes } = context.policy;
    const refusedQuietly = lookups.length >= 5 && spreadOf(lookups) >= checkQuietMs;
    const mappedCode = lookups.length > 0 && orderNotFoundCodes.length > 0;
    const problems = broken({
      'at most one repeat': made < 2,
      'the gateway knows none': made === 0 || refusedQuietly || mappedCode,
    });
    made += 1;
    lookups = [];
    open = event.intent.id;
    return problems;
  }

  return (happened) => {
    const { event, before, decision } = happened;
    if (decision.kind === 'refused') return [];
    if (event.kind === 'check_intended') return onCheck(event, happened);
    if (event.kind === 'status_refused' && event.byClientOrderId) lookups.push(event.requestedAt);
    if (event.kind === 'status_reported' && isOurs(event, before)) lookups = [];
    if (!('intentId' in event) || event.intentId !== open) return [];
    if (event.kind === 'check_not_sent') made -= 1;
    open = null;
    lookups = [];
    return [];
  };
}
