/**
 * Every environment variable of the service: its schema, description, bounds and default. Rules
 * over several variables are in rules.ts. The environment is read in config.ts, not here.
 */

import { z } from 'zod';
import { createSecret } from '../lib/secret.ts';
import { logLevels } from '../log.ts';
import { letters } from '../payout/model/letter.ts';
import {
  address,
  baseAddress,
  isNetwork,
  listOf,
  oneLine,
  wholeNumber,
  yesOrNo,
} from './formats.ts';
import { apiKeys, dataKeys, notifySecrets, rsaPrivateKey, secretText } from './secrets.ts';

/** Marks a variable whose value is never shown, and for which NAME_FILE is read. */
const secret = { secret: true };

const listening = {
  HOST: oneLine(255).prefault('0.0.0.0').describe('Address that the service listens on.'),
  PORT: wholeNumber(1, 65_535).prefault('8080').describe('Port that the service listens on.'),
  PUBLIC_BASE_URL: baseAddress().describe(
    'Base address at which the gateway and receivers reach this service. The gateway calls only ' +
      'the ports 80 and 8080 by http, and 443 and 8443 by https.',
  ),
  TRUSTED_PROXIES: listOf(isNetwork, 'addresses or networks such as 10.0.0.0/8')
    .optional()
    .describe(
      'Addresses or networks of proxies whose X-Forwarded-For and Forwarded are trusted; empty: ' +
        'none.',
    ),
  SHUTDOWN_DELAY_MS: wholeNumber(0, 60_000)
    .prefault('5000')
    .describe(
      'Milliseconds for which requests are still accepted after SIGTERM. Readiness already ' +
        'answers 503 then, so that load balancers stop sending requests first.',
    ),
  WAIT_MAX_S: wholeNumber(1, 60)
    .prefault('50')
    .describe(
      'Longest time in seconds for which a response that waits for a change is delayed. Clients ' +
        'may ask for 60. Keep it below the time limit of every proxy in front of the service, ' +
        'which is usually 60 s.',
    ),
  HTTP_KEEP_ALIVE_MS: wholeNumber(1_000, 3_600_000)
    .prefault('72000')
    .describe(
      'Milliseconds for which an idle connection of a client stays open. Set it above the idle ' +
        'time of the load balancer in front, which else sends a request on a connection that is ' +
        'just being closed.',
    ),
};

const database = {
  DATABASE_URL: z
    .string()
    .refine((text) => {
      const url = URL.parse(text);
      return url?.protocol === 'postgres:' || url?.protocol === 'postgresql:';
    }, 'must be a postgres:// or postgresql:// address')
    .transform((text) => createSecret(text))
    .optional()
    .meta(secret)
    .describe(
      'Address of PostgreSQL. Empty: the embedded PostgreSQL, which is refused with a production ' +
        'gateway.',
    ),
  DATA_DIR: oneLine(1024)
    .prefault('./data')
    .describe('Folder of the embedded PostgreSQL; used only when DATABASE_URL is empty.'),
  MIGRATE_ON_START: yesOrNo()
    .prefault('true')
    .describe('Whether the database schema is migrated before the service listens.'),
};

const installation = {
  INSTALLATION_NAME: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 lower-case letters, digits and hyphens')
    .optional()
    .describe(
      'Name of this installation. It is part of every new client_orderid, so that two ' +
        'installations on one gateway login never use the same order. It is stored at the first ' +
        'start, and a start with another value is refused. Required, unless the gateway is a ' +
        'sandbox or on this machine, where the default is sandbox.',
    ),
};

const gateway = {
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
    .meta(secret)
    .describe('Control key of the merchant. It signs status requests and verifies callbacks.'),
  PAYNETEASY_PRIVATE_KEY: rsaPrivateKey()
    .meta(secret)
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
    .prefault('false')
    .describe(
      'Whether a payout-pay that shows no effect over the quiet period is repeated once. Before ' +
        'you set it, have the gateway confirm that a second payout-pay for one orderid can never ' +
        'pay twice, and that payout_check_validated with processing proves that the first ' +
        'payout-pay had no effect.',
    ),
  REPEAT_QUIET_MS: wholeNumber(1_000, 86_400_000)
    .prefault('600000')
    .describe(
      'Quiet period of payout-pay: milliseconds before payout-pay is repeated. At least 600000; ' +
        'at least 1000 where the gateway is a sandbox or on this machine.',
    ),
  CHECK_QUIET_MS: wholeNumber(1_000, 86_400_000)
    .prefault('60000')
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
    .prefault('false')
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
    .prefault('3000')
    .describe('Shortest time between two status requests of one payout in its first five minutes.'),
  PAYNETEASY_POLL_MAX_MS: wholeNumber(100, 300_000)
    .prefault('5000')
    .describe('Longest time between two status requests of one payout in its first five minutes.'),
};

function endpointNumber() {
  return z
    .string()
    .regex(/^\d{1,20}$/, 'must be digits')
    .optional();
}

const access = {
  API_KEYS: apiKeys()
    .meta(secret)
    .describe(
      'JSON list of the API keys of clients: [{"name":"platform","sha256":"<hex of the ' +
        'key>","scopes":["payouts:read","payouts:write"]}]. A key with ' +
        '"release":"on_authorization" cannot create automatic payouts. If it also has ' +
        '"cashier_may_release":true, the cashier may release its payouts.',
    ),
  DATA_KEYS: dataKeys()
    .meta(secret)
    .describe(
      'Keys that encrypt receiver data: id:base64 of 32 bytes, several separated by spaces. The ' +
        'first key encrypts, all keys decrypt.',
    ),
};

/** The value of PRAXIS_NOTIFY_URL that switches notifications off. */
export const NO_PLATFORM = 'none';

const platform = {
  PRAXIS_NOTIFY_URL: z
    .string()
    .refine(
      (text) => text === NO_PLATFORM || address().safeParse(text).success,
      'must be an http or https address without a fragment or credentials, or none',
    )
    .optional()
    .describe(
      'UpdatePayout address of the platform. A start with an address switches notifications on ' +
        'for the whole installation; a start with the word none switches them off; empty leaves ' +
        'them unchanged.',
    ),
  PRAXIS_NOTIFY_STATUSES: listOf(
    (item) => letters.some((letter) => letter === item),
    'A, P, Y, J, C',
  )
    .transform((items) => letters.filter((letter) => items.includes(letter)))
    .prefault('A,P,Y,J,C')
    .describe('Status letters of the notifications that are sent to the platform.'),
  PRAXIS_NOTIFY_SECRET: notifySecrets()
    .optional()
    .meta(secret)
    .describe(
      'Secret that signs notifications: whsec_ and base64; several separated by spaces during a ' +
        'rotation.',
    ),
  PRAXIS_NOTIFY_AUTHORIZATION: secretText(/^[\x20-\x7e]{1,4096}$/, 'one line of ASCII')
    .optional()
    .meta(secret)
    .describe('Value of the Authorization header of notifications, if the platform requires one.'),
  PRAXIS_BASIC_AUTH: secretText(/^[^:\p{Cc}]{1,255}:[^\p{Cc}]{1,255}$/u, 'user:password')
    .optional()
    .meta(secret)
    .describe('Basic credentials, as user:password, that the cashier has to present.'),
  PRAXIS_ALLOWED_IPS: listOf(isNetwork, 'addresses or networks such as 10.0.0.0/8')
    .optional()
    .describe(
      'Addresses or networks from which the cashier may call. If PRAXIS_BASIC_AUTH is set too, ' +
        'both are required.',
    ),
  PRAXIS_ALLOW_UNAUTHENTICATED: yesOrNo()
    .prefault('false')
    .describe(
      'Whether every client may call as the cashier. Without this, PRAXIS_BASIC_AUTH and ' +
        'PRAXIS_ALLOWED_IPS, every call is refused.',
    ),
  PRAXIS_FORM_BODIES: yesOrNo()
    .prefault('false')
    .describe(
      'Whether the cashier may send a form in place of JSON. Any page can have a browser send one.',
    ),
};

const running = {
  AUTHORIZATION_EXPIRY_HOURS: wholeNumber(1, 8_760)
    .prefault('720')
    .describe('Hours after which a payout without an authorization expires.'),
  LOG_LEVEL: z
    .enum(logLevels, `must be one of ${logLevels.join(', ')}`)
    .prefault('info')
    .describe(`Lowest level that is logged: ${logLevels.join(', ')}.`),
};

/** The variables, in the groups and the order in which an operator reads them. */
export const variableGroups = {
  Listening: z.object(listening),
  Database: z.object(database),
  Installation: z.object(installation),
  Gateway: z.object(gateway),
  'Clients and stored data': z.object(access),
  'Platform and cashier': z.object(platform),
  Running: z.object(running),
};

export const variables = z.object({
  ...listening,
  ...database,
  ...installation,
  ...gateway,
  ...access,
  ...platform,
  ...running,
});

export type VariableName = keyof typeof variables.shape;

/** All values as typed data, once every variable was readable. */
export type Values = z.output<typeof variables>;

export const variableNames: readonly VariableName[] = variables.keyof().options;

/** Whether a variable holds a secret, so that it may come from a file and is never shown. */
export const isSecret = (name: VariableName): boolean =>
  variables.shape[name].meta()?.secret === true;
