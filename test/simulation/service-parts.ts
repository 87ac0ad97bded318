/**
 * What operators say to the service, by the same functions as the command line.
 */

import { endAfterRestore } from '../../src/flow/api/after-restore.ts';
import { continueEndpoint as declare } from '../../src/flow/api/continue-endpoint.ts';
import type { AppContext } from '../../src/flow/context.ts';
import type { Database } from '../../src/store/database/pool.ts';
import { beginEpoch } from '../../src/store/history/epoch.ts';

/** Before the service starts on a disk that was set back. */
export async function beginHistory(real: Database, now: Date): Promise<void> {
  await real.transaction((db) => beginEpoch(db, { reason: 'the disk was set back (Ann)', now }));
}

/** Lets payments go on. */
export async function endHistory(app: AppContext, by: string): Promise<void> {
  await endAfterRestore(app, by);
}

/** That one gateway goes on with another one's orders; whether it is proven. */
export async function continueEndpoint(
  app: AppContext,
  { old, identity, by }: { old: string; identity: string; by: string },
): Promise<boolean> {
  const outcome = await declare(app, { oldIdentity: old, newIdentity: identity, by });
  return outcome.kind === 'declared';
}
