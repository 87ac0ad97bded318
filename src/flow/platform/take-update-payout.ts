/**
 * Takes an UpdatePayout call of the cashier: the call and its change are stored in one transaction
 * before it is answered 0. It never calls the gateway, so it answers while the gateway is down. How
 * a call is read and answered is decided by the dialect (dialect.ts).
 */

import type { PayoutEvent } from '../../payout/model/event.ts';
import { type Letter, letterFacts } from '../../payout/model/letter.ts';
import { formatMoney, isSameAmount, type Money } from '../../payout/model/money.ts';
import { isBeforePay, type Status } from '../../payout/model/status.ts';
import { isExpired } from '../../payout/policy/may-pay.ts';
import { addCashierCall, CALLS_KEPT_MAX, countCashierCalls } from '../../store/cashier-calls.ts';
import type { Queryable } from '../../store/database/pool.ts';
import { lockByReference } from '../../store/payouts/payouts.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import { cashierBy } from '../cashier-name.ts';
import { type AppContext, contextOf } from '../context.ts';
import { announce, type Change } from '../write/announce.ts';
import { applyEvent } from '../write/apply-event.ts';
import type { CallEffect, CashierAnswer, CashierCall, Dialect, ReadCall } from './dialect.ts';
import { type Said, saidIn } from './scrub-call.ts';

export type ReceivedCall = {
  /** The bytes as they came; the route limits their number. */
  body: Uint8Array;
  contentType: 'json' | 'form';
  path: string;
  address: string;
  /** False where callers need no credentials to call as the cashier. */
  isAuthenticated: boolean;
  /** False where a call that names no payout is not kept: of a stranger, or beyond the limit. */
  keepsUnnamed: boolean;
};

export type TakenCall = CashierAnswer & {
  /** Whether a payout of ours was meant. */
  isNamed: boolean;
  /** Whether anything changed that a caller can see. */
  isNews: boolean;
};

type Judged = {
  answer: CashierAnswer;
  payoutId: string | null;
  change: Change | null;
};

/** With what is kept of the caller's own text: nothing where there is no receiver to compare. */
type Answered = Judged & { said: Said };

/** Of a call that means no payout of ours, none of the caller's text is kept. */
const nothingSaid: Said = { updatedBy: null, ignored: [], body: new Uint8Array() };

const isNews = (change: Change | null): boolean =>
  change !== null && change.after.version > change.before.version;

/** What the core refuses although the dialect does not, since the row decides. */
const refusals: readonly string[] = ['not_cancelable', 'not_authorizable'];

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readBytes(calls: Dialect['calls'], { body, contentType }: ReceivedCall): ReadCall {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    // The decoder reports only that a byte is wrong, as this answer does.
    const answer = calls.answer('notUnderstood', 'the body is not UTF-8');
    return { kind: 'refused', answer, kept: answer.description };
  }
  return calls.read(text, contentType);
}

/** Ids are compared where both sides have them (praxis: a payout id alone proves no ownership). */
function isSameOwner({ details }: StoredPayout, call: CashierCall): boolean {
  const ours = details.cashier;
  const differs = (known: string | number | null | undefined, said: string | number | null) =>
    known !== null && known !== undefined && said !== null && known !== said;
  return !(
    differs(ours?.pin, call.pin) ||
    differs(ours?.front_end_name, call.frontEndName) ||
    differs(ours?.site_id, call.siteId)
  );
}

const isSameMoney = (money: Money, { amount, currency }: CashierCall): boolean =>
  (currency === null || currency === money.currency) &&
  (amount === null || isSameAmount(amount, money));

function toEvent(
  { act }: CallEffect,
  { letter, updatedBy }: CashierCall,
  isAuthenticated: boolean,
): PayoutEvent {
  const by = cashierBy(updatedBy);
  if (act === 'authorize') return { kind: 'authorized', by, source: 'cashier' };
  if (act === 'stop') {
    return letterFacts[letter].stopsAs === 'rejected'
      ? { kind: 'rejected', by }
      : { kind: 'canceled', by, source: 'cashier' };
  }
  return { kind: 'cashier_reported', letter, by, isAuthenticated };
}

const refusal = (answer: CashierAnswer, payoutId: string | null): Judged => ({
  answer,
  payoutId,
  change: null,
});

/** Whether the cashier's `A` may release it; of an automatic payout it is only an opinion. */
const mayRelease = (app: AppContext, { payout, details }: StoredPayout): boolean =>
  payout.release === 'automatic' || app.cashierMayRelease(details.apiKeyName);

/** Why the dialect refuses a letter in this status. */
const refusedBecause = (letter: Letter, status: Status): string =>
  letter === 'A' && isBeforePay(status)
    ? 'the cashier may not release payouts of this API key'
    : `the payout is ${status}`;

/** Decides on the locked row, so that nothing comes between the check and the change. */
async function answerCall(
  app: AppContext,
  db: Queryable,
  stored: StoredPayout,
  call: CashierCall,
  isAuthenticated: boolean,
): Promise<Judged> {
  const { id, money, status } = stored.payout;
  const { calls } = app.dialect;
  if (!isSameOwner(stored, call)) return refusal(calls.answer('otherOwner'), id);
  if (!isSameMoney(money, call)) {
    const why = `it is ${formatMoney(money)} ${money.currency}`;
    return refusal(calls.answer('otherMoney', why), id);
  }
  // The row's expiry counts, whether or not a runner has recorded it yet.
  const effective = isExpired(stored.payout, contextOf(app, stored)) ? 'expired' : status;
  const effect = calls.effect(effective, call.letter, mayRelease(app, stored));
  const answer =
    effect.outcome === 'done'
      ? calls.answer('done')
      : calls.answer('refused', refusedBecause(call.letter, effective));
  const event = toEvent(effect, call, isAuthenticated);
  // Beyond the calls that are kept of a payout, a repeated call is answered and not stored.
  const unlessVain = (await countCashierCalls(db, id)) >= CALLS_KEPT_MAX;
  const applied = await applyEvent(app, { payoutId: id, stored, event, db, unlessVain });
  if (applied.kind === 'repeated') return { answer, payoutId: id, change: null };
  if (applied.kind === 'refused' && refusals.includes(applied.code)) {
    const refused = calls.answer('refused', applied.summary);
    return { answer: refused, payoutId: id, change: applied.change ?? null };
  }
  if (applied.kind !== 'applied') {
    // It expired between the two reads of the clock; a repeat of the call is decided by that.
    throw new Error(`${call.letter} was ${applied.kind} for a payout that is ${effective}`);
  }
  return { answer, payoutId: id, change: applied.change };
}

const keptAnswer = (read: ReadCall, answer: CashierAnswer): CashierAnswer =>
  read.kind === 'call' ? answer : { ...answer, description: read.kept };

async function answerRead(
  app: AppContext,
  db: Queryable,
  read: ReadCall,
  received: ReceivedCall,
): Promise<Answered> {
  if (read.kind === 'refused') {
    return { ...refusal(read.answer, null), said: nothingSaid };
  }
  const stored = await lockByReference(db, read.call.extPayoutId);
  if (stored === null) {
    const unknown = app.dialect.calls.answer('unknownPayout');
    return { ...refusal(unknown, null), said: nothingSaid };
  }
  const said = saidIn(app, stored, read, received);
  const call = { ...read.call, updatedBy: said.updatedBy };
  return { ...(await answerCall(app, db, stored, call, received.isAuthenticated)), said };
}

function logAnswer(app: AppContext, read: ReadCall, { answer, payoutId, said }: Answered): void {
  const fields = {
    payoutId,
    letter: read.kind === 'call' ? read.call.letter : null,
    status: answer.status,
  };
  const { ignored } = said;
  const also = ignored.length === 0 ? '' : ` Ignored fields: ${ignored.join(', ')}.`;
  const { description } = keptAnswer(read, answer);
  const summary = `The cashier called and was answered: ${description}.${also}`;
  if (answer.outcome === 'done') app.log.info(fields, summary);
  else app.log.warn(fields, summary);
}

/** Answers a call of an allowed caller; throws when nothing could be saved. */
export async function takeUpdatePayout(
  app: AppContext,
  received: ReceivedCall,
): Promise<TakenCall> {
  const receivedAt = app.clock.now();
  const read = readBytes(app.dialect.calls, received);
  const call = read.kind === 'call' ? read.call : null;
  const answered = await app.db.transaction(async (db): Promise<Answered> => {
    const judged = await answerRead(app, db, read, received);
    const { payoutId } = judged;
    if (payoutId === null && !received.keepsUnnamed) return judged;
    await addCashierCall(db, {
      receivedAt,
      payoutId,
      letter: call?.letter ?? null,
      updatedBy: judged.said.updatedBy,
      path: received.path,
      address: received.address,
      contentType: received.contentType,
      body: judged.said.body,
      answer: keptAnswer(read, judged.answer),
    });
    return judged;
  });
  const { answer, payoutId, change } = answered;
  const isNamed = payoutId !== null;
  const isNew = isNamed || received.keepsUnnamed || !received.isAuthenticated;
  if (isNew) logAnswer(app, read, answered);
  if (change !== null) announce(app, change);
  return { ...answer, isNamed, isNews: isNews(change) };
}
