/**
 * Records a fact that arrives only once, such as the gateway's reply. The write is retried while
 * the database is unreachable, so that an outage of seconds does not turn a known reply into an
 * unknown outcome. What the fact changes is decided through apply-event.ts.
 */

import { AssertionFailed } from '../../lib/assert.ts';
import { backoff } from '../../lib/backoff.ts';
import type { AppContext } from '../context.ts';
import { type Applied, type Applying, applyEvent } from './apply-event.ts';

/** About 30 s in total. After that the payout is polled like any other with an unknown outcome. */
const TRIES_MAX = 10;
const WAIT_MIN_MS = 100;
const WAIT_MAX_MS = 5000;

/** Applies a fact; throws where the database stayed unreachable. */
export async function applyFact(app: AppContext, applying: Applying): Promise<Applied> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await applyEvent(app, applying);
    } catch (err) {
      if (tries === TRIES_MAX || err instanceof AssertionFailed) throw err;
      app.log.warn(
        { payoutId: applying.payoutId, attempt: tries, err },
        'A fact could not be saved yet; the write is retried.',
      );
      // The row as read before the failure may be outdated by now.
      applying = { ...applying, stored: null };
      await app.sleep(backoff(tries, WAIT_MIN_MS, WAIT_MAX_MS, app.chance.random()));
    }
  }
}
