/**
 * Which gateway payouts belong to: recorded at the start, named where it is another one, and
 * continued only with the proof of a known order.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { sandboxSimulator } from '../../src/dev/sandbox/sandbox.ts';
import type { Simulator } from '../../src/dev/simulator/simulator.ts';
import { createLogger } from '../../src/log.ts';
import { createGateways } from '../../src/service/gateways.ts';
import { type Service, startService } from '../../src/service/service.ts';
import { createDatabase, type Queryable } from '../../src/store/database/pool.ts';
import { type Ran, runCommand } from '../support/command-line.ts';
import { createApiClient } from '../support/api-client.ts';
import { putRawPayout } from '../support/raw-payouts.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';

type Started = { service: Service; lines: readonly string[] };
let setup: Setup;
let others: Simulator[];
beforeEach(async () => {
  others = [];
  setup = await createSetup();
});
afterEach(async () => {
  await Promise.all(others.map((simulator) => simulator.close()));
  await setup.close();
});

async function start(changes: Record<string, string> = {}): Promise<Started> {
  const loaded = loadConfig(await setup.environment(changes), () => '');
  if (loaded.kind === 'problems') throw new Error(loaded.problems.join('; '));
  const lines: string[] = [];
  const log = createLogger('info', { write: (line) => void lines.push(line) });
  return { service: await startService(loaded.config, log), lines };
}

const run = async (words: string[], changes: Record<string, string> = {}): Promise<Ran> =>
  runCommand(words, await setup.environment(changes));

const identityAt = (url: string): string => `${url}/paynet endpoint/1001 sandbox`;

/** The same simulated gateway under another name of this machine. */
const moved = () => {
  const url = setup.simulatorUrl.replace('127.0.0.1', 'localhost');
  return { identity: identityAt(url), changes: { PAYNETEASY_BASE_URL: `${url}/paynet` } };
};

/** Another gateway, which knows the merchant and none of the orders. */
async function another() {
  const simulator = sandboxSimulator(setup.secrets);
  others.push(simulator);
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 });
  return { identity: identityAt(url), changes: { PAYNETEASY_BASE_URL: `${url}/paynet` } };
}

/** A payout whose order the configured gateway has; answers its id. */
async function confirmedPayout(): Promise<string> {
  const { service } = await start();
  const api = createApiClient(service.url, setup.secrets.apiKey);
  const { id } = await api.create({ release: 'on_authorization' });
  await api.untilStatus(id, 'bank_confirmed');
  await service.close();
  return id;
}

const identities = () =>
  setup.database.query('select identity, endpoint, is_legacy from gateway_identities order by 1');

const own = () => identityAt(setup.simulatorUrl);

describe('a start', () => {
  test('records the gateway and says which it is', async () => {
    const { service, lines } = await start();
    expect(await identities()).toEqual([
      { identity: own(), endpoint: 'default', is_legacy: false },
    ]);
    expect(lines.join('')).toContain(`The gateway is ${own()}.`);
    await service.close();
    await (await start()).service.close();
    expect(await identities()).toHaveLength(1);
  });

  test('makes the first gateway that of payouts from before, and says so', async () => {
    await putRawPayout(setup.database, { status: 'approved', dueAt: null });
    const { service, lines } = await start();
    expect(await identities()).toEqual([{ identity: own(), endpoint: 'default', is_legacy: true }]);
    expect(lines.join('')).toContain('Payouts from before gateways were recorded belong to it');
    await service.close();
    const other = await another();
    await (await start(other.changes)).service.close();
    expect(await identities()).toHaveLength(2);
    expect(await setup.database.query('select from gateway_identities where is_legacy')).toEqual([
      {},
    ]);
  });

  test('with another gateway names how many open payouts belong to which', async () => {
    await putRawPayout(setup.database);
    await (await start()).service.close();
    await putRawPayout(setup.database, { gatewayIdentity: own() });
    await putRawPayout(setup.database, { gatewayIdentity: own() });
    await putRawPayout(setup.database, {
      gatewayIdentity: own(),
      status: 'approved',
      dueAt: null,
    });
    const other = await another();
    const { service, lines } = await start(other.changes);
    const said = lines.filter((line) => line.includes('belong to another gateway'));
    expect(said).toHaveLength(2);
    expect(said[0]).toContain(`2 open payouts belong to another gateway (${own()})`);
    expect(said[0]).toContain(other.identity);
    expect(said[1]).toContain('1 open payouts belong to another gateway');
    await service.close();
  });
});

describe('endpoint continue', () => {
  test('is accepted with the proof of a known order, and payouts go on', async () => {
    const id = await confirmedPayout();
    const { identity, changes } = moved();
    const declared = await run(['endpoint', 'continue', own(), identity, '--name', 'Ada'], changes);
    expect(declared).toMatchObject({ code: 0, err: '' });
    expect(declared.out).toContain(`${identity} continues the orders of ${own()}.`);
    expect(await setup.database.query('select * from gateway_continuations')).toMatchObject([
      {
        old_identity: own(),
        new_identity: identity,
        declared_by: 'Ada',
        proof_payout_id: id,
      },
    ]);
    const { service, lines } = await start(changes);
    expect(lines.join('')).not.toContain('belong to another gateway');
    const api = createApiClient(service.url, setup.secrets.apiKey);
    await api.send('POST', `/v1/payouts/${id}/authorize`);
    await api.untilStatus(id, 'approved');
    await service.close();
    const listed = await run(['endpoint', 'list'], changes);
    expect(listed.out).toContain(`default is configured as: ${identity}`);
    expect(listed.out).toContain(`continued by ${identity} (Ada, proven by ${id})`);
  });

  test('is refused by a gateway that does not know the orders, and says what was tried', async () => {
    const id = await confirmedPayout();
    const { identity, changes } = await another();
    const refused = await run(['endpoint', 'continue', own(), identity, '--name', 'Ada'], changes);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('no order of the old identity is known under the new one');
    expect(refused.out).toContain(`${id}, order `);
    expect(refused.out).toContain('the gateway refuses the request');
    expect(await setup.database.query('select from gateway_continuations')).toEqual([]);
  });

  test('is refused where amount or currency differ', async () => {
    await confirmedPayout();
    await setup.database.query('update payouts set amount_minor = amount_minor + 1');
    const { identity, changes } = moved();
    const refused = await run(['endpoint', 'continue', own(), identity, '--name', 'Ada'], changes);
    expect(refused.code).toBe(1);
    expect(refused.out).toContain('another amount or currency');
  });

  test('is refused where it names what is not configured, was never used or is the same', async () => {
    await confirmedPayout();
    const { identity, changes } = moved();
    const never = await run(['endpoint', 'continue', 'x', identity, '--name', 'Ada'], changes);
    expect(never).toMatchObject({ code: 1, err: expect.stringContaining('was ever sent') });
    const unset = await run(['endpoint', 'continue', own(), identity, '--name', 'Ada']);
    expect(unset).toMatchObject({ code: 1, err: expect.stringContaining('not the configured') });
    const same = await run(['endpoint', 'continue', own(), own(), '--name', 'Ada']);
    expect(same).toMatchObject({ code: 1, err: expect.stringContaining('the same') });
    const nameless = await run(['endpoint', 'continue', own(), identity], changes);
    expect(nameless).toMatchObject({
      code: 2,
      err: expect.stringContaining('--name is required'),
    });
  });
});

test('what is continued is made due once the database answers, if not immediately', async () => {
  const db = createDatabase(setup.database.connectionString, () => {});
  const gateways = createGateways(new Map([['default', 'new']]));
  await gateways.refresh(db);
  const id = await putRawPayout(setup.database, { gatewayIdentity: 'old' });
  await setup.database.query(`update payouts set attention = '[{"code":"other_gateway"}]'`);
  await setup.database.query(
    `insert into gateway_continuations values ('old', 'new', 'Ada', now(), $1)`,
    [id],
  );
  const broken: Queryable = {
    query: (statement) =>
      statement.name === 'make-returned-due'
        ? Promise.reject(new Error('the connection broke'))
        : db.query(statement),
  };
  const isDue = async () =>
    (await setup.database.query('select from payouts where due_at <= clock_timestamp()')).length;
  await expect(gateways.refresh(broken)).rejects.toThrow('broke');
  expect([gateways.of('default').continues, await isDue()]).toEqual([['old'], 0]);
  await gateways.refresh(db);
  expect(await isDue()).toBe(1);
  await db.close();
});

test('the name of another installation refuses the start, and names both', async () => {
  await (await start()).service.close();
  await expect(start({ INSTALLATION_NAME: 'other' })).rejects.toThrow(
    /"sandbox", and INSTALLATION_NAME is "other"/,
  );
  expect(await run(['list'], { INSTALLATION_NAME: 'other' })).toMatchObject({
    code: 1,
    err: expect.stringContaining('"sandbox"'),
  });
});
