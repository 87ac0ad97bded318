/**
 * Headers of requests in the document that routes read with parsers of their own.
 */

import { WAIT_SECONDS_MAX } from '../request-headers.ts';

const ifMatch = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description:
    'The ETag of the payout as it was read. The command is done only while the payout still has ' +
    'this version, and answered with 412 otherwise; without it, whatever the version is.',
  schema: { type: 'string' },
  example: '"4"',
};

const prefer = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description:
    '`wait=N`: what was asked for is stored at once, and the answer is held for up to N seconds ' +
    `(at most ${WAIT_SECONDS_MAX}) until the payout changes next. A repeat of a create is ` +
    'answered without waiting, with the first answer.',
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
  cancelPayout: [ref('IfMatch'), ref('Prefer')],
  releaseCheck: [ref('IfMatch'), ref('Prefer')],
  resolvePayout: [ref('IfMatch')],
  acknowledgeAttention: [ref('IfMatch')],
  redeliverNotifications: [ref('IfMatch')],
};
