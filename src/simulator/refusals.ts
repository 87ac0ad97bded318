/**
 * Why the fake gateway rejects a well-signed request. The real gateway publishes no list of error
 * codes, so these numbers are the simulator's own: distinct, stable, and no promise about the real
 * ones.
 */

import type { Answer } from './wire.ts';

export const REFUSAL_CODES = {
  unknown_login: 10,
  wrong_control: 11,
  wrong_endpoint: 12,
  invalid_field: 20,
  duplicate_client_orderid: 21,
  refused_amount: 22,
  checks_refused: 23,
  order_not_found: 30,
  other_endpoint: 31,
  not_validated: 40,
  already_paid: 41,
} as const;

export type RefusalKind = keyof typeof REFUSAL_CODES;

/** `message` names fields, never their values: it is kept in the list of received requests. */
export function refuse(kind: RefusalKind, message: string): Answer {
  return { kind: 'refused', code: REFUSAL_CODES[kind], message };
}
