/**
 * Tells settings of a gateway apart from others, for what may not be carried over to those. It is
 * stored, and so keyed with the private key: nobody without that can guess the control key by it.
 */

import { createHmac } from 'node:crypto';
import type { Config } from '../config.ts';

type Settings = Pick<
  Config['gateway'],
  'baseUrl' | 'endpoint' | 'login' | 'controlKey' | 'privateKey'
>;

/** Over everything that a refusal of every payout-check may come from. */
export function settingsHash(settings: Settings): string {
  const { baseUrl, endpoint, login, controlKey, privateKey } = settings;
  const key = privateKey.export({ type: 'pkcs8', format: 'der' });
  const parts = [baseUrl, endpoint.kind, endpoint.id, login, controlKey.reveal()];
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
}
