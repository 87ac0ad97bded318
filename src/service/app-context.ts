/**
 * Builds the AppContext from the configuration. The service and the command line share it, so that
 * both decide by the same policy.
 */

import type { Config } from '../config/config.ts';
import type { AppContext } from '../flow/context.ts';
import { mayCashierRelease } from '../lib/api-key.ts';
import { RETURNS_PATH } from '../lib/public-paths.ts';
import { praxisDialect } from '../praxis/dialect.ts';
import { createBatches } from '../store/batches.ts';
import { createReceiverSeal } from '../store/payouts/receiver-seal.ts';

const HOUR_MS = 3_600_000;

type Parts = Pick<
  AppContext,
  | 'db'
  | 'clock'
  | 'wall'
  | 'isClockTrusted'
  | 'chance'
  | 'endpoints'
  | 'history'
  | 'refreshHistory'
  | 'clientOrderIdOf'
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
  { apiKeys, gateway, http, limits, dataKeys, notify }: Config,
  parts: Parts,
): AppContext {
  const { onCommitted, witness } = parts;
  return {
    ...parts,
    batches: createBatches(parts.db, () => null, { onCommitted, witness }),
    policy: {
      payRepeat: gateway.payRepeat,
      repeatQuietMs: gateway.repeatQuietMs,
      checkQuietMs: gateway.checkQuietMs,
      orderNotFoundCodes: gateway.orderNotFoundCodes,
      errorMeansDeclined: gateway.errorMeansDeclined,
      pollMinMs: gateway.pollMinMs,
      pollMaxMs: gateway.pollMaxMs,
    },
    cashierMayRelease: (apiKeyName) => mayCashierRelease(apiKeys, apiKeyName),
    authorizationExpiryMs: limits.authorizationExpiryHours * HOUR_MS,
    dialect: praxisDialect,
    seal: createReceiverSeal(
      dataKeys.map(({ id, key }) => ({ id, key: key.reveal() })),
      (count) => parts.chance.bytes(count),
    ),
    returnBaseUrl: `${http.publicBaseUrl}${RETURNS_PATH}`,
    letters: notify.letters,
    leaseNow: () => null,
    sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
  };
}
