/**
 * What the gateway sends by itself: the Connecting Party callback and, through the receiver's
 * browser, the final redirect. Verified is only who says it; what follows from it is decided
 * elsewhere, after a status reply read by us.
 */

import { storable } from './form.ts';
import { checkControl, type ControlCheck, type Parameters } from './control.ts';

export type Callback = {
  /** Lower case. */
  status: string;
  orderId: string;
  clientOrderId: string;
  /** What the checksum does not cover; null where absent. */
  type: string | null;
  amount: string | null;
  currency: string | null;
  errorCode: string | null;
  errorMessage: string | null;
};

export type ReceiverReturn = { status: string; orderId: string; clientOrderId: string };

export type RefusalReason =
  | Extract<ControlCheck, { kind: 'refused' }>['reason']
  | 'repeated_parameter'
  | 'too_many_parameters'
  | 'too_long';

export type VerifiedCallback =
  | { kind: 'verified'; callback: Callback }
  | { kind: 'refused'; reason: RefusalReason };

export type VerifiedReturn =
  | { kind: 'verified'; return: ReceiverReturn }
  | { kind: 'refused'; reason: RefusalReason };

/** Where the parameters came; a POST body wins over the query when both carry some. */
export type Received = { query: URLSearchParams; body: URLSearchParams | null };

/** The documented parameters are about 30. */
const PARAMETERS_MAX = 100;
const NAME_CHARS_MAX = 128;
/** Many times the longest documented value; keeps what is stored small. */
const VALUE_CHARS_MAX = 2048;

/** Verifies a callback with the control key of the endpoint it was sent to. */
export function verifyCallback(received: Received, controlKey: string): VerifiedCallback {
  const parameters = readParameters(received);
  if (parameters.kind === 'refused') return parameters;
  const check = checkControl(parameters, controlKey);
  if (check.kind === 'refused') return check;
  return {
    kind: 'verified',
    callback: {
      ...check.ids,
      status: check.ids.status.trim().toLowerCase(),
      type: parameters.get('type'),
      amount: parameters.get('amount'),
      currency: parameters.get('currency'),
      errorCode: withoutNull(parameters.get('error_code')),
      errorMessage: withoutNull(parameters.get('error_message')),
    },
  };
}

/** Verifies the final redirect of a receiver's browser; the same checksum. */
export function verifyReturn(received: Received, controlKey: string): VerifiedReturn {
  const parameters = readParameters(received);
  if (parameters.kind === 'refused') return parameters;
  const check = checkControl(parameters, controlKey);
  if (check.kind === 'refused') return check;
  const status = check.ids.status.trim().toLowerCase();
  return { kind: 'verified', return: { ...check.ids, status } };
}

type ReadParameters =
  | ({ kind: 'parameters' } & Parameters)
  | { kind: 'refused'; reason: RefusalReason };

/** The names that are read here and have two spellings. */
const twoSpellings = ['client_orderid', 'merchant_order', 'error_code', 'error_message'];

/**
 * A name sent twice is refused, for the names that are read also once with `_` and once with `-`:
 * otherwise one value could be verified and another one used.
 */
function readParameters({ query, body }: Received): ReadParameters {
  const sent = body !== null && body.size > 0 ? body : query;
  if (sent.size > PARAMETERS_MAX) return { kind: 'refused', reason: 'too_many_parameters' };
  const values = new Map<string, string>();
  for (const [name, value] of sent) {
    if (name.length > NAME_CHARS_MAX || value.length > VALUE_CHARS_MAX) {
      return { kind: 'refused', reason: 'too_long' };
    }
    if (values.has(name)) return { kind: 'refused', reason: 'repeated_parameter' };
    values.set(name, storable(value));
  }
  if (twoSpellings.some((name) => values.has(name) && values.has(hyphenated(name)))) {
    return { kind: 'refused', reason: 'repeated_parameter' };
  }
  const get = (name: string) => values.get(name) || values.get(hyphenated(name)) || null;
  return { kind: 'parameters', get };
}

const hyphenated = (name: string) => name.replaceAll('_', '-');

/** payneteasy: error_message carries the text "null" when there is none. */
function withoutNull(text: string | null): string | null {
  return text?.trim().toLowerCase() === 'null' ? null : text;
}
