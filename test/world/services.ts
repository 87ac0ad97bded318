/**
 * The service processes of one test over one setup, ended together.
 */

import {
  type ServiceProcess,
  type ServiceProcessOptions,
  startServiceProcess,
} from '../support/service-process.ts';
import type { Setup } from '../support/service-setup.ts';

export type Services = {
  /** Starts one and waits until it is ready. */
  start(options?: Partial<ServiceProcessOptions>): Promise<ServiceProcess>;
  /** Starts one that may never be ready. */
  launch(options?: Partial<ServiceProcessOptions>): Promise<ServiceProcess>;
  /** Kills these, or all of them; returns when they are gone. */
  kill(...services: readonly ServiceProcess[]): Promise<void>;
};

export function createServices(setup: Setup): Services {
  const started: ServiceProcess[] = [];
  const launch: Services['launch'] = async (options = {}) => {
    const service = await startServiceProcess(setup, options);
    started.push(service);
    return service;
  };
  return {
    launch,
    start: async (options) => {
      const service = await launch(options);
      await service.ready();
      return service;
    },
    kill: async (...services) => {
      const ending = services.length === 0 ? started : services;
      for (const service of ending) service.signal('SIGKILL');
      await Promise.all(ending.map(({ ended }) => ended));
    },
  };
}

/** What readiness answers: the HTTP status, 0 where no process listens, and the whole body. */
export async function readinessOf(
  service: ServiceProcess,
): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${service.url}/health/ready`).catch(() => null);
  return { status: answer?.status ?? 0, text: answer === null ? '' : await answer.text() };
}
