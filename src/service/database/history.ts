/**
 * What this process knows of the database's history. It is compared on every new connection and at
 * each heartbeat, and handed to the core as `AppContext.history()`. `store/history/epoch.ts`
 * decides what counts as lost and what a new epoch does.
 */

import { systemClock } from '../../lib/clock.ts';
import type { Log } from '../../log.ts';
import type { History } from '../../payout/model/decision.ts';
import type { OnCommitted } from '../../store/batches.ts';
import { type LookAtConnection, type Queryable, sqlState } from '../../store/database/pool.ts';
import { inOwnTransaction } from '../../store/database/with-connection.ts';
import { derivedClientOrderId } from '../../store/history/client-order-id.ts';
import {
  isElsewhere,
  type KnownHistory,
  lookAtHistory,
  renewHistory,
  type Verdict,
} from '../../store/history/epoch.ts';
import {
  type Fingerprint,
  type FingerprintAccess,
  readFingerprintAccess,
} from '../../store/history/fingerprint.ts';
import {
  claimName,
  deriveOrderIds,
  type Installation,
  InstallationMismatch,
  isCompared,
} from '../../store/history/installation.ts';
import { createRevisionMemory } from '../../store/history/revision-memory.ts';
import type { RowSigner } from '../../store/integrity/row-signer.ts';
import type { JournalWitness } from '../../store/payouts/journal.ts';
import { type Attendance, createAttendance } from './attendance.ts';

export type HistoryKeeper = {
  appParts: {
    history(): History;
    /**
     * The client_orderid of a new payout: derived from the reference once every replica knows such
     * ids; before that the payout's id, which is what an older replica sends.
     */
    clientOrderIdOf(payoutId: string, reference: string): string;
    onCommitted: OnCommitted;
    witness: JournalWitness;
  };
  /** Compares each connection to this address before it is handed out. */
  watch(connectionString: string): LookAtConnection;
  /** A connection broke: earlier replies allow no payment until the history was compared. */
  onLost(): void;
  /** Stores the name of the installation at its first start, and looks for the first time. */
  start(db: Queryable): Promise<void>;
  /** Looks again, since other processes begin and end epochs, too. */
  refresh(db: Queryable): Promise<void>;
  /** The same at each heartbeat of a service, which also waits until older replicas are gone. */
  heartbeat(db: Queryable): Promise<void>;
  /** Takes the history that a claim read along with its payouts. */
  learn(seen: SeenHistory): void;
};

export type HistoryDeps = {
  installationName: string;
  log: Log;
  /** Told once the installation refuses rows without MACs. */
  rows: Pick<RowSigner, 'require'>;
  /** Whether it judges a new timeline by what it remembers; a command line remembers nothing. */
  judgesTimeline: boolean;
  /** Milliseconds that pass while the process runs. */
  monotonic?: () => number;
  /** Replaces a connection of its own, and the database's clock, in simulations. */
  simulated?: {
    inTransaction: <T>(work: (db: Queryable) => Promise<T>) => Promise<T>;
    now: () => Date;
  };
};

/** insufficient_privilege and undefined_function: a function of the fingerprint was taken away. */
const ACCESS_CHANGED = ['42501', '42883'];

/**
 * After a lost connection, and after a start that finds no connection of this age, nothing is paid
 * on replies that are requested within this time of the first comparison. The server may be another
 * one, which lacks commits that only another replica remembers. Each replica looks every 2 s and
 * again as soon as it has a connection, for which it waits at most 5 s, so that all live replicas
 * have compared before any of them pays. Counted from the last loss.
 */
export const QUIET_AFTER_LOSS_MS = 10_000;

/** The part of the history that a claim reads along. */
export type SeenHistory = Pick<History, 'epoch' | 'startedAt' | 'isOpen'>;

/** What a look knows of the other replicas: only they may remember what the database lacks. */
type Others = 'have to judge' | 'may still compare' | 'have compared';

/** Nothing is known yet, so that nothing may be paid. */
const UNKNOWN: History = { epoch: 0, startedAt: 0, isOpen: true, repliesFrom: Infinity };

/** What was seen last, and how often connections were lost before it was seen. */
function createKnowledge({ log }: HistoryDeps) {
  const memory = createRevisionMemory();
  let known = UNKNOWN;
  let found: Fingerprint | null = null;
  let derivesOrderIds = false;
  let losses = 0;
  /** The losses after which the history was compared; none before the first look. */
  let compared = -1;

  const learn = (seen: SeenHistory): void => {
    if (seen.epoch < known.epoch) return;
    if (seen.epoch > known.epoch) {
      // The last epoch ended because its commits are missing.
      memory.forget();
      if (known.epoch > 0) log.warn({ count: seen.epoch }, 'The database is in a new epoch.');
    }
    known = { ...known, ...seen };
  };

  return {
    memory,
    learn,
    history: (): History =>
      compared < losses ? { ...known, repliesFrom: UNKNOWN.repliesFrom } : known,
    derivesOrderIds: () => derivesOrderIds,
    onLost: (): void => {
      losses += 1;
    },
    losses: () => losses,
    isCompared: () => compared === losses,
    isFirst: () => compared < 0,
    found: () => found,
    adopt: (installation: Installation, lossesBefore: number, others: Others) => {
      const { epoch, openedAt, startedAt, now, ...row } = installation;
      const isNewer = epoch > known.epoch;
      learn({ epoch, startedAt, isOpen: openedAt !== null });
      derivesOrderIds ||= row.derivesOrderIds;
      if (epoch === known.epoch) memory.see(row.newest, isNewer ? null : row.mark);
      const isOther = isElsewhere(found, row.found);
      found = row.found;
      if (others === 'have to judge' || (lossesBefore <= compared && !isOther)) return;
      // A request of the same millisecond may have been sent before it.
      const quietMs = others === 'have compared' ? 1 : QUIET_AFTER_LOSS_MS;
      compared = Math.max(compared, lossesBefore);
      known = { ...known, repliesFrom: now + quietMs };
    },
    derives: (): void => {
      derivesOrderIds = true;
    },
  };
}

type Knowledge = ReturnType<typeof createKnowledge>;

/** What the process knows at the moment of a look. */
function knownHistory(
  { judgesTimeline, simulated }: HistoryDeps,
  knowledge: Knowledge,
  attendance: Attendance,
  access: FingerprintAccess,
): KnownHistory {
  const { memory } = knowledge;
  const { epoch } = knowledge.history();
  return {
    access,
    epoch: epoch === UNKNOWN.epoch ? null : epoch,
    found: knowledge.found(),
    mark: memory.mark(),
    hasMemory: !memory.isEmpty() && attendance.isUnbroken(),
    judgesTimeline,
    findLoss: memory.findLoss,
    ...(simulated === undefined ? {} : { now: simulated.now() }),
  };
}

/** A start is no loss, but the server may be one that others have lost a moment ago. */
async function findOthers(
  { simulated }: HistoryDeps,
  knowledge: Knowledge,
  db: Queryable,
  verdict: Verdict,
): Promise<Others> {
  if (verdict.kind === 'unjudged') return 'have to judge';
  if (!knowledge.isFirst() || simulated !== undefined) return 'may still compare';
  return (await isCompared(db, QUIET_AFTER_LOSS_MS)) ? 'have compared' : 'may still compare';
}

/** Compares a connection's database with what is known, and has the history renewed. */
function createLook(deps: HistoryDeps, knowledge: Knowledge, addressOf: () => string) {
  const { installationName, log, rows, simulated } = deps;
  // A simulated process looks when it has work, and is never suspended without noticing.
  const { monotonic = simulated === undefined ? systemClock.monotonic : () => 0 } = deps;
  const attendance = createAttendance(monotonic);
  let access: FingerprintAccess | null = null;
  let renewing: Promise<{ installation: Installation; lossesBefore: number }> | null = null;

  const known = (granted: FingerprintAccess) => knownHistory(deps, knowledge, attendance, granted);
  const othersOf = (db: Queryable, verdict: Verdict) => findOthers(deps, knowledge, db, verdict);

  /** On a connection of its own: those of the pool may all be waiting for this. */
  const renew = async (granted: FingerprintAccess) => {
    const lossesBefore = knowledge.losses();
    const inTransaction =
      simulated?.inTransaction ?? ((work) => inOwnTransaction(addressOf(), work));
    const { installation, verdict } = await inTransaction((db) => renewHistory(db, known(granted)));
    if (verdict.kind === 'record') {
      log.info({ event: 'fingerprint_recorded' }, 'The fingerprint of the database is recorded.');
    } else if (verdict.kind === 'lost') {
      const fields = { event: 'epoch_opened', count: installation.epoch };
      const sentence = 'The database has lost history: a new epoch begins, and payments are paused';
      log.error(fields, `${sentence} (${verdict.reason}). See npm run payout -- after-restore.`);
    }
    return { installation, lossesBefore };
  };

  const look = async (db: Queryable, isNew: boolean): Promise<void> => {
    const lossesBefore = knowledge.losses();
    const begunAt = attendance.begin();
    access ??= await readFingerprintAccess(db);
    const { installation, verdict } = await lookAtHistory(
      db,
      known(access),
      // A server may have come back while we had no connection that could be lost.
      isNew || !knowledge.isCompared(),
    );
    const { name } = installation;
    if (name !== null && name !== installationName) {
      throw new InstallationMismatch(name, installationName);
    }
    if (installation.rowsSigned) rows.require();
    if (verdict.kind === 'same' || verdict.kind === 'unjudged') {
      knowledge.adopt(installation, lossesBefore, await othersOf(db, verdict));
      attendance.answered(begunAt);
      return;
    }
    renewing ??= renew(access).finally(() => {
      renewing = null;
    });
    const renewed = await renewing;
    knowledge.adopt(renewed.installation, renewed.lossesBefore, await othersOf(db, verdict));
    attendance.answered(begunAt);
  };

  return async (db: Queryable, isNew: boolean): Promise<void> => {
    try {
      await look(db, isNew);
    } catch (error) {
      if (!ACCESS_CHANGED.includes(sqlState(error) ?? '')) throw error;
      access = null;
      await look(db, isNew);
    }
  };
}

export function createHistoryKeeper(deps: HistoryDeps): HistoryKeeper {
  const { installationName } = deps;
  const knowledge = createKnowledge(deps);
  let address = '';
  const look = createLook(deps, knowledge, () => address);

  const heartbeat = async (db: Queryable): Promise<void> => {
    await look(db, false);
    if (!knowledge.derivesOrderIds() && (await deriveOrderIds(db))) knowledge.derives();
  };

  return {
    appParts: {
      history: knowledge.history,
      onCommitted: knowledge.memory.remember,
      witness: knowledge.memory,
      clientOrderIdOf: (payoutId, reference) =>
        knowledge.derivesOrderIds() ? derivedClientOrderId(installationName, reference) : payoutId,
    },
    watch: (connectionString) => {
      address = connectionString;
      return (db) => look(db, true);
    },
    onLost: knowledge.onLost,
    start: async (db) => {
      await claimName(db, installationName);
      await heartbeat(db);
    },
    refresh: (db) => look(db, false),
    heartbeat,
    learn: knowledge.learn,
  };
}

/** The parts for the AppContext: replies count once clock and history were read after a loss. */
export const historyParts = (
  { appParts }: HistoryKeeper,
  heartbeat: { repliesFrom(): number },
): HistoryKeeper['appParts'] => ({
  ...appParts,
  history: () => {
    const history = appParts.history();
    return { ...history, repliesFrom: Math.max(history.repliesFrom, heartbeat.repliesFrom()) };
  },
});
