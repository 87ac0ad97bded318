/**
 * A service on a machine whose clock is wrong, and one on a database server that stopped keeping
 * commits: both say that they are not ready, pay nothing, and go on as soon as all is well.
 */

import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/log.ts';
import { type Service, startService } from '../../src/service/service.ts';
import { type ApiClient, createApiClient } from '../support/api-client.ts';
import { paymentsOf } from '../support/bank-orders.ts';
import type { OwnPostgres } from '../support/own-postgres.ts';
import { createSetup, createSetupOnServer, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';

const HOUR_MS = 3_600_000;

type Machine = Clock & { aheadMs: number };

/** A machine whose wall clock a test sets; it goes on all the same. */
const createMachine = (): Machine => ({
  aheadMs: 0,
  now() {
    return systemClock.now() + this.aheadMs;
  },
  monotonic: systemClock.monotonic,
});

type Started = { service: Service; api: ApiClient; machine: Machine; lines: string[] };

async function start(setup: Setup, aheadMs = 0): Promise<Started> {
  const loaded = loadConfig(await setup.environment(), () => '');
  if (loaded.kind === 'problems') throw new Error(loaded.problems.join('; '));
  const machine = createMachine();
  machine.aheadMs = aheadMs;
  const lines: string[] = [];
  const log = createLogger('info', { write: (line) => void lines.push(line) });
  const service = await startService(loaded.config, log, machine);
  return { service, api: createApiClient(service.url, setup.secrets.apiKey), machine, lines };
}

type Ready = { status: string; problems: string[] };

const ready = async ({ api }: Started): Promise<string[]> =>
  (await api.send<Ready>('GET', '/health/ready')).body.problems;

const clockProblem = /^This machine's clock differs from the database's by 21(599|600)\.\d s\.$/;

describe('a machine six hours ahead', () => {
  let setup: Setup;
  const started: Started[] = [];
  const startOne = async (aheadMs?: number): Promise<Started> => {
    const one = await start(setup, aheadMs);
    started.push(one);
    return one;
  };
  beforeAll(async () => {
    setup = await createSetup();
  });
  afterAll(async () => {
    await Promise.all(started.map(({ service }) => service.close()));
    await setup.close();
  });

  test('from the start on is not ready, says so once and in a figure, and pays nothing', async () => {
    const wrong = await startOne(6 * HOUR_MS);
    expect(await ready(wrong)).toEqual([expect.stringMatching(clockProblem)]);
    const metrics = await (await fetch(`${wrong.service.url}/metrics`)).text();
    const [, skew] = /^payout_clock_skew_seconds (\S+)$/m.exec(metrics) ?? [];
    expect(Number(skew)).toBeCloseTo(21_600, 0);
    const lines = wrong.lines.filter((line) => line.includes("This machine's clock differs"));
    expect(lines).toHaveLength(1);

    const { id } = await wrong.api.create();
    const right = await startOne();
    expect(await ready(right)).toEqual([]);
    // What the wrong one wrote is in no replica's future.
    expect((await right.api.untilStatus(id, 'approved')).money_moved).toBe('yes');
    expect(paymentsOf(setup.simulator, id)).toBe(1);
  });

  test('that jumps there while it works pays nothing, freezes nothing, and goes on by itself', async () => {
    for (const one of started.splice(0)) await one.service.close();
    const one = await startOne();
    const waiting = await one.api.create({ release: 'on_authorization' });
    const before = await one.api.untilStatus(waiting.id, 'bank_confirmed');

    one.machine.aheadMs = 6 * HOUR_MS;
    expect(await ready(one)).toEqual([expect.stringMatching(clockProblem)]);
    expect((await one.api.send('POST', `/v1/payouts/${waiting.id}/authorize`)).status).toBe(200);
    // It is taken up, and left to a replica with a right clock.
    const dueAt = async (): Promise<number> => {
      const [row] = await setup.database.query<{ due_at: Date }>(
        'select due_at from payouts where id = $1',
        [waiting.id],
      );
      return row?.due_at.getTime() ?? 0;
    };
    const until = Date.now() + 3000;
    await waitFor('a turn without a payment', async () => (await dueAt()) > until);
    expect(await dueAt()).toBeLessThan(until + HOUR_MS / 2);
    const meanwhile = await one.api.read(waiting.id);
    expect([meanwhile.status, before.status]).toEqual(['bank_confirmed', 'bank_confirmed']);
    expect(paymentsOf(setup.simulator, waiting.id)).toBe(0);

    one.machine.aheadMs = 0;
    expect(await ready(one)).toEqual([]);
    await one.api.untilStatus(waiting.id, 'approved');
    expect(paymentsOf(setup.simulator, waiting.id)).toBe(1);
  });
});

describe('a database server that is set not to keep commits', () => {
  let postgres: OwnPostgres;
  let setup: Setup;
  let one: Started;
  beforeAll(async () => {
    ({ postgres, setup } = await createSetupOnServer({ alterable: true }));
    one = await start(setup);
  });
  afterAll(async () => {
    await one.service.close();
    await postgres.stop('SIGINT');
    await setup.close();
  });

  const alter = async (fsync: string): Promise<void> => {
    const client = new Client({ connectionString: postgres.connectionString });
    await client.connect();
    await client.query(`alter system set fsync = ${fsync}`);
    await client.query('select pg_reload_conf()');
    await client.end();
  };

  test('makes the service not ready and take nothing in, until it keeps them again', async () => {
    expect(await ready(one)).toEqual([]);
    await alter('off');
    await waitFor('the refusal', async () =>
      (await ready(one)).includes('The database must not be used as it is.'),
    );
    await expect(one.api.create()).rejects.toThrow('503');
    expect(one.lines.filter((line) => line.includes('fsync = off'))).not.toEqual([]);

    await alter('on');
    await waitFor('readiness', async () => (await ready(one)).length === 0);
    const { id } = await one.api.create();
    await one.api.untilStatus(id, 'approved');
  });
});
