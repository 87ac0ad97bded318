/**
 * The whole service in this process, over a database of its own and a simulated gateway.
 */

import { loadConfig } from '../../src/config/config.ts';
import type { BehaviourPatch } from '../../src/dev/simulator/behaviour.ts';
import { createLogger } from '../../src/log.ts';
import { startService } from '../../src/service/service.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { createSetup, type Setup } from './service-setup.ts';

export type RunningService = Omit<Setup, 'environment'> & {
  url: string;
  /** With the key that has every scope. */
  api: ApiClient;
  /** Every line of the log, from debug up. */
  logLines: readonly string[];
  /** As after a SIGTERM: it says that it is about to close, and continues to serve. */
  leave(): void;
};

export type RunningServiceOptions = {
  behaviour?: BehaviourPatch;
  /** Variables that replace those of a sandbox. */
  environment?: Record<string, string>;
};

export type StartedService = Pick<RunningService, 'url' | 'api' | 'logLines' | 'leave' | 'close'>;

/** One more service over a setup that others may use before, after or next to it. */
export async function startServiceOn(
  setup: Setup,
  environment: Record<string, string> = {},
): Promise<StartedService> {
  const loaded = loadConfig(await setup.environment(environment), () => '');
  if (loaded.kind === 'problems') throw new Error(loaded.problems.join('; '));
  const logLines: string[] = [];
  const log = createLogger('debug', { write: (line) => void logLines.push(line) });
  const service = await startService(loaded.config, log);
  return {
    url: service.url,
    api: createApiClient(service.url, setup.secrets.apiKey),
    logLines,
    leave: () => service.leave(),
    close: () => service.close(),
  };
}

export async function startRunningService({
  behaviour = {},
  environment = {},
}: RunningServiceOptions = {}): Promise<RunningService> {
  const setup = await createSetup(behaviour);
  const started = await startServiceOn(setup, environment);
  return {
    ...setup,
    ...started,
    close: async () => {
      await started.close();
      await setup.close();
    },
  };
}
