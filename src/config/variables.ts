/**
 * Every environment variable of the service: one schema each, with the sentence that explains it,
 * its bounds and its default. Rules that join several variables are in rules.ts. Nothing is read
 * here.
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
  HOST: oneLine(255).prefault('0.0.0.0').describe('Address the service listens on.'),
  PORT: wholeNumber(1, 65_535).prefault('8080').describe('Port the service listens on.'),
  PUBLIC_BASE_URL: baseAddress().describe(
    'How the gateway and receivers reach this service; the gateway calls only the' +
      ' ports 80 and 8080 by http, 443 and 8443 by https.',
  ),
  TRUSTED_PROXIES: listOf(isNetwork, 'addresses or networks such as 10.0.0.0/8')
    .optional()
    .describe('Addresses or networks whose X-Forwarded-For is believed; empty: none.'),
  SHUTDOWN_DELAY_MS: wholeNumber(0, 60_000)
    .prefault('5000')
    .describe(
      'How long requests are still taken after SIGTERM, while readiness already says no, ' +
        'so that load balancers turn away first.',
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
      'PostgreSQL; empty: the embedded PostgreSQL, which is refused when the ' +
        'gateway is a production one.',
    ),
  DATA_DIR: oneLine(1024)
    .prefault('./data')
    .describe('Folder of the embedded PostgreSQL, used only when DATABASE_URL is empty.'),
  MIGRATE_ON_START: yesOrNo()
    .prefault('true')
    .describe('Whether the schema is brought up to date before the service listens.'),
};

const installation = {
  INSTALLATION_NAME: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 lower-case letters, digits and hyphens')
    .optional()
    .describe(
      'Name of this installation, part of every new client_orderid, so that two installations ' +
        'on one gateway login never meet. Stored at the first start; another value refuses the ' +
        'start. Required, unless the gateway is a sandbox or on this machine; sandbox there.',
    ),
};

const gateway = {
  PAYNETEASY_BASE_URL: baseAddress().describe(
    'Address of the gateway with its context path, such as https://sandbox.payneteasy.com/paynet.',
  ),
  PAYNETEASY_ENDPOINT_ID: endpointNumber().describe(
    'Number of the endpoint; exactly one of this and PAYNETEASY_ENDPOINT_GROUP_ID is set.',
  ),
  PAYNETEASY_ENDPOINT_GROUP_ID: endpointNumber().describe(
    'Number of the endpoint group; exactly one of this and PAYNETEASY_ENDPOINT_ID is set.',
  ),
  PAYNETEASY_LOGIN: oneLine(128).describe('Login of the merchant.'),
  PAYNETEASY_CONTROL_KEY: secretText(/^[\x21-\x7e]{1,256}$/, 'text without white space')
    .meta(secret)
    .describe('Control key of the merchant: signs status requests, verifies callbacks.'),
  PAYNETEASY_PRIVATE_KEY: rsaPrivateKey()
    .meta(secret)
    .describe(
      'RSA private key in PEM that signs payout-check and payout-pay, at least 2048' +
        ' bits; a value of one line may write its line ends as \\n.',
    ),
  PAYNETEASY_ACCEPT: z
    .enum(['form', 'json'], 'must be form or json')
    .prefault('form')
    .describe('Which encoding of replies is asked for, form or json; either is read.'),
  PAYNETEASY_LOGIN_IN_CHECK: yesOrNo()
    .prefault('false')
    .describe('Whether login is sent in the body of payout-check too.'),
  PAYNETEASY_PAY_REPEAT: yesOrNo()
    .prefault('false')
    .describe(
      'Whether a payout-pay that shows no effect over the quiet period is repeated once. Ask ' +
        'the gateway first whether a second payout-pay for one orderid can never pay twice, and ' +
        'whether payout_check_validated with processing proves that the first had no effect.',
    ),
  REPEAT_QUIET_MS: wholeNumber(1_000, 86_400_000)
    .prefault('600000')
    .describe(
      'Milliseconds before payout-pay is repeated, at least 600000; from 1000 up where the ' +
        'gateway is a sandbox or on this machine.',
    ),
  CHECK_QUIET_MS: wholeNumber(1_000, 86_400_000)
    .prefault('60000')
    .describe(
      'Milliseconds before payout-check is repeated, at least 35000, the time in which the first ' +
        'one may still arrive; from 1000 up where the gateway is a sandbox or on this machine.',
    ),
  PAYNETEASY_ORDER_NOT_FOUND_CODES: listOf((item) => /^-?\d{1,9}$/.test(item), 'whole numbers')
    .optional()
    .describe(
      'Error codes by which the gateway says that it has no such order; empty: none is known.',
    ),
  PAYNETEASY_ERROR_MEANS_DECLINED: yesOrNo()
    .prefault('false')
    .describe(
      'Whether the status error ends a payout although its result is documented as unknown.',
    ),
  PAYNETEASY_MAX_IN_FLIGHT: wholeNumber(1, 1_000)
    .prefault('50')
    .describe('Calls to the gateway at the same time.'),
  PAYNETEASY_MAX_PER_SECOND: wholeNumber(1, 10_000)
    .prefault('200')
    .describe('Calls to the gateway in one second.'),
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
      'JSON list of the keys of callers: [{"name":"platform","sha256":"<hex of the ' +
        'key>","scopes":["payouts:read","payouts:write"]}]; an entry with ' +
        '"release":"on_authorization" cannot create automatic payouts, and with ' +
        '"cashier_may_release":true its payouts are also released by the cashier.',
    ),
  DATA_KEYS: dataKeys()
    .meta(secret)
    .describe(
      'Keys that encrypt the data of receivers: id:base64 of 32 bytes, separated by' +
        ' spaces; the first encrypts, all decrypt.',
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
      'The UpdatePayout address of the platform. A start with one switches notifications on for ' +
        'the whole installation, and only a start with none switches them off; empty: as they are.',
    ),
  PRAXIS_NOTIFY_STATUSES: listOf(
    (item) => letters.some((letter) => letter === item),
    'A, P, Y, J, C',
  )
    .transform((items) => letters.filter((letter) => items.includes(letter)))
    .prefault('A,P,Y,J,C')
    .describe('Letters that are sent to the platform.'),
  PRAXIS_NOTIFY_SECRET: notifySecrets()
    .optional()
    .meta(secret)
    .describe(
      'Signs notifications: whsec_ and base64; several separated by spaces while rotating.',
    ),
  PRAXIS_NOTIFY_AUTHORIZATION: secretText(/^[\x20-\x7e]{1,4096}$/, 'one line of ASCII')
    .optional()
    .meta(secret)
    .describe('Value of the Authorization header towards the platform, if it wants one.'),
  PRAXIS_BASIC_AUTH: secretText(/^[^:\p{Cc}]{1,255}:[^\p{Cc}]{1,255}$/u, 'user:password')
    .optional()
    .meta(secret)
    .describe('user:password that the cashier has to present.'),
  PRAXIS_ALLOWED_IPS: listOf(isNetwork, 'addresses or networks such as 10.0.0.0/8')
    .optional()
    .describe(
      'Addresses or networks the cashier may call from; with PRAXIS_BASIC_AUTH both must hold.',
    ),
  PRAXIS_ALLOW_UNAUTHENTICATED: yesOrNo()
    .prefault('false')
    .describe(
      'Whether anybody may call as the cashier; without this and the two above nobody may.',
    ),
};

const running = {
  AUTHORIZATION_EXPIRY_HOURS: wholeNumber(1, 8_760)
    .prefault('720')
    .describe('Hours after which a payout that nobody authorized expires.'),
  LOG_LEVEL: z
    .enum(logLevels, `must be one of ${logLevels.join(', ')}`)
    .prefault('info')
    .describe(`Lowest level that is logged: ${logLevels.join(', ')}.`),
};

/** The variables in the groups and the order in which an operator reads them. */
export const variableGroups = {
  Listening: z.object(listening),
  Database: z.object(database),
  Installation: z.object(installation),
  Gateway: z.object(gateway),
  'Callers and stored data': z.object(access),
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
