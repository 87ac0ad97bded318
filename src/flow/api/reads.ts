/**
 * Reads of many payouts for clients. They have connections of their own, a limited number and a
 * limited time, so that slow ones never take what payouts need. `service/database/open-database.ts`
 * opens the connections.
 */

import { type Database, QUERY_CANCELED, sqlState } from '../../store/database/pool.ts';
import type { AppContext, Reads } from '../context.ts';
import { RequestProblem } from './request-problem.ts';

/**
 * Reads of one process at a time, the ones that wait for a connection among them. A page takes a
 * few milliseconds, so the last of this many still comes well within its time limit.
 */
export const READS_MAX = 20;

const BUSY_RETRY_SECONDS = 1;
/** Whatever makes a read slow does not pass in a second. */
const SLOW_RETRY_SECONDS = 5;

/** `db` has the connections for reads. */
export function createReads(
  db: Database,
  { log, observe }: Pick<AppContext, 'log' | 'observe'>,
): Reads {
  let running = 0;
  return async (work) => {
    if (running >= READS_MAX) {
      observe.limited('read');
      throw new RequestProblem('UNAVAILABLE', {
        detail: 'Too many lists, timelines and feeds are being read at this moment.',
        retryAfterSeconds: BUSY_RETRY_SECONDS,
      });
    }
    running += 1;
    try {
      return await work(db);
    } catch (error) {
      if (sqlState(error) !== QUERY_CANCELED) throw error;
      log.warn({ err: error }, 'A read for a client took too long and was stopped.');
      throw new RequestProblem('UNAVAILABLE', {
        detail: 'The read took too long and was stopped. A narrower filter may be faster.',
        retryAfterSeconds: SLOW_RETRY_SECONDS,
      });
    } finally {
      running -= 1;
    }
  };
}

/** Reads many payouts for a client; programs without clients read them like everything else. */
export const read: <T>(app: AppContext, work: (db: Database) => Promise<T>) => Promise<T> = (
  { reads, db },
  work,
) => (reads === undefined ? work(db) : reads(work));
