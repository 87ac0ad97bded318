/**
 * The request headers in the document that http/request-headers.ts parses.
 */

import { WAIT_SECONDS_MAX } from '../request-headers.ts';

const ifMatch = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description:
    'The ETag of the payout as you read it. The command is carried out only while the payout ' +
    'still has this version; otherwise the response is 412. Without If-Match, any version is ' +
    'accepted.',
  schema: { type: 'string' },
  example: '"4"',
};

const prefer = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description:
    '`wait=N`: the request is stored immediately, and the response is delayed until the next ' +
    `change of the payout, for at most N seconds (at most ${WAIT_SECONDS_MAX}). The service may ` +
    'wait for less; `Preference-Applied` says for how long. A retried create gets the first ' +
    'response without a delay.',
  schema: { type: 'string' },
  example: 'wait=20',
};

/** The document's `components.parameters`. */
export const parameterComponents = { IfMatch: ifMatch, Prefer: prefer };

const ref = (name: keyof typeof parameterComponents) => ({
  $ref: `#/components/parameters/${name}`,
});

/** Header parameters by operationId. */
export const parametersOf: Readonly<Record<string, readonly object[]>> = {
  createPayout: [ref('Prefer')],
  authorizePayout: [ref('IfMatch'), ref('Prefer')],
  deauthorizePayout: [ref('IfMatch'), ref('Prefer')],
  cancelPayout: [ref('IfMatch'), ref('Prefer')],
  releaseCheck: [ref('IfMatch'), ref('Prefer')],
  resolvePayout: [ref('IfMatch')],
  proposeBreakGlass: [ref('IfMatch')],
  acknowledgeAttention: [ref('IfMatch')],
  redeliverNotifications: [ref('IfMatch')],
};
