/**
 * Parts of the service that its own start wires together, wired here over the simulated machine.
 */

import type { Flow } from '../../src/flow/flow.ts';
import type { Database } from '../../src/store/pool.ts';

/** The operator's command before the service starts on a disk that was set back. */
export async function beginHistory(_real: Database, _now: Date): Promise<void> {}

/** A person's word that one gateway goes on with another one's orders; whether it is proven. */
export async function continueEndpoint(
  _flow: Flow,
  _declaring: { old: string; identity: string; by: string },
): Promise<boolean> {
  return false;
}

/** The operator's command that lets payments go on. */
export async function endHistory(_flow: Flow, _by: string): Promise<void> {}
