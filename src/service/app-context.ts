/**
 * Builds the AppContext from the configuration. The service and the command line share it, so that
 * both decide by the same policy.
 */

import type { Config } from '../config/config.ts';
import type { AppContext } from '../flow/context.ts';
import { mayCashierRelease } from '../lib/api-key.ts';
import { createBatches } from '../store/batches.ts';
import { createReceiverSeal } from '../store/payouts/receiver-seal.ts';
import { configuredDialect } from './platform.ts';

const HOUR_MS = 3_600_000;

type Parts = Pick<
  AppContext,
  | 'db'
  | 'reads'
  | 'clock'
  | 'wall'
  | 'isClockTrusted'
  | 'chance'
  | 'endpoints'
  | 'history'
  | 'refreshHistory'
  | 'clientOrderIdOf'
  | 'rows'
  | 'log'
  | 'observe'
  | 'onDue'
  | 'onChange'
  | 'onCommitted'
  | 'witness'
  | 'onNotifications'
>;

/** The context over these parts; everything else in it is configuration. */
export function createAppContext(
  { apiKeys, policy, limits, dataKeys, notify }: Config,
  parts: Parts,
): AppContext {
  const { onCommitted, witness } = parts;
  return {
    ...parts,
    batches: createBatches(parts.db, () => null, { onCommitted, witness }),
    policy,
    cashierMayRelease: (apiKeyName) => mayCashierRelease(apiKeys, apiKeyName),
    authorizationExpiryMs: limits.authorizationExpiryHours * HOUR_MS,
    dialect: configuredDialect(notify),
    seal: createReceiverSeal(
      dataKeys.map(({ id, key }) => ({ id, key: key.reveal() })),
      (count) => parts.chance.bytes(count),
    ),
    letters: notify.letters,
    leaseNow: () => null,
    sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
  };
}
