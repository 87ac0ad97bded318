/**
 * The gateway of the configuration: its variables, the rules over them, and the typed settings that
 * follow. A setting for the wire is a variable and a member of `toGateway`; one for decisions, a
 * variable and a member of `toPolicy`. The defaults of the latter are in payout/model/limits.ts.
 */

import { z } from 'zod';
import { assert } from '../lib/assert.ts';
import { type HostKind, hostKind } from '../lib/host-kind.ts';
import { returnsPath } from '../lib/public-paths.ts';
import {
  CALL_TIMEOUT_MS,
  defaultPolicy,
  type Policy,
  SEND_BEFORE_MS,
} from '../payout/model/limits.ts';
import { baseAddress, listOf, oneLine, wholeNumber, yesOrNo } from './formats.ts';
import { rsaPrivateKey, asSecret, secretText } from './secrets.ts';

/** The name of the one endpoint that the variables describe. */
const ONLY_ENDPOINT = 'default';

/** The shortest quiet period of payout-pay towards a gateway that moves real money. */
const QUIET_MS_MIN = 600_000;

/** A payout-check may still arrive until then: send_before of 5 s, plus 30 s of a call. */
const CHECK_QUIET_MS_MIN = SEND_BEFORE_MS + CALL_TIMEOUT_MS;

/**
 * The gateway accepts a redirect_url of up to 128 characters (payneteasy); every address is kept
 * within that.
 */
const GATEWAY_URL_MAX = 128;

/** A payout id has po_ and 26 characters. */
const LONGEST_PATH = `${returnsPath('payneteasy')}/po_${'0'.repeat(26)}`;

/** The ports that the gateway calls (payneteasy: 80 and 8080 by http, 443 and 8443 by https). */
const CALLED_PORTS: Readonly<Record<string, readonly string[]>> = {
  'http:': ['', '80', '8080'],
  'https:': ['', '443', '8443'],
};

/** In the order in which an operator reads them. */
export const gatewayVariables = {
  PAYNETEASY_BASE_URL: baseAddress().describe(
    'Address of the gateway with its context path, such as https://sandbox.payneteasy.com/paynet.',
  ),
  PAYNETEASY_ENDPOINT_ID: endpointNumber().describe(
    'Number of the endpoint. Set either this or PAYNETEASY_ENDPOINT_GROUP_ID.',
  ),
  PAYNETEASY_ENDPOINT_GROUP_ID: endpointNumber().describe(
    'Number of the endpoint group. Set either this or PAYNETEASY_ENDPOINT_ID.',
  ),
  PAYNETEASY_LOGIN: oneLine(128).describe('Login of the merchant at the gateway.'),
  PAYNETEASY_CONTROL_KEY: secretText(/^[\x21-\x7e]{1,256}$/, 'text without white space')
    .meta(asSecret)
    .describe('Control key of the merchant. It signs status requests and verifies callbacks.'),
  PAYNETEASY_PRIVATE_KEY: rsaPrivateKey()
    .meta(asSecret)
    .describe(
      'RSA private key in PEM, of at least 2048 bits, that signs payout-check and payout-pay. In ' +
        'a value of one line, \\n stands for a line end.',
    ),
  PAYNETEASY_ACCEPT: z
    .enum(['form', 'json'], 'must be form or json')
    .prefault('form')
    .describe('Encoding of replies that the service requests, form or json. It reads both.'),
  PAYNETEASY_LOGIN_IN_CHECK: yesOrNo()
    .prefault('false')
    .describe('Whether the body of payout-check includes the login too.'),
  PAYNETEASY_PAY_REPEAT: yesOrNo()
    .prefault(defaultPolicy.payRepeat ? 'true' : 'false')
    .describe(
      'Whether a payout-pay that shows no effect over the quiet period is repeated once. Before ' +
        'you set it, have the gateway confirm that a second payout-pay for one orderid can never ' +
        'pay twice, and that payout_check_validated with processing proves that the first ' +
        'payout-pay had no effect.',
    ),
  REPEAT_QUIET_MS: wholeNumber(1_000, 86_400_000)
    .prefault(String(defaultPolicy.repeatQuietMs))
    .describe(
      'Quiet period of payout-pay: milliseconds before payout-pay is repeated. At least 600000; ' +
        'at least 1000 where the gateway is a sandbox or on this machine.',
    ),
  CHECK_QUIET_MS: wholeNumber(1_000, 86_400_000)
    .prefault(String(defaultPolicy.checkQuietMs))
    .describe(
      'Quiet period of payout-check: milliseconds before payout-check is repeated. At least ' +
        '35000, the time in which the first payout-check may still arrive; at least 1000 where ' +
        'the gateway is a sandbox or on this machine.',
    ),
  PAYNETEASY_ORDER_NOT_FOUND_CODES: listOf((item) => /^-?\d{1,9}$/.test(item), 'whole numbers')
    .optional()
    .describe(
      'Error codes by which the gateway reports that it has no such order. Empty: none is known.',
    ),
  PAYNETEASY_ERROR_MEANS_DECLINED: yesOrNo()
    .prefault(defaultPolicy.errorMeansDeclined ? 'true' : 'false')
    .describe(
      "Whether the gateway's status error ends a payout, although the gateway documents its " +
        'result as unknown.',
    ),
  PAYNETEASY_MAX_IN_FLIGHT: wholeNumber(1, 1_000)
    .prefault('50')
    .describe('Most calls to the gateway in flight at the same time.'),
  PAYNETEASY_MAX_PER_SECOND: wholeNumber(1, 10_000)
    .prefault('200')
    .describe('Most calls to the gateway in one second.'),
  PAYNETEASY_POLL_MIN_MS: wholeNumber(100, 300_000)
    .prefault(String(defaultPolicy.pollMinMs))
    .describe('Shortest time between two status requests of one payout in its first five minutes.'),
  PAYNETEASY_POLL_MAX_MS: wholeNumber(100, 300_000)
    .prefault(String(defaultPolicy.pollMaxMs))
    .describe('Longest time between two status requests of one payout in its first five minutes.'),
};

function endpointNumber() {
  return z
    .string()
    .regex(/^\d{1,20}$/, 'must be digits')
    .optional();
}

export type GatewayValues = z.output<z.ZodObject<typeof gatewayVariables>>;

/** What the gateway's client and its limiter need. */
export function toGateway(values: GatewayValues) {
  const group = values.PAYNETEASY_ENDPOINT_GROUP_ID;
  const id = group ?? values.PAYNETEASY_ENDPOINT_ID;
  assert(id !== undefined, 'neither endpoint nor group passed the rules');
  const kind: 'endpoint' | 'group' = group === undefined ? 'endpoint' : 'group';
  return {
    /** With the context path, without a trailing slash. */
    baseUrl: values.PAYNETEASY_BASE_URL,
    endpoint: { name: ONLY_ENDPOINT, kind, id },
    login: values.PAYNETEASY_LOGIN,
    controlKey: values.PAYNETEASY_CONTROL_KEY,
    privateKey: values.PAYNETEASY_PRIVATE_KEY,
    accept: values.PAYNETEASY_ACCEPT,
    loginInCheck: values.PAYNETEASY_LOGIN_IN_CHECK,
    maxInFlight: values.PAYNETEASY_MAX_IN_FLIGHT,
    maxPerSecond: values.PAYNETEASY_MAX_PER_SECOND,
  };
}

/** What decisions about its payouts depend on. */
export const toPolicy = (values: GatewayValues): Policy => ({
  payRepeat: values.PAYNETEASY_PAY_REPEAT,
  repeatQuietMs: values.REPEAT_QUIET_MS,
  checkQuietMs: values.CHECK_QUIET_MS,
  orderNotFoundCodes: values.PAYNETEASY_ORDER_NOT_FOUND_CODES ?? [],
  errorMeansDeclined: values.PAYNETEASY_ERROR_MEANS_DECLINED,
  pollMinMs: values.PAYNETEASY_POLL_MIN_MS,
  pollMaxMs: values.PAYNETEASY_POLL_MAX_MS,
});

/** What kind of gateway it is, by its host; null where the address cannot be read. */
export function gatewayKind({
  PAYNETEASY_BASE_URL: base,
}: Partial<GatewayValues>): HostKind | null {
  return base === undefined ? null : hostKind(new URL(base).hostname);
}

/** Whether the gateway moves no real money, so that short times and a shared name do no harm. */
export const isSandbox = (kind: HostKind | null): boolean =>
  kind === 'loopback' || kind === 'sandbox';

type Checked = Partial<GatewayValues> & { PUBLIC_BASE_URL?: string | undefined };

/** The problems of the gateway's variables, and of the address at which it reaches this service. */
export const checkGateway = (values: Checked, isSet: (name: string) => boolean): string[] => [
  ...checkAddress(values),
  ...checkEndpoint(isSet),
  ...checkTimes(values),
  ...checkReturnAddress(values),
];

function checkAddress(values: Checked): string[] {
  const kind = gatewayKind(values);
  if (values.PAYNETEASY_BASE_URL?.startsWith('http:') !== true) return [];
  if (kind === 'loopback' || kind === 'private') return [];
  return [
    'PAYNETEASY_BASE_URL: must be https, unless the host is this machine or in a private network',
  ];
}

function checkEndpoint(isSet: (name: string) => boolean): string[] {
  const single = isSet('PAYNETEASY_ENDPOINT_ID');
  if (single !== isSet('PAYNETEASY_ENDPOINT_GROUP_ID')) return [];
  const names = 'PAYNETEASY_ENDPOINT_ID, PAYNETEASY_ENDPOINT_GROUP_ID';
  return [`${names}: ${single ? 'both are set; set only one of them' : 'one of them is required'}`];
}

function checkTimes(values: Checked): string[] {
  const {
    REPEAT_QUIET_MS: quiet,
    CHECK_QUIET_MS: checkQuiet,
    PAYNETEASY_POLL_MIN_MS: min,
    PAYNETEASY_POLL_MAX_MS: max,
  } = values;
  const problems: string[] = [];
  const kind = gatewayKind(values);
  const mayBeShort = kind === null || isSandbox(kind);
  if (quiet !== undefined && !mayBeShort && quiet < QUIET_MS_MIN) {
    problems.push(`REPEAT_QUIET_MS: must be at least ${QUIET_MS_MIN} with this gateway`);
  }
  if (checkQuiet !== undefined && !mayBeShort && checkQuiet < CHECK_QUIET_MS_MIN) {
    problems.push(`CHECK_QUIET_MS: must be at least ${CHECK_QUIET_MS_MIN} with this gateway`);
  }
  if (min !== undefined && max !== undefined && min > max) {
    problems.push('PAYNETEASY_POLL_MIN_MS: must not be greater than PAYNETEASY_POLL_MAX_MS');
  }
  return problems;
}

function checkReturnAddress({ PUBLIC_BASE_URL: base }: Checked): string[] {
  const max = GATEWAY_URL_MAX - LONGEST_PATH.length;
  if (base === undefined || base.length <= max) return [];
  return [
    `PUBLIC_BASE_URL: must be at most ${max} characters, because the gateway accepts no longer ` +
      'return address',
  ];
}

/** Warns of an address that the gateway does not call. */
export function warnOfPort({ PUBLIC_BASE_URL: base }: Checked): string[] {
  if (base === undefined) return [];
  const { protocol, port } = new URL(base);
  if (CALLED_PORTS[protocol]?.includes(port) === true) return [];
  return [
    'PUBLIC_BASE_URL: the gateway calls only the ports 80 and 8080 by http, 443 ' +
      'and 8443 by https; no callback will arrive',
  ];
}
