/**
 * Whether this installation notifies its platform, and whether this replica can: a start that names
 * an address switches notifications on, only `none` switches them off, and a start that names
 * nothing changes nothing. A replica that lacks the address while they are on is misconfigured: it
 * is not ready and creates nothing, and its notifications wait for a replica that has the address.
 */

import type { Config } from '../config/config.ts';
import { RequestProblem } from '../flow/api/request-problem.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../log.ts';
import type { Queryable } from '../store/database/pool.ts';
import { type Notifies, readNotifies, recordNotifies } from '../store/notifications/notifies.ts';
import { sharedRead } from './shared-read.ts';

export type Notifying = {
  /** Why this replica cannot work, by the database's present value; null if it can. */
  problem(): Promise<string | null>;
  /** Why this replica may create nothing, by a value at most a second old; null if it may. */
  createRefusal(): Promise<RequestProblem | null>;
  /** Whether the installation notifies, as it was last read. */
  isOn(): boolean;
};

export type NotifyingDeps = {
  db: Queryable;
  platform: Config['notify']['platform']['kind'];
  clock: Pick<Clock, 'monotonic'>;
  log: Log;
};

/** A create relies on a value that is at most this old. */
const READ_EVERY_MS = 1000;

/** Long enough for a load balancer to find another replica, and short for an operator to wait. */
const RETRY_SECONDS = 5;

const LACKS_ADDRESS: Readonly<Record<Exclude<NotifyingDeps['platform'], 'address'>, string>> = {
  unset: 'PRAXIS_NOTIFY_URL is not set here, although this installation notifies its platform.',
  none: 'PRAXIS_NOTIFY_URL is none here, although a later start has switched notifications on.',
};

async function recordStart({ db, platform, log }: NotifyingDeps): Promise<void> {
  if (platform === 'unset') return;
  const isOn = platform === 'address';
  const before = await readNotifies(db);
  if (!(await recordNotifies(db, isOn))) return;
  if (isOn) log.info({}, 'From now on this installation notifies its platform.');
  if (before === true)
    log.warn({}, 'PRAXIS_NOTIFY_URL is none: due notifications are skipped now.');
}

/** Stores whether this start notifies, and reads what is in force. Only the service does this. */
export async function startNotifying(deps: NotifyingDeps): Promise<Notifying> {
  const { db, platform, clock, log } = deps;
  let last: Notifies = null;
  let lastProblem: string | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;

  const report = (problem: string | null): void => {
    if (problem !== null && problem !== lastProblem) {
      const effect = 'This replica is not ready, creates nothing and delivers no notification.';
      log.error({}, `${problem} ${effect}`);
    }
    lastProblem = problem;
  };
  const read = async (): Promise<void> => {
    // The age of a value counts from before it was read.
    const startedAtMs = clock.monotonic();
    let notifies = await readNotifies(db);
    if (notifies === null && platform === 'address') {
      // The database was restored to a state from before this start.
      await recordStart(deps);
      notifies = await readNotifies(db);
    }
    if (startedAtMs < readAtMs) return;
    if (last === true && notifies !== true && platform === 'address') {
      log.warn({}, 'Another start has switched notifications off: due ones are skipped.');
    }
    last = notifies;
    readAtMs = startedAtMs;
    report(last === true && platform !== 'address' ? LACKS_ADDRESS[platform] : null);
  };

  const readShared = sharedRead(read);

  await recordStart(deps);
  await read();
  return {
    problem: async () => {
      await read();
      return lastProblem;
    },
    createRefusal: async () => {
      if (clock.monotonic() - readAtMs >= READ_EVERY_MS) await readShared();
      if (lastProblem === null) return null;
      return new RequestProblem('NOTIFY_URL_MISSING', { retryAfterSeconds: RETRY_SECONDS });
    },
    isOn: () => last === true,
  };
}
