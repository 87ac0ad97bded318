/**
 * Why a replica may create nothing once a newer version has made the schema one that it cannot work
 * on. What else such a replica leaves to others is decided by the statements themselves (IS_READER
 * of store/database/migration-files.ts), and its readiness in readiness.ts.
 */

import { RequestProblem } from '../flow/api/request-problem.ts';
import type { Clock } from '../lib/clock.ts';
import { isOutdated } from '../store/database/migrate.ts';
import type { Queryable } from '../store/database/pool.ts';
import { sharedRead } from './shared-read.ts';

/** A create that finds an older value has the next one read, and does not wait for it. */
const READ_EVERY_MS = 1000;

/** A create relies on a value that is at most this old, and waits for a newer one otherwise. */
const RELIED_ON_MS = 10_000;

/** Within this a load balancer has found another replica. */
const RETRY_SECONDS = 5;

const TOO_OLD =
  'The replica that was asked is too old for the schema of its database and creates no payout. ' +
  'Another replica may take it immediately.';

/**
 * Null where it may create; what the schema says is read once a second at most. The start has read
 * it just now. Waiting for it in each second's first create would cost that one a round trip more.
 */
export function createSchemaRefusal(
  db: Queryable,
  { monotonic }: Pick<Clock, 'monotonic'>,
): () => Promise<RequestProblem | null> {
  let isTooOld = false;
  let readAtMs = monotonic();

  const read = async (): Promise<void> => {
    // The age of a value counts from before the read.
    const startedAtMs = monotonic();
    isTooOld = await isOutdated(db);
    readAtMs = startedAtMs;
  };

  const readShared = sharedRead(read);
  return async () => {
    const ageMs = monotonic() - readAtMs;
    if (ageMs >= READ_EVERY_MS) {
      const reading = readShared();
      // A read that fails leaves the value as it is: the create meets the same database.
      if (ageMs >= RELIED_ON_MS) await reading;
      else reading.catch(() => undefined);
    }
    if (!isTooOld) return null;
    return new RequestProblem('UNAVAILABLE', { detail: TOO_OLD, retryAfterSeconds: RETRY_SECONDS });
  };
}
