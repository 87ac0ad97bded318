/**
 * The flow as the configuration wants it: what the service and the command line share, so that both
 * decide by the same policy.
 */

import type { Config } from '../config.ts';
import type { Flow } from '../flow/flow.ts';
import { wholeHistory } from '../payout/epoch.ts';
import { createBatches } from '../store/batches.ts';
import { createReceiverSeal } from '../store/receiver-seal.ts';

const HOUR_MS = 3_600_000;

type Parts = Pick<
  Flow,
  'db' | 'clock' | 'chance' | 'endpoints' | 'log' | 'observe' | 'onDue' | 'onChange' | 'onLetters'
>;

/** The flow over these parts; everything else about it is configuration. */
export function createFlow(
  { gateway, http, limits, dataKeys, notify }: Config,
  parts: Parts,
): Flow {
  return {
    ...parts,
    batches: createBatches(parts.db, () => null),
    policy: {
      payRepeat: gateway.payRepeat,
      repeatQuietMs: gateway.repeatQuietMs,
      checkQuietMs: 60_000,
      orderNotFoundCodes: gateway.orderNotFoundCodes,
      errorMeansDeclined: gateway.errorMeansDeclined,
      pollMinMs: gateway.pollMinMs,
      pollMaxMs: gateway.pollMaxMs,
    },
    authorizationExpiryMs: limits.authorizationExpiryHours * HOUR_MS,
    seal: createReceiverSeal(
      dataKeys.map(({ id, key }) => ({ id, key: key.reveal() })),
      (count) => parts.chance.bytes(count),
    ),
    returnBaseUrl: `${http.publicBaseUrl}/returns/payneteasy`,
    letters: notify?.letters ?? [],
    wall: () => Date.now(),
    isClockTrusted: () => true,
    history: () => wholeHistory,
    clientOrderIdOf: (payoutId) => payoutId,
    leaseNow: () => null,
    sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
  };
}
