/**
 * Every environment variable of the service: its schema, description, bounds and default. Those of
 * the gateway are in gateway.ts, those of the platform in platform.ts. Rules over several variables
 * are in rules.ts. The environment is read in config.ts, not here.
 */

import { z } from 'zod';
import { readDatabaseUrl } from '../lib/postgres/database-url.ts';
import { createSecret } from '../lib/secret.ts';
import { logLevels } from '../log.ts';
import { baseAddress, isNetwork, listOf, oneLine, wholeNumber, yesOrNo } from './formats.ts';
import { gatewayVariables } from './gateway.ts';
import { platformVariables } from './platform.ts';
import { apiKeys, dataKeys, asSecret } from './secrets.ts';

const listening = {
  HOST: oneLine(255).prefault('0.0.0.0').describe('Address that the service listens on.'),
  PORT: wholeNumber(1, 65_535).prefault('8080').describe('Port that the service listens on.'),
  METRICS_PORT: wholeNumber(1, 65_535)
    .optional()
    .describe(
      'Port of its own for /metrics, /docs and /openapi.json, which PORT does not serve then. ' +
        'Empty: they are on PORT.',
    ),
  PUBLIC_BASE_URL: baseAddress()
    // Its path begins every link, and a link that begins with two slashes leads to another host.
    .refine((text) => !new URL(text).pathname.includes('//'), 'must have no // in its path')
    .describe(
      'Base address at which the gateway and receivers reach this service. The gateway calls ' +
        'only the ports 80 and 8080 by http, and 443 and 8443 by https. A path in it is the one ' +
        'that a proxy in front takes away; every link of a response has it.',
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
    .transform((text, context) => {
      const read = readDatabaseUrl(text);
      if (read.kind === 'problem') context.addIssue({ code: 'custom', message: read.problem });
      return createSecret(text.trim());
    })
    .optional()
    .meta(asSecret)
    .describe(
      'Address of PostgreSQL, as in ' +
        'postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full (see docs/database.md). ' +
        'Empty: the embedded PostgreSQL, which is refused with a production gateway.',
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

const access = {
  API_KEYS: apiKeys()
    .meta(asSecret)
    .describe(
      'JSON list of the API keys of clients: [{"name":"platform","sha256":"<hex of the ' +
        'key>","scopes":["payouts:read","payouts:write"]}]. A key with ' +
        '"release":"on_authorization" cannot create automatic payouts. If it also has ' +
        '"cashier_may_release":true, the cashier may release its payouts. A key with ' +
        '"person":"anna" belongs to that operator, whose commands by it take no other name.',
    ),
  DATA_KEYS: dataKeys()
    .meta(asSecret)
    .describe(
      'Keys that encrypt receiver data: id:base64 of 32 bytes, several separated by spaces. The ' +
        'first key encrypts, all keys decrypt.',
    ),
  ROW_KEY: dataKeys()
    .optional()
    .meta(asSecret)
    .describe(
      'Keys that sign the rows of payouts, in the form of DATA_KEYS: the first key signs, all ' +
        'keys verify. A payout whose row was changed in the database by hand is then not paid. ' +
        'Empty: such changes are not noticed.',
    ),
};

/** The kinds of unsafe settings, which are found in unsafe.ts. */
export const unsafeKinds = ['plain_http', 'open_cashier', 'any_proxy', 'short_passwords'] as const;

export type UnsafeKind = (typeof unsafeKinds)[number];

const running = {
  AUTHORIZATION_EXPIRY_HOURS: wholeNumber(1, 8_760)
    .prefault('720')
    .describe('Hours after which a payout without an authorization expires.'),
  LOG_LEVEL: z
    .enum(logLevels, `must be one of ${logLevels.join(', ')}`)
    .prefault('info')
    .describe(`Lowest level that is logged: ${logLevels.join(', ')}.`),
  ALLOW_UNSAFE: listOf((item) => unsafeKinds.some((kind) => kind === item), unsafeKinds.join(', '))
    .optional()
    .describe(
      `Kinds of unsafe settings that are meant, of ${unsafeKinds.join(', ')}. With a ` +
        'production gateway the service refuses to start with any other.',
    ),
};

/** The variables, in the groups and the order in which an operator reads them. */
export const variableGroups = {
  Listening: z.object(listening),
  Database: z.object(database),
  Installation: z.object(installation),
  Gateway: z.object(gatewayVariables),
  'Clients and stored data': z.object(access),
  'Platform and cashier': z.object(platformVariables),
  Running: z.object(running),
};

export const variables = z.object({
  ...listening,
  ...database,
  ...installation,
  ...gatewayVariables,
  ...access,
  ...platformVariables,
  ...running,
});

export type VariableName = keyof typeof variables.shape;

/** All values as typed data, once every variable was readable. */
export type Values = z.output<typeof variables>;

export const variableNames: readonly VariableName[] = variables.keyof().options;

/** Whether a variable holds a secret, so that it may come from a file and is never shown. */
export const isSecret = (name: VariableName): boolean =>
  variables.shape[name].meta()?.secret === true;
