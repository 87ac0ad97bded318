/**
 * Verifies what the gateway sends by itself: the Connecting Party callback and, through the
 * receiver's browser, the final redirect. The signature proves only the sender. What follows is
 * decided after a status reply that we read ourselves: see flow/gateway/take-callback.ts and
 * take-return.ts. A holder of one signed query string can add any unsigned field to it, so no
 * unsigned text leaves this file.
 */

import type {
  Received,
  RefusalReason,
  SignedStatus,
  VerifiedCallback,
  VerifiedReturn,
} from '../flow/gateway/gateway.ts';
import { isLaterEvent } from '../payout/model/reply.ts';
import { checkControl, type Parameters, type SignedIds } from './control.ts';
import { storable } from './form.ts';

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
      ...signedStatus(check.ids),
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
  return check.kind === 'verified' ? { kind: 'verified', return: signedStatus(check.ids) } : check;
}

const signedStatus = (ids: SignedIds): SignedStatus => ({
  ...ids,
  status: ids.status.toLowerCase(),
});

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
