/**
 * What the gateway sends by itself: the Connecting Party callback and, through the receiver's
 * browser, the final redirect. Verified is only who says it; what follows from it is decided
 * elsewhere, after a status reply read by us. Whoever holds one signed query string can put
 * anything beside the signed fields, so no unsigned text comes out of here.
 */

import { isLaterEvent } from '../payout/model/reply.ts';
import { type ControlCheck, checkControl, type Parameters, type SignedIds } from './control.ts';
import { storable } from './form.ts';

export type SignedWord = {
  /** Lower case. */
  status: string;
  orderId: string;
  clientOrderId: string;
};

export type Callback = SignedWord & {
  /** Not signed: a short word in lower case; null where it is absent or no such word. */
  type: string | null;
  /** Not signed: whether the type names a later event on the order. */
  later: boolean;
};

export type ReceiverReturn = SignedWord;

export type RefusalReason =
  | Extract<ControlCheck, { kind: 'refused' }>['reason']
  | 'repeated_parameter'
  | 'too_many_parameters'
  | 'too_long';

/**
 * Rightly signed, and about an order whose client_orderid is certainly none of ours; which one it
 * is cannot be told, so nothing of it is kept.
 */
type Ambiguous = Extract<ControlCheck, { kind: 'ambiguous' }>;

export type VerifiedCallback =
  | { kind: 'verified'; callback: Callback }
  | Ambiguous
  | { kind: 'refused'; reason: RefusalReason };

export type VerifiedReturn =
  | { kind: 'verified'; return: ReceiverReturn }
  | Ambiguous
  | { kind: 'refused'; reason: RefusalReason };

/** Where the parameters came; a POST body wins over the query when both carry some. */
export type Received = { query: URLSearchParams; body: URLSearchParams | null };

/** The documented parameters are about 30. */
const PARAMETERS_MAX = 100;
const NAME_CHARS_MAX = 128;
/** Many times the longest documented value; keeps what is stored small. */
const VALUE_CHARS_MAX = 2048;

/** Types are words such as sale, reversal or chargeback. */
const TYPE_FORM = /^[a-z_-]{1,32}$/;

/** Verifies a callback with the control key of the endpoint it was sent to. */
export function verifyCallback(received: Received, controlKey: string): VerifiedCallback {
  const parameters = readParameters(received);
  if (parameters.kind === 'refused') return parameters;
  const check = checkControl(parameters, controlKey);
  if (check.kind !== 'verified') return check;
  const type = parameters.get('type')?.toLowerCase() ?? null;
  return {
    kind: 'verified',
    callback: {
      ...signedWord(check.ids),
      type: type !== null && TYPE_FORM.test(type) ? type : null,
      later: isLaterEvent(type),
    },
  };
}

/** Verifies the final redirect of a receiver's browser; the same checksum. */
export function verifyReturn(received: Received, controlKey: string): VerifiedReturn {
  const parameters = readParameters(received);
  if (parameters.kind === 'refused') return parameters;
  const check = checkControl(parameters, controlKey);
  return check.kind === 'verified' ? { kind: 'verified', return: signedWord(check.ids) } : check;
}

const signedWord = (ids: SignedIds): SignedWord => ({ ...ids, status: ids.status.toLowerCase() });

type ReadParameters =
  | ({ kind: 'parameters' } & Parameters)
  | { kind: 'refused'; reason: RefusalReason };

/** The names that are read here and have two spellings. */
const twoSpellings = ['client_orderid', 'merchant_order'];

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
