/**
 * Everything in one process: embedded PostgreSQL, the simulator of gateway and bank, and the
 * service itself. The service is configured like any other installation, except for its fast
 * polling.
 */

import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { loadConfig } from '../../config/config.ts';
import { NO_PLATFORM } from '../../config/platform.ts';
import type { Logger } from '../../log.ts';
import { type Service, startService } from '../../service/service.ts';
import type { BehaviourPatch } from '../simulator/behaviour.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import { writeEnvFile } from './env-file.ts';
import {
  sandboxRowKey,
  type SandboxSecrets,
  sandboxSecrets,
  sandboxWebhookSecret,
  sha256Hex,
} from './secrets.ts';

/** A port to listen on: the wanted one, or another where it is in use. */
const tryPort = (port: number): Promise<number | null> =>
  new Promise((listened, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? listened(null) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => listened(taken));
    });
  });

/** `wanted` when it is free, otherwise any free port; 0 stands for any. */
export async function freePort(wanted: number): Promise<number> {
  const port = (await tryPort(wanted)) ?? (await tryPort(0));
  if (port === null) throw new Error('no port is free on 127.0.0.1');
  return port;
}

export type SandboxOptions = {
  dataDir: string;
  log: Logger;
  /** Wanted ports; others are used where they are taken, and 0 stands for any. */
  port: number;
  simulatorPort: number;
  /**
   * Whether the simulator is also the platform that is notified. Then every create needs a
   * `cashier`, which a first manual try should not require. False switches notifications off, also
   * where an earlier sandbox on these data had switched them on.
   */
  notified: boolean;
  behaviour?: BehaviourPatch;
  /** Variables of the service that differ from the sandbox's own. */
  changes?: Readonly<Record<string, string>>;
};

export type Sandbox = {
  url: string;
  apiKey: string;
  simulatorUrl: string;
  simulator: Simulator;
  service: Service;
  close(): Promise<void>;
};

export const SANDBOX_LOGIN = 'sandbox';
export const SANDBOX_ENDPOINT_ID = '1001';

const ALL_SCOPES = ['payouts:read', 'payouts:write', 'payouts:authorize', 'operator'];

/** The value of API_KEYS: the sandbox's one key, which may do everything. */
export function sandboxApiKeys({ apiKey }: SandboxSecrets): string {
  return JSON.stringify([{ name: 'sandbox', sha256: sha256Hex(apiKey), scopes: ALL_SCOPES }]);
}

/** The environment of a service that talks to a simulator at this address. */
export function sandboxEnvironment(
  secrets: SandboxSecrets,
  simulatorUrl: string,
  port: number,
  dataDir: string,
): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_BASE_URL: `http://127.0.0.1:${port}`,
    DATA_DIR: dataDir,
    SHUTDOWN_DELAY_MS: '0',
    PRAXIS_ALLOW_UNAUTHENTICATED: 'true',
    PAYNETEASY_BASE_URL: `${simulatorUrl}/paynet`,
    PAYNETEASY_ENDPOINT_ID: SANDBOX_ENDPOINT_ID,
    PAYNETEASY_LOGIN: SANDBOX_LOGIN,
    PAYNETEASY_CONTROL_KEY: secrets.controlKey,
    PAYNETEASY_PRIVATE_KEY: secrets.privateKeyPem,
    PAYNETEASY_POLL_MIN_MS: '200',
    PAYNETEASY_POLL_MAX_MS: '400',
    REPEAT_QUIET_MS: '1000',
    CHECK_QUIET_MS: '1000',
    API_KEYS: sandboxApiKeys(secrets),
    DATA_KEYS: `sandbox:${secrets.dataKey}`,
    ROW_KEY: `sandbox:${sandboxRowKey(secrets)}`,
  };
}

/** The variables that make the simulator the notified platform. */
export function platformEnvironment(
  secrets: SandboxSecrets,
  simulatorUrl: string,
): Record<string, string> {
  return {
    PRAXIS_NOTIFY_URL: `${simulatorUrl}/platform/UpdatePayout`,
    PRAXIS_NOTIFY_SECRET: sandboxWebhookSecret(secrets),
  };
}

/** A simulator that knows the sandbox's merchant. */
export function sandboxSimulator(
  secrets: SandboxSecrets,
  behaviour: BehaviourPatch = {},
): Simulator {
  const { controlKey, publicKeyPem } = secrets;
  const endpointIds = [SANDBOX_ENDPOINT_ID];
  const merchant = { login: SANDBOX_LOGIN, controlKey, publicKeyPem, endpointIds, groupIds: [] };
  const webhookSecret = sandboxWebhookSecret(secrets);
  return createSimulator({ merchants: [merchant], behaviour, webhookSecret });
}

/** Starts all three; throws when one of them cannot start, after closing the others. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const secrets = sandboxSecrets(options.dataDir);
  const simulator = sandboxSimulator(secrets, options.behaviour);
  const simulatorPort = await freePort(options.simulatorPort);
  const { url: simulatorUrl } = await simulator.listen({ host: '127.0.0.1', port: simulatorPort });
  try {
    const port = await freePort(options.port);
    const env = {
      ...sandboxEnvironment(secrets, simulatorUrl, port, options.dataDir),
      ...(options.notified
        ? platformEnvironment(secrets, simulatorUrl)
        : { PRAXIS_NOTIFY_URL: NO_PLATFORM }),
      ...options.changes,
    };
    const loaded = loadConfig(env, () => '');
    if (loaded.kind === 'problems') throw new Error(loaded.problems.join('; '));
    writeEnvFile(options.dataDir, { ...env, DATA_DIR: resolve(options.dataDir) });
    const service = await startService(loaded.config, options.log);
    return {
      url: service.url,
      apiKey: secrets.apiKey,
      simulatorUrl,
      simulator,
      service,
      close: async () => {
        await service.close();
        await simulator.close();
      },
    };
  } catch (error) {
    await simulator.close();
    throw error;
  }
}
