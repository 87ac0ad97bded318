/**
 * Epochs: what follows when the database has another history than before. A new epoch pauses
 * payments until an operator ends it, makes feed numbers and payout versions jump, and makes every
 * open payout due, so that its status is requested at the gateway first. `payout/policy/epoch.ts`
 * decides what a payout of an older epoch may do, by the epoch in its row.
 */

import type { Queryable } from '../database/pool.ts';
import {
  differingParts,
  type Fingerprint,
  type FingerprintAccess,
  type FingerprintPart,
  newlyKnownParts,
} from './fingerprint.ts';
import { type Installation, readInstallation } from './installation.ts';
import type { JournalMark } from '../payouts/journal.ts';

/** More than a database writes between two backups that an operator would restore. */
const STEP_MIN = 1_000_000;

const STEPS_SINCE = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;

/**
 * How far versions, revisions and feed numbers jump at an epoch that opens at this moment. It grows
 * by one a minute, so that two restores of the same backup do not jump to the same numbers. It
 * grows slowly enough that an integer column has room for more than a hundred epochs.
 */
export const epochStepAt = (at: number): number =>
  STEP_MIN + Math.max(0, Math.floor((at - STEPS_SINCE) / MINUTE_MS));

/** Feed numbers have more room: at least a thousand a second since that day. */
export const feedFloorAt = (at: number): number => at - STEPS_SINCE;

/** Every row is written, which takes minutes where there are millions. In milliseconds. */
const EPOCH_TIMEOUT_MS = 3_600_000;

/** What the process that compares the history knows of it. */
export type KnownHistory = {
  access: FingerprintAccess;
  /** The newest epoch that it has seen; null before the first. */
  epoch: number | null;
  /** The fingerprint that it found last; null before the first. */
  found: Fingerprint | null;
  /** The newest entry of the journal that it has seen; null where it has seen none. */
  mark: JournalMark | null;
  /** Whether it remembers commits of that epoch, its own or those of other replicas. */
  hasMemory: boolean;
  /**
   * Whether it judges a new timeline itself, or leaves that to a process that remembers commits.
   */
  judgesTimeline: boolean;
  /** What the rows lack of its own remembered commits; null where they lack nothing. */
  findLoss: (db: Queryable) => Promise<string | null>;
  /** Replaces the database's clock in simulations. */
  now?: Date;
};

export type Verdict =
  | { kind: 'same' }
  /** The timeline is a new one, which this process leaves to others to judge. */
  | { kind: 'unjudged' }
  /** Nothing is lost, and the fingerprint has to be recorded. */
  | { kind: 'record' }
  | { kind: 'lost'; reason: string };

const sentences: Readonly<Record<FingerprintPart, string>> = {
  systemIdentifier: 'the database server is another one (system identifier)',
  databaseOid: 'the database is another one (its number in the server)',
  payoutsOid: 'the table of payouts is another one (its number in the database)',
  timeline: 'the server began a new timeline, and nothing shows that no commit is missing',
};

async function hasPayouts(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>({
    name: 'has-payouts',
    text: 'select exists (select from payouts) as found',
  });
  return rows[0]?.found === true;
}

/** Judges what was read. `loss` is what the rows lack of the remembered commits. */
async function judge(
  db: Queryable,
  installation: Installation,
  known: KnownHistory,
  loss: string | null,
): Promise<Verdict> {
  const { stored, found, epoch } = installation;
  // guard: lost-epoch
  if (known.epoch !== null && epoch < known.epoch) {
    return { kind: 'lost', reason: `the database is in epoch ${epoch}, and was in ${known.epoch}` };
  }
  // guard: lost-commits
  if (loss !== null) return { kind: 'lost', reason: loss };
  const differing = differingParts(stored, found);
  // guard: fingerprint
  if (differing.length === 0) {
    return { kind: newlyKnownParts(stored, found).length > 0 ? 'record' : 'same' };
  }
  if (!(await hasPayouts(db))) return { kind: 'record' };
  const isOnlyTimeline = differing.every((part) => part === 'timeline');
  if (isOnlyTimeline && !known.judgesTimeline) return { kind: 'unjudged' };
  if (isOnlyTimeline && known.hasMemory && epoch === known.epoch) return { kind: 'record' };
  const parts = isOnlyTimeline ? differing : differing.filter((part) => part !== 'timeline');
  return { kind: 'lost', reason: parts.map((part) => sentences[part]).join('; ') };
}

/**
 * What is missing, as a sentence. Commits of an earlier epoch prove nothing: their loss is the
 * reason for this epoch. The mark costs nothing to compare; our own commits cost a statement.
 */
async function lossOf(
  db: Queryable,
  { epoch, holdsMark }: Installation,
  known: KnownHistory,
  comparesOwn = true,
): Promise<string | null> {
  if (epoch !== known.epoch) return null;
  if (known.mark !== null && !holdsMark) {
    const { id, payoutId, at } = known.mark;
    return `the journal lacks entry ${id} of ${payoutId} (${at}), which was there`;
  }
  return comparesOwn ? known.findLoss(db) : null;
}

/** Whether the process has found another database or server than before. */
export const isElsewhere = (before: Fingerprint | null, found: Fingerprint): boolean =>
  before !== null && differingParts(before, found).length > 0;

/** Reads and judges without a lock, on a new connection; writes nothing. */
export async function lookAtHistory(
  db: Queryable,
  known: KnownHistory,
  compares: boolean,
): Promise<{ installation: Installation; verdict: Verdict }> {
  const installation = await readInstallation(db, known.access, { mark: known.mark });
  const { stored, found } = installation;
  // Behind a connection pooler another server may answer on a connection that was never lost.
  const isOther = isElsewhere(known.found, found) || differingParts(stored, found).length > 0;
  const loss = await lossOf(db, installation, known, compares || isOther);
  return { installation, verdict: await judge(db, installation, known, loss) };
}

async function writeFingerprint(db: Queryable, { found }: Installation): Promise<void> {
  await db.query({
    name: 'record-fingerprint',
    text: `update installation set system_identifier = coalesce($1, system_identifier),
        database_oid = coalesce($2, database_oid), payouts_oid = coalesce($3, payouts_oid),
        timeline = coalesce($4, timeline)
      where id = 1`,
    values: [found.systemIdentifier, found.databaseOid, found.payoutsOid, found.timeline],
  });
}

/** The functions above as SQL, for the time at which the epoch opened. */
const STEP = `${STEP_MIN} + greatest(0, floor(extract(epoch from i.epoch_opened_at
  - to_timestamp(${STEPS_SINCE / 1000})) / 60))::int`;
const FEED_FLOOR = `floor(extract(epoch from i.epoch_opened_at
  - to_timestamp(${STEPS_SINCE / 1000})) * 1000)::bigint`;

/**
 * Starts the next epoch. The transaction of the caller holds a lock on the row of the installation.
 * No statement of another session may run in between: the payouts table is locked against writers,
 * who then find other revisions than those they decided on. `query_timeout` is the driver's limit
 * for a statement.
 */
async function open(db: Queryable, epoch: number, reason: string, now?: Date): Promise<void> {
  const run = (text: string, values: unknown[] = []) => {
    // An option of the driver that is missing in its types.
    const statement = { text, values, query_timeout: EPOCH_TIMEOUT_MS };
    return db.query(statement);
  };
  await run(`set local statement_timeout = 0`);
  await run(`set local lock_timeout = 0`);
  await run(`lock table payouts in exclusive mode`);
  await run(
    `update installation
      set epoch = $1, epoch_opened_at = coalesce($2::timestamptz, clock_timestamp()),
        epoch_started_at = coalesce($2::timestamptz, clock_timestamp()),
        epoch_reason = $3, epoch_ended_by = null, epoch_ended_at = null
      where id = 1`,
    [epoch, now ?? null, reason],
  );
  await run(
    `update feed_head set seq = greatest(seq + ${STEP}, ${FEED_FLOOR}) from installation i`,
  );
  await run(
    `update payouts
      set version = version + ${STEP}, revision = revision + ${STEP},
        due_at = case when finalized_at is null then least(due_at, i.epoch_opened_at)
          else due_at end
      from installation i`,
  );
}

export type Renewal = { installation: Installation; verdict: Verdict };

/**
 * Judges again under the lock of the installation and acts on the verdict. When several replicas
 * notice a loss at the same time, the first one opens the epoch; the others find its fingerprint
 * and its number, and do nothing. Runs in the transaction of the caller; returns the row as it is
 * afterwards.
 */
export async function renewHistory(db: Queryable, known: KnownHistory): Promise<Renewal> {
  await db.query({ text: 'set local lock_timeout = 0' });
  const { access, mark } = known;
  const installation = await readInstallation(db, access, { lock: true, mark });
  const verdict = await judge(db, installation, known, await lossOf(db, installation, known));
  if (verdict.kind === 'same' || verdict.kind === 'unjudged') return { installation, verdict };
  await writeFingerprint(db, installation);
  if (verdict.kind === 'lost') {
    // A used number is never used again: the lost commits may have included an epoch.
    const epoch = Math.max(installation.epoch, known.epoch ?? 0) + 1;
    await open(db, epoch, verdict.reason, known.now);
  }
  return { installation: await readInstallation(db, access), verdict };
}

/**
 * Starts an epoch on an operator's command, in the transaction of the caller; returns its number.
 */
export async function beginEpoch(
  db: Queryable,
  { reason, now }: { reason: string; now?: Date },
): Promise<number> {
  const { rows } = await db.query<{ epoch: number }>({
    text: 'select epoch from installation where id = 1 for update',
  });
  const epoch = (rows[0]?.epoch ?? 0) + 1;
  await open(db, epoch, reason, now);
  return epoch;
}

/** Ends the open epoch in the operator's name; false where none is open. */
export async function endEpoch(
  db: Queryable,
  { by, at }: { by: string; at: Date },
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'end-epoch',
    text: `update installation
      set epoch_opened_at = null, epoch_ended_by = $1, epoch_ended_at = $2
      where id = 1 and epoch_opened_at is not null`,
    values: [by, at],
  });
  return rowCount === 1;
}
