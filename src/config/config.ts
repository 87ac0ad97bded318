/**
 * The configuration: the only reader of the environment. It is read once, frozen and passed down.
 * No other module reads the environment, and no message here repeats the value of a variable. Each
 * variable is declared in variables.ts, gateway.ts or platform.ts; rules over several variables are
 * in rules.ts.
 */

import { readFileSync } from 'node:fs';
import type { ApiKey } from '../lib/api-key.ts';
import { assert } from '../lib/assert.ts';
import { embeddedPackageFolder } from '../lib/embedded-package.ts';
import type { ListenAddress } from '../lib/listen-address.ts';
import type { Secret } from '../lib/secret.ts';
import type { LogLevel } from '../log.ts';
import type { Policy } from '../payout/model/limits.ts';
import { toGateway, toPolicy } from './gateway.ts';
import { toCashier, toNotify } from './platform.ts';
import { checkRules } from './rules.ts';
import type { DataKey } from './secrets.ts';
import {
  type Environment,
  type ReadFile,
  readSource,
  warnOfProxy,
  warnOfUnknown,
} from './sources.ts';
import { type Values, variableNames, variables } from './variables.ts';

const SANDBOX_INSTALLATION = 'sandbox';

export type Config = Readonly<{
  http: Readonly<{
    host: string;
    port: number;
    /** Of metrics and documentation; null where they have no port of their own. */
    metricsPort: number | null;
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
  gateway: Readonly<ReturnType<typeof toGateway>>;
  policy: Policy;
  apiKeys: readonly ApiKey[];
  /** The first key encrypts, all keys decrypt. */
  dataKeys: readonly [DataKey, ...DataKey[]];
  /** The first key signs rows, all keys verify; none where rows are not signed. */
  rowKeys: readonly DataKey[];
  notify: Readonly<ReturnType<typeof toNotify>>;
  cashier: Readonly<ReturnType<typeof toCashier>>;
  limits: Readonly<{ authorizationExpiryHours: number }>;
  log: Readonly<{ level: LogLevel }>;
}>;

export type LoadedConfig =
  | { kind: 'config'; config: Config; warnings: string[] }
  | {
      kind: 'problems';
      problems: string[];
      /** Where it would listen, to be tried in spite of the problems; as far as it is readable. */
      addresses: readonly ListenAddress[];
    };

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
  if (problems.length > 0) return { kind: 'problems', problems, addresses: addressesOf(values) };
  const config = freeze(toConfig(variables.parse(texts)));
  return {
    kind: 'config',
    config,
    warnings: [...findings.warnings, ...warnOfUnknown(env), ...warnOfProxy(env)],
  };
}

/** A default is a value too; a value that is not readable is missing. */
function addressesOf(values: Partial<Values>): ListenAddress[] {
  const { HOST: host } = values;
  if (host === undefined) return [];
  return (['PORT', 'METRICS_PORT'] as const).flatMap((variable) => {
    const port = values[variable];
    return port === undefined ? [] : [{ host, port, variable }];
  });
}

/** Where the service listens, or would without the problems: first PORT, then METRICS_PORT. */
export function listenAddresses(loaded: LoadedConfig): readonly ListenAddress[] {
  if (loaded.kind === 'problems') return loaded.addresses;
  const { host: HOST, port: PORT, metricsPort } = loaded.config.http;
  return addressesOf({ HOST, PORT, METRICS_PORT: metricsPort ?? undefined });
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
      metricsPort: values.METRICS_PORT ?? null,
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
    policy: toPolicy(values),
    apiKeys: values.API_KEYS,
    dataKeys: [firstDataKey, ...otherDataKeys],
    rowKeys: values.ROW_KEY ?? [],
    notify: toNotify(values),
    cashier: toCashier(values),
    limits: { authorizationExpiryHours: values.AUTHORIZATION_EXPIRY_HOURS },
    log: { level: values.LOG_LEVEL },
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
