/**
 * Two replicas behind a load balancer are restarted one after the other under a steady load. Goal:
 * no request fails, no callback has to be repeated, and every payout is paid once.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../src/dev/sandbox/sandbox.ts';
import { createApiClient, payoutBody } from '../support/api-client.ts';
import { paymentsOf } from '../support/bank-orders.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { startLoadBalancer } from './load-balancer.ts';

/** The load balancer looks twenty times in this time, or a few times on a busy machine. */
const SHUTDOWN_DELAY_MS = 4000;
/** Within this the load balancer sends requests to a replica that got ready. */
const NOTICED_MS = 1000;
const CREATE_EVERY_MS = 60;
/** A busy machine ends payouts later; more of them at the same time would only make it busier. */
const FOLLOWED_MAX = 30;
/** How long one look at a payout waits for its next change. */
const WAIT_SECONDS = 3;
/** Load before, between and after the restarts. */
const STEADY_MS = 1000;

let setup: Setup;
beforeAll(async () => {
  setup = await createSetup({ validateDelayMs: 300, payDelayMs: 300, payTwiceHappens: true });
  return () => setup.close();
});

const started: ServiceProcess[] = [];
afterAll(() => {
  for (const service of started) service.signal('SIGKILL');
});

type Replica = { environment: Record<string, string>; service: ServiceProcess };

async function startReplica(environment: Record<string, string>): Promise<Replica> {
  const service = await startServiceProcess(setup, { environment });
  started.push(service);
  await service.ready();
  return { environment, service };
}

async function restart({ environment, service }: Replica): Promise<Replica> {
  service.signal('SIGTERM');
  expect(await service.ended).toBe(0);
  expect(service.linesWith('"level":"error"')).toEqual([]);
  return startReplica(environment);
}

/** Creates payouts and waits for the changes of each until it is final; tells every odd answer. */
function startLoad(url: string) {
  const api = createApiClient(url, setup.secrets.apiKey);
  const odd: string[] = [];
  const ended: string[] = [];
  let stopped = false;

  const follow = async (): Promise<void> => {
    const created = await api.send('POST', '/v1/payouts', {
      body: payoutBody(),
      headers: { 'idempotency-key': randomUUID(), prefer: `wait=${WAIT_SECONDS}` },
    });
    if (created.status !== 201) odd.push(`create: ${JSON.stringify(created.body)}`);
    let { body } = created;
    while (!body.final) {
      const query = `after_version=${body.version}&wait=${WAIT_SECONDS}`;
      const seen = await api.send('GET', `/v1/payouts/${body.id}?${query}`);
      if (seen.status !== 200) odd.push(`wait: ${JSON.stringify(seen.body)}`);
      ({ body } = seen);
    }
    if (body.status !== 'approved') odd.push(`${body.id} is ${body.status}`);
    ended.push(body.id);
  };

  const run = async (): Promise<void> => {
    const followed = new Set<Promise<void>>();
    while (!stopped) {
      if (followed.size < FOLLOWED_MAX) {
        const one = follow()
          .catch((error: unknown) => void odd.push(String(error)))
          .finally(() => followed.delete(one));
        followed.add(one);
      }
      await sleep(CREATE_EVERY_MS);
    }
    await Promise.all(followed);
  };
  const running = run();
  return {
    odd,
    stop: async (): Promise<readonly string[]> => {
      stopped = true;
      await running;
      return ended;
    },
  };
}

test('a rolling restart fails no create, wait or callback, and pays everybody once', async () => {
  const port = await freePort(0);
  const common = {
    PUBLIC_BASE_URL: `http://127.0.0.1:${port}`,
    SHUTDOWN_DELAY_MS: String(SHUTDOWN_DELAY_MS),
  };
  const ports = [String(await freePort(0)), String(await freePort(0))];
  let replicas = await Promise.all(ports.map((PORT) => startReplica({ ...common, PORT })));
  const urls = replicas.map(({ service }) => service.url);
  const balancer = await startLoadBalancer(port, urls);
  try {
    await sleep(NOTICED_MS);
    const load = startLoad(balancer.url);
    const restarted: Replica[] = [];
    for (const replica of replicas) {
      await sleep(STEADY_MS);
      restarted.push(await restart(replica));
      // Until the balancer sends requests to it again.
      await sleep(NOTICED_MS);
    }
    replicas = restarted;
    await sleep(STEADY_MS);
    const ended = await load.stop();

    expect({ odd: load.odd, failures: balancer.failures }).toEqual({ odd: [], failures: [] });
    expect(ended.length).toBeGreaterThan(50);
    expect(ended.map((id) => paymentsOf(setup.simulator, id))).toEqual(ended.map(() => 1));
    // A poll may see the end of the last payouts before their callbacks are there.
    const { callbacks: callbacksSoFar } = setup.simulator.control;
    await waitFor('a callback for each', () => callbacksSoFar().length >= ended.length);
    const callbacks = callbacksSoFar();
    expect(callbacks.filter(({ attempt }) => attempt > 1)).toEqual([]);
  } finally {
    await balancer.close();
  }
  for (const { service } of replicas) {
    service.signal('SIGTERM');
    expect(await service.ended).toBe(0);
  }
}, 120_000);
