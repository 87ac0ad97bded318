/**
 * The one writer: decides what an event does to a payout and saves it with its journal entry and
 * its next due time in one statement. No other place changes a payout.
 */

import { assert } from '../../lib/assert.ts';
import type { Context, Decision, RefusalCode } from '../../payout/model/decision.ts';
import type { EventKind, PayoutEvent } from '../../payout/model/event.ts';
import { feedOf } from '../../payout/model/feed.ts';
import type { Payout } from '../../payout/model/payout.ts';
import { schedule } from '../../payout/policy/schedule.ts';
import { transition } from '../../payout/transition.ts';
import type { Queryable } from '../../store/database/pool.ts';
import type { InboxEntry } from '../../store/payouts/inbox.ts';
import type { JournalEntry } from '../../store/payouts/journal.ts';
import { findPayout } from '../../store/payouts/payouts.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import { type Save, type SaveOutcome, savePayouts } from '../../store/payouts/save-payouts.ts';
import { type AppContext, contextOf } from '../context.ts';
import { announce, type Change } from './announce.ts';
import { notificationsOf } from './notifications-of.ts';

export type Applying = {
  event: PayoutEvent;
  /** What the caller last read; without it, or when it is outdated, the row is read. */
  stored: StoredPayout | null;
  payoutId: string;
  /** Facts of a gateway call for the journal; nothing secret or personal. */
  call?: Record<string, string | number | null>;
  /** The lease of the caller; an intent is refused without it. */
  lease?: { token: string };
  /** Runs inside this transaction, where a caller has one, who announces the change after it. */
  db?: Queryable;
  /** Refused unless the payout that is written still has one of these versions. */
  ifVersion?: readonly number[];
  /** The callback that tells the event: recorded with it, and only once. */
  callback?: InboxEntry;
  /** Writes nothing, also no journal entry, where nothing would change. */
  unlessVain?: boolean;
};

export type Applied =
  | { kind: 'applied'; stored: StoredPayout; change: Change }
  | {
      kind: 'refused';
      code: RefusalCode | 'version_mismatch';
      says: string;
      /** With what was recorded of the refused command, if anything was. */
      stored: StoredPayout;
      change?: Change;
    }
  /** An intent that lost its lease, or whose payout moved on, or that met the pause. */
  | { kind: 'fenced' }
  /** Its callback had been taken before, or nothing would change by it (`unlessVain`). */
  | { kind: 'repeated' }
  | { kind: 'missing' };

/**
 * Writers of one payout that meet are told apart by its revision; each round one of them wins, so
 * that this many rounds mean this many others at once.
 */
const ROUNDS_MAX = 100;

/**
 * What ends a payout, or lets it go on, by what is known of its history: commands, time, and the
 * answers of the gateway that may decide something.
 */
const kindsOfHistory: readonly EventKind[] = [
  'canceled',
  'rejected',
  'authorized',
  'resolved',
  'check_released',
  'time_passed',
  'check_accepted',
  'check_refused',
  'pay_not_sent',
  'status_reported',
  'status_refused',
];

const isOfHistory = ({ kind }: PayoutEvent): boolean => kindsOfHistory.includes(kind);

const isIntent = (event: PayoutEvent): boolean =>
  event.kind === 'check_intended' || event.kind === 'pay_intended';

function journalEntry(
  before: Payout,
  payout: Payout,
  { event, call }: Applying,
  at: number,
  says: string,
): JournalEntry {
  const { kind, ...data } = event;
  const { version, status } = payout;
  const entry = { kind, at, version, status, says, feed: feedOf(before, payout, event) };
  return { ...entry, data: call === undefined ? data : { ...data, call } };
}

/** Inside a caller's transaction, or in a commit that it may share with others. */
async function saveOne(
  app: AppContext,
  db: Queryable | undefined,
  save: Save,
): Promise<SaveOutcome> {
  if (db === undefined) return app.batches.save(save);
  const [outcome] = await savePayouts(db, [save], app.leaseNow());
  assert(outcome !== undefined, 'a save without an outcome');
  return outcome;
}

/** One round: decides on what was read, and saves it if nobody was faster. */
async function tryOnce(
  app: AppContext,
  applying: Applying,
  stored: StoredPayout,
): Promise<Applied | { kind: 'outdated' }> {
  const { event, ifVersion } = applying;
  const { version } = stored.payout;
  if (ifVersion !== undefined && !ifVersion.includes(version)) {
    const says = `The payout has version ${version} now.`;
    return { kind: 'refused', code: 'version_mismatch', says, stored };
  }
  const context = contextOf(app, stored.payout.endpoint);
  const decision = transition(stored.payout, event, context);
  const isVain = applying.unlessVain === true && isSame(stored.payout, decision.payout);
  if (isVain && decision.kind === 'applied') return { kind: 'repeated' };
  if (decision.kind === 'refused' && (isVain || decision.payout === undefined)) {
    return { kind: 'refused', code: decision.code, says: decision.says, stored };
  }
  const saved = await saveDecided(app, applying, stored, context, toWrite(decision, stored));
  if (decision.kind === 'applied' || saved.kind !== 'applied') return saved;
  const { code, says } = decision;
  return { kind: 'refused', code, says, stored: saved.stored, change: saved.change };
}

/** Whether a decision leaves both what a caller can see and the wish to stop as they were. */
const isSame = (before: Payout, { version, tracking }: Payout = before): boolean =>
  version === before.version && tracking.stopWish === before.tracking.stopWish;

type Written = Pick<Extract<Decision, { kind: 'applied' }>, 'payout' | 'letters' | 'says'>;

/** What a decision puts on disk: also a refused command leaves what it wished for. */
const toWrite = (decision: Decision, { payout }: StoredPayout): Written =>
  decision.kind === 'applied'
    ? decision
    : {
        payout: decision.payout ?? payout,
        letters: [],
        says: `Refused (${decision.code}), and kept in mind. ${decision.says}`,
      };

/** Saves what was decided with its journal entry and its notifications, if nobody was faster. */
async function saveDecided(
  app: AppContext,
  applying: Applying,
  stored: StoredPayout,
  context: Context,
  { payout, letters, says }: Written,
): Promise<Extract<Applied, { kind: 'applied' }> | { kind: Exclude<SaveOutcome, 'saved'> }> {
  const { event, lease, callback } = applying;
  const due = schedule(payout, context);
  const intent = isIntent(event);
  const isDueNow = due !== null && due.at <= context.now;
  const notifications = notificationsOf({ payout, details: stored.details, event, letters });
  const outcome = await saveOne(app, applying.db, {
    payout,
    revision: stored.revision,
    due,
    entries: [journalEntry(stored.payout, payout, applying, context.now, says)],
    notifications,
    at: context.now,
    // guard: lease-for-intents-only
    lease:
      lease === undefined
        ? null
        : { token: lease.token, require: intent, release: !intent && !isDueNow },
    // guard: no-intent-while-paused
    unlessPaused: event.kind === 'pay_intended',
    epoch: context.history.epoch,
    inEpoch: intent || isOfHistory(event),
    ...(callback === undefined ? {} : { callback }),
  });
  if (outcome !== 'saved') return { kind: outcome };
  const change = {
    event: event.kind,
    before: stored.payout,
    after: payout,
    revision: stored.revision + 1,
    at: context.now,
    says,
    due,
    letters: notifications.length,
  };
  if (applying.db === undefined) announce(app, change);
  const next: StoredPayout = {
    ...stored,
    payout,
    revision: stored.revision + 1,
    dueAt: due?.at ?? null,
    updatedAt: context.now,
  };
  return { kind: 'applied', stored: next, change };
}

const read = (app: AppContext, { db, payoutId }: Applying): Promise<StoredPayout | null> =>
  db === undefined ? app.batches.find(payoutId) : findPayout(db, payoutId);

/**
 * Applies an event. Facts and words are decided anew until they are saved; an intent is tried once,
 * because its reasons may be gone with the row it was decided on.
 */
export async function applyEvent(app: AppContext, applying: Applying): Promise<Applied> {
  let stored = applying.stored;
  assert(!isIntent(applying.event) || applying.lease !== undefined, 'an intent without a lease');
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    stored ??= await read(app, applying);
    if (stored === null) return { kind: 'missing' };
    const tried = await tryOnce(app, applying, stored);
    if (tried.kind !== 'outdated') return tried;
    // guard: retry-unless-intent
    if (isIntent(applying.event)) return { kind: 'fenced' };
    stored = null;
    // The next one may be decided in an epoch that this process has not heard of.
    if (round > 0 && isOfHistory(applying.event)) await app.refreshHistory?.();
  }
  throw new Error(`${applying.payoutId}: too many writers at once`);
}
