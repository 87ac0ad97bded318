/**
 * Tells settings of a gateway apart from others, for what may not be carried over to those. It is
 * stored, and so keyed with the private key: nobody without that can guess the control key by it.
 */

import { createHmac } from 'node:crypto';
import type { Config } from '../config.ts';

/** Everything that a refusal of every payout-check may come from. */
export function settingsHash({
  baseUrl,
  endpoint,
  login,
  controlKey,
  privateKey,
}: Config['gateway']): string {
  const key = privateKey.export({ type: 'pkcs8', format: 'der' });
  const settings = [baseUrl, endpoint.kind, endpoint.id, login, controlKey.reveal()];
  return createHmac('sha256', key).update(JSON.stringify(settings)).digest('base64url');
}
