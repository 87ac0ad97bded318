/**
 * What a service in a test needs around it: a simulated gateway, secrets, and an environment for a
 * database of its own. Whether it runs in this process or in its own is decided elsewhere.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, sandboxEnvironment, sandboxSimulator } from '../../src/dev/sandbox/sandbox.ts';
import { type SandboxSecrets, sandboxSecrets } from '../../src/dev/sandbox/secrets.ts';
import type { BehaviourPatch } from '../../src/dev/simulator/behaviour.ts';
import type { Simulator } from '../../src/dev/simulator/simulator.ts';
import { createTestDatabase, databaseAt, type TestDatabase } from './database.ts';
import { type OwnPostgres, type OwnPostgresOptions, startOwnPostgres } from './own-postgres.ts';

/** A bank that is quick, so that a whole payout takes half a second. */
export const QUICK: BehaviourPatch = { validateDelayMs: 50, payDelayMs: 50, unclearMs: 300 };

export type Setup = {
  secrets: SandboxSecrets;
  simulator: Simulator;
  simulatorUrl: string;
  database: TestDatabase;
  /** A complete environment with a free port of its own, for one more service. */
  environment(changes?: Record<string, string>): Promise<Record<string, string>>;
  close(): Promise<void>;
};

export async function createSetup(
  behaviour: BehaviourPatch = {},
  createDatabase: () => Promise<TestDatabase> = createTestDatabase,
  createGateway: typeof sandboxSimulator = sandboxSimulator,
): Promise<Setup> {
  const folder = await mkdtemp(join(tmpdir(), 'payout-setup-'));
  const secrets = sandboxSecrets(folder);
  const simulator = createGateway(secrets, { ...QUICK, ...behaviour });
  const { url: simulatorUrl } = await simulator.listen({ host: '127.0.0.1', port: 0 });
  const database = await createDatabase();
  return {
    secrets,
    simulator,
    simulatorUrl,
    database,
    environment: async (changes = {}) => ({
      ...sandboxEnvironment(secrets, simulatorUrl, await freePort(0), folder),
      DATABASE_URL: database.connectionString,
      PAYNETEASY_POLL_MIN_MS: '100',
      PAYNETEASY_POLL_MAX_MS: '200',
      CHECK_QUIET_MS: '1000',
      ...changes,
    }),
    close: async () => {
      await simulator.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A setup on a PostgreSQL server of its own, which is removed with the setup. */
export async function createSetupOnServer(
  options: OwnPostgresOptions = {},
  behaviour: BehaviourPatch = {},
): Promise<{ postgres: OwnPostgres; setup: Setup }> {
  const postgres = await startOwnPostgres(options);
  const setup = await createSetup(behaviour, () =>
    Promise.resolve(databaseAt(postgres.connectionString, () => postgres.remove())),
  );
  return { postgres, setup };
}
