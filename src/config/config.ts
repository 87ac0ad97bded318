/**
 * The configuration: the only reader of the environment. It is read once, frozen and passed down.
 * No other module reads the environment, and no message here repeats the value of a variable. Each
 * variable is declared in variables.ts, rules over several variables are in rules.ts.
 */

import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ApiKey } from '../lib/api-key.ts';
import { assert } from '../lib/assert.ts';
import { embeddedPackageFolder } from '../lib/embedded-package.ts';
import type { Secret } from '../lib/secret.ts';
import type { LogLevel } from '../log.ts';
import type { Letter } from '../payout/model/letter.ts';
import { checkRules } from './rules.ts';
import type { DataKey } from './secrets.ts';
import {
  type Environment,
  type ReadFile,
  readSource,
  warnOfProxy,
  warnOfUnknown,
} from './sources.ts';
import { NO_PLATFORM, type Values, variableNames, variables } from './variables.ts';

/** The name of the one endpoint that the gateway variables describe. */
const ONLY_ENDPOINT = 'default';

const SANDBOX_INSTALLATION = 'sandbox';

export type Config = Readonly<{
  http: Readonly<{
    host: string;
    port: number;
    /** Without a trailing slash. */
    publicBaseUrl: string;
    trustedProxies: readonly string[];
    /** How long requests are still accepted after SIGTERM. */
    shutdownDelayMs: number;
    /** The longest delay of a response that waits for a change. */
    waitMaxS: number;
    /** How long an idle connection stays open. */
    keepAliveMs: number;
  }>;
  database: Readonly<{
    /** Whether the schema is migrated at the start. */
    migrateOnStart: boolean;
    server: { kind: 'remote'; url: Secret } | { kind: 'embedded'; dataDir: string };
  }>;
  /** Stored at the first start, in store/history/installation.ts. */
  installation: Readonly<{ name: string }>;
  gateway: Readonly<{
    /** With the context path, without a trailing slash. */
    baseUrl: string;
    endpoint: Readonly<{ name: string; kind: 'endpoint' | 'group'; id: string }>;
    login: string;
    controlKey: Secret;
    privateKey: KeyObject;
    accept: 'form' | 'json';
    loginInCheck: boolean;
    payRepeat: boolean;
    repeatQuietMs: number;
    checkQuietMs: number;
    orderNotFoundCodes: readonly string[];
    errorMeansDeclined: boolean;
    maxInFlight: number;
    maxPerSecond: number;
    pollMinMs: number;
    pollMaxMs: number;
  }>;
  apiKeys: readonly ApiKey[];
  /** The first key encrypts, all keys decrypt. */
  dataKeys: readonly [DataKey, ...DataKey[]];
  notify: Readonly<{
    /**
     * The meaning of PRAXIS_NOTIFY_URL. Whether the platform is notified is a value of the
     * installation in the database, in store/notifications/notifies.ts; `unset` does not change it.
     */
    platform:
      | Readonly<{
          kind: 'address';
          url: string;
          secrets: readonly Secret[];
          authorization: Secret | null;
        }>
      | Readonly<{ kind: 'none' | 'unset' }>;
    letters: readonly Letter[];
  }>;
  cashier: Readonly<{
    basicAuth: Secret | null;
    allowedIps: readonly string[];
    allowUnauthenticated: boolean;
    formBodies: boolean;
  }>;
  limits: Readonly<{ authorizationExpiryHours: number }>;
  log: Readonly<{ level: LogLevel }>;
}>;

export type LoadedConfig =
  | { kind: 'config'; config: Config; warnings: string[] }
  | { kind: 'problems'; problems: string[] };

/**
 * Reads every variable and reports all problems together, by the names of the variables. A warning
 * is for a value that works but is probably a mistake. `hasEmbedded`: whether an embedded
 * PostgreSQL is installed, for a configuration without DATABASE_URL.
 */
export function loadConfig(env: Environment, readFile: ReadFile, hasEmbedded = true): LoadedConfig {
  const problems: string[] = [];
  const texts: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const set = new Set<string>();
  for (const name of variableNames) {
    const source = readSource(name, env, readFile);
    if (source.kind !== 'absent') set.add(name);
    if (source.kind === 'problem') {
      problems.push(source.problem);
      continue;
    }
    const schema = variables.shape[name];
    if (source.kind === 'text') texts[name] = source.text;
    else if (!schema.isOptional()) {
      problems.push(`${name}: is required`);
      continue;
    }
    const parsed = schema.safeParse(texts[name]);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => toProblem(name, issue)));
  }
  const findings = checkRules(values, (name) => set.has(name), hasEmbedded);
  problems.push(...findings.problems);
  if (problems.length > 0) return { kind: 'problems', problems };
  const config = freeze(toConfig(variables.parse(texts)));
  return {
    kind: 'config',
    config,
    warnings: [...findings.warnings, ...warnOfUnknown(env), ...warnOfProxy(env)],
  };
}

/** The configuration of this process. */
export function loadProcessConfig(): LoadedConfig {
  const hasEmbedded = embeddedPackageFolder() !== null;
  return loadConfig(process.env, (path) => readFileSync(path, 'utf8'), hasEmbedded);
}

/** "API_KEYS[1].sha256: must be 64 hex digits" */
function toProblem(name: string, issue: { path: PropertyKey[]; message: string }): string {
  const steps = issue.path.map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
  );
  return `${name}${steps.join('')}: ${issue.message}`;
}

function toConfig(values: Values): Config {
  const [firstDataKey, ...otherDataKeys] = values.DATA_KEYS;
  assert(firstDataKey !== undefined, 'an empty key ring passed its schema');
  return {
    http: {
      host: values.HOST,
      port: values.PORT,
      publicBaseUrl: values.PUBLIC_BASE_URL,
      trustedProxies: values.TRUSTED_PROXIES ?? [],
      shutdownDelayMs: values.SHUTDOWN_DELAY_MS,
      waitMaxS: values.WAIT_MAX_S,
      keepAliveMs: values.HTTP_KEEP_ALIVE_MS,
    },
    database: {
      migrateOnStart: values.MIGRATE_ON_START,
      server:
        values.DATABASE_URL === undefined
          ? { kind: 'embedded', dataDir: values.DATA_DIR }
          : { kind: 'remote', url: values.DATABASE_URL },
    },
    // Only a configuration for a sandbox may leave the name out.
    installation: { name: values.INSTALLATION_NAME ?? SANDBOX_INSTALLATION },
    gateway: toGateway(values),
    apiKeys: values.API_KEYS,
    dataKeys: [firstDataKey, ...otherDataKeys],
    notify: { platform: toPlatform(values), letters: values.PRAXIS_NOTIFY_STATUSES },
    cashier: {
      basicAuth: values.PRAXIS_BASIC_AUTH ?? null,
      allowedIps: values.PRAXIS_ALLOWED_IPS ?? [],
      allowUnauthenticated: values.PRAXIS_ALLOW_UNAUTHENTICATED,
      formBodies: values.PRAXIS_FORM_BODIES,
    },
    limits: { authorizationExpiryHours: values.AUTHORIZATION_EXPIRY_HOURS },
    log: { level: values.LOG_LEVEL },
  };
}

function toPlatform(values: Values): Config['notify']['platform'] {
  const url = values.PRAXIS_NOTIFY_URL;
  if (url === undefined) return { kind: 'unset' };
  if (url === NO_PLATFORM) return { kind: 'none' };
  return {
    kind: 'address',
    url,
    secrets: values.PRAXIS_NOTIFY_SECRET ?? [],
    authorization: values.PRAXIS_NOTIFY_AUTHORIZATION ?? null,
  };
}

function toGateway(values: Values): Config['gateway'] {
  const group = values.PAYNETEASY_ENDPOINT_GROUP_ID;
  const id = group ?? values.PAYNETEASY_ENDPOINT_ID;
  assert(id !== undefined, 'neither endpoint nor group passed the rules');
  return {
    baseUrl: values.PAYNETEASY_BASE_URL,
    endpoint: { name: ONLY_ENDPOINT, kind: group === undefined ? 'endpoint' : 'group', id },
    login: values.PAYNETEASY_LOGIN,
    controlKey: values.PAYNETEASY_CONTROL_KEY,
    privateKey: values.PAYNETEASY_PRIVATE_KEY,
    accept: values.PAYNETEASY_ACCEPT,
    loginInCheck: values.PAYNETEASY_LOGIN_IN_CHECK,
    payRepeat: values.PAYNETEASY_PAY_REPEAT,
    repeatQuietMs: values.REPEAT_QUIET_MS,
    checkQuietMs: values.CHECK_QUIET_MS,
    orderNotFoundCodes: values.PAYNETEASY_ORDER_NOT_FOUND_CODES ?? [],
    errorMeansDeclined: values.PAYNETEASY_ERROR_MEANS_DECLINED,
    maxInFlight: values.PAYNETEASY_MAX_IN_FLIGHT,
    maxPerSecond: values.PAYNETEASY_MAX_PER_SECOND,
    pollMinMs: values.PAYNETEASY_POLL_MIN_MS,
    pollMaxMs: values.PAYNETEASY_POLL_MAX_MS,
  };
}

/** Freezes lists and plain objects at every depth; a key object of Node is left as it is. */
function freeze<T>(value: T): T {
  if (Array.isArray(value)) value.forEach(freeze);
  else if (typeof value === 'object' && value !== null) {
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    Object.values(value).forEach(freeze);
  } else return value;
  return Object.freeze(value);
}
