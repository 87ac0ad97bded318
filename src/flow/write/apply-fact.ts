/**
 * Records a fact that the world will not tell twice, such as a gateway's answer: tried again
 * while the database is away, so that an outage of seconds does not turn an answer into a doubt.
 */

import { AssertionFailed } from '../../lib/assert.ts';
import { backoff } from '../../lib/backoff.ts';
import type { AppContext } from '../context.ts';
import { type Applied, type Applying, applyEvent } from './apply-event.ts';

/** About 30 s in all; after that the payout is looked up like any other with an unknown outcome. */
const TRIES_MAX = 10;
const WAIT_MIN_MS = 100;
const WAIT_MAX_MS = 5000;

/** Applies a fact; throws when the database stayed away. */
export async function applyFact(app: AppContext, applying: Applying): Promise<Applied> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await applyEvent(app, applying);
    } catch (err) {
      if (tries === TRIES_MAX || err instanceof AssertionFailed) throw err;
      app.log.warn(
        { payoutId: applying.payoutId, attempt: tries, err },
        'A fact waits for the database.',
      );
      // What was read before the failure may be outdated by now.
      applying = { ...applying, stored: null };
      await app.sleep(backoff(tries, WAIT_MIN_MS, WAIT_MAX_MS, app.chance.random()));
    }
  }
}
