/**
 * The one writer: has the core decide what an event does to a payout, and saves the result with its
 * journal entry and its next due time in one statement. No other file changes a payout, except
 * for the mark of a row that cannot be read (store/unreadable-rows.ts). The decision itself is made
 * in payout/transition.ts, the due time in payout/policy/schedule.ts.
 */

import { assert } from '../../lib/assert.ts';
import type { Context, Decision, RefusalCode } from '../../payout/model/decision.ts';
import type { EventKind, PayoutEvent } from '../../payout/model/event.ts';
import { feedOf } from '../../payout/model/feed.ts';
import type { Payout } from '../../payout/model/payout.ts';
import { schedule } from '../../payout/policy/schedule.ts';
import { transition } from '../../payout/transition.ts';
import type { Queryable } from '../../store/database/pool.ts';
import { RowKeyMissing } from '../../store/integrity/row-signer.ts';
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
  /** The row as it was last read. The row is read again where this is null or outdated. */
  stored: StoredPayout | null;
  payoutId: string;
  /** Facts of a gateway call for the journal; they hold nothing secret or personal. */
  call?: Record<string, string | number | null>;
  /** What a command came with, for the journal: an API key's name, or the command line. */
  key?: string;
  /** The lease under which the work runs; an intent is refused without it. */
  lease?: { token: string };
  /** Saves inside this transaction; the code that opened it announces the change afterwards. */
  db?: Queryable;
  /** The event is refused unless the payout still has one of these versions when it is written. */
  ifVersion?: readonly number[];
  /** The callback that brought the event; it is recorded with the event, and only once. */
  callback?: InboxEntry;
  /** Writes nothing, not even a journal entry, where nothing would change. */
  unlessVain?: boolean;
};

export type Applied =
  | { kind: 'applied'; stored: StoredPayout; change: Change }
  | {
      kind: 'refused';
      code: RefusalCode | 'version_mismatch';
      summary: string;
      /** The row, with what was recorded of the refused command, if anything was. */
      stored: StoredPayout;
      change?: Change;
    }
  /** An intent that lost its lease, whose payout changed meanwhile, or that met the pause. */
  | { kind: 'fenced' }
  /** The callback was recorded before, or the event would change nothing (`unlessVain`). */
  | { kind: 'repeated' }
  | { kind: 'missing' };

/**
 * Concurrent writers of one payout are detected by its revision. Each round one of them wins, so
 * this many lost rounds mean this many other writers at the same time.
 */
const ROUNDS_MAX = 100;

/**
 * Events that end a payout, or let it continue, by what is known of its history: commands, time,
 * and the replies of the gateway that may decide something.
 */
const kindsOfHistory: readonly EventKind[] = [
  'canceled',
  'rejected',
  'authorized',
  'deauthorized',
  'resolved',
  'resolve_proposed',
  'resolved_unseen',
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
  { event, call, key }: Applying,
  at: number,
  summary: string,
): JournalEntry {
  const { kind, ...data } = event;
  const { version, status } = payout;
  const entry = { kind, at, version, status, summary, feed: feedOf(before, payout, event) };
  const facts = { ...(call === undefined ? {} : { call }), ...(key === undefined ? {} : { key }) };
  return { ...entry, data: { ...data, ...facts } };
}

/** Saves inside the given transaction, or in a commit that the batcher may share with others. */
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

/** One round: decides on the row as read, and saves the result if no other writer was faster. */
async function tryOnce(
  app: AppContext,
  applying: Applying,
  stored: StoredPayout,
): Promise<Applied | { kind: 'outdated' }> {
  const { event, ifVersion } = applying;
  const { version } = stored.payout;
  if (ifVersion !== undefined && !ifVersion.includes(version)) {
    const summary = `The payout has version ${version} now.`;
    return { kind: 'refused', code: 'version_mismatch', summary, stored };
  }
  const context = contextOf(app, stored);
  const decision = transition(stored.payout, event, context);
  const isVain = applying.unlessVain === true && isSame(stored.payout, decision.payout);
  if (isVain && decision.kind === 'applied') return { kind: 'repeated' };
  // A stop wish that the row has already: the same command in a loop adds nothing.
  const isKept = decision.payout === undefined || decision.payout === stored.payout;
  if (decision.kind === 'refused' && (isVain || isKept)) {
    return { kind: 'refused', code: decision.code, summary: decision.summary, stored };
  }
  const saved = await saveDecided(app, applying, stored, context, toWrite(decision, stored));
  if (decision.kind === 'applied' || saved.kind !== 'applied') return saved;
  const { code, summary } = decision;
  return { kind: 'refused', code, summary, stored: saved.stored, change: saved.change };
}

/** Whether a decision leaves both what a client can see and the stop wish as they were. */
const isSame = (before: Payout, { version, tracking }: Payout = before): boolean =>
  version === before.version && tracking.stopWish === before.tracking.stopWish;

type Written = Pick<Extract<Decision, { kind: 'applied' }>, 'payout' | 'letters' | 'summary'>;

/** What a decision stores: a refused command may leave its wish. */
const toWrite = (decision: Decision, { payout }: StoredPayout): Written =>
  decision.kind === 'applied'
    ? decision
    : {
        payout: decision.payout ?? payout,
        letters: [],
        summary: `Refused (${decision.code}); the wish is recorded. ${decision.summary}`,
      };

/** Saves a decision with its journal entry and notifications, if no other writer was faster. */
async function saveDecided(
  app: AppContext,
  applying: Applying,
  stored: StoredPayout,
  context: Context,
  { payout, letters, summary }: Written,
): Promise<Extract<Applied, { kind: 'applied' }> | { kind: Exclude<SaveOutcome, 'saved'> }> {
  const { event, lease, callback } = applying;
  const due = schedule(payout, context);
  const intent = isIntent(event);
  const isDueNow = due !== null && due.at <= context.now;
  const notifications = notificationsOf(app, { payout, details: stored.details, event, letters });
  const macs = app.rows.resign(stored, payout);
  const outcome = await saveOne(app, applying.db, {
    payout,
    macs,
    revision: stored.revision,
    due,
    entries: [journalEntry(stored.payout, payout, applying, context.now, summary)],
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
    summary,
    due,
    letters: notifications.length,
  };
  if (applying.db === undefined) announce(app, change);
  const next: StoredPayout = {
    ...stored,
    payout,
    macs,
    revision: stored.revision + 1,
    dueAt: due?.at ?? null,
    updatedAt: context.now,
  };
  return { kind: 'applied', stored: next, change };
}

const read = (app: AppContext, { db, payoutId }: Applying): Promise<StoredPayout | null> =>
  db === undefined ? app.batches.find(payoutId) : findPayout(db, payoutId);

/**
 * Applies an event. Facts and commands are decided again until they are saved. An intent is tried
 * once, because its reasons may be gone with the row that it was decided on. Throws RowKeyMissing
 * in a process that must write no row.
 */
export async function applyEvent(app: AppContext, applying: Applying): Promise<Applied> {
  let stored = applying.stored;
  // What it writes could not be told from a change by hand.
  if (app.rows.lacksKey()) throw new RowKeyMissing();
  assert(!isIntent(applying.event) || applying.lease !== undefined, 'an intent without a lease');
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    stored ??= await read(app, applying);
    if (stored === null) return { kind: 'missing' };
    const tried = await tryOnce(app, applying, stored);
    if (tried.kind !== 'outdated') return tried;
    // guard: retry-unless-intent
    if (isIntent(applying.event)) {
      // It may have met another epoch, or a database that lacks what was committed.
      await app.refreshHistory?.();
      return { kind: 'fenced' };
    }
    stored = null;
    // The other writer may have decided in an epoch that this process has not read yet.
    if (round > 0 && isOfHistory(applying.event)) await app.refreshHistory?.();
  }
  throw new Error(`${applying.payoutId}: too many concurrent writers`);
}
