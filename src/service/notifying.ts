/**
 * Whether this installation notifies its platform, and whether this replica can: a start that names
 * an address switches notifications on, only `none` switches them off, and a start that names
 * nothing changes nothing. A replica that lacks the address while they are on is badly configured:
 * it is not ready and creates nothing, and what it writes waits for a replica that has the address.
 */

import type { Config } from '../config/config.ts';
import { RequestProblem } from '../flow/api/request-problem.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../log.ts';
import type { Queryable } from '../store/database/pool.ts';
import { type Notifies, readNotifies, recordNotifies } from '../store/notifications/notifies.ts';

export type Notifying = {
  /** Why this replica cannot work, as the database says now; null where it can. */
  problem(): Promise<string | null>;
  /** Why this replica may create nothing, by a value at most a second old; null where it may. */
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

/** Within this a load balancer has found another replica, or an operator has not. */
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

/** Stores what this start says of notifications, and reads what holds. Only the service does. */
export async function startNotifying(deps: NotifyingDeps): Promise<Notifying> {
  const { db, platform, clock, log } = deps;
  let last: Notifies = null;
  let lastProblem: string | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;

  const tell = (problem: string | null): void => {
    if (problem !== null && problem !== lastProblem) {
      const effect = 'This replica is not ready, creates nothing and delivers no notification.';
      log.error({}, `${problem} ${effect}`);
    }
    lastProblem = problem;
  };
  const read = async (): Promise<void> => {
    // The age of a value counts from before it was asked for.
    const startedAtMs = clock.monotonic();
    const notifies = await readNotifies(db);
    if (startedAtMs < readAtMs) return;
    if (last === true && notifies !== true && platform === 'address') {
      log.warn({}, 'Another start has switched notifications off: due ones are skipped.');
    }
    last = notifies;
    readAtMs = startedAtMs;
    tell(last === true && platform !== 'address' ? LACKS_ADDRESS[platform] : null);
  };

  let reading: Promise<void> | null = null;
  /** Creates that come meanwhile share one statement. */
  const readShared = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };

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
