/**
 * A service is started with another gateway address, endpoint number or login while payouts of the
 * first one are open: nothing is sent or believed for them, it says so, and with the first one they
 * go on. A move that is meant is declared by a person, and proven by a known order.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SANDBOX_ENDPOINT_ID, SANDBOX_LOGIN } from '../../src/dev/sandbox/sandbox.ts';
import type { SandboxSecrets } from '../../src/dev/sandbox/secrets.ts';
import type { BehaviourPatch } from '../../src/dev/simulator/behaviour.ts';
import { createSimulator, type Simulator } from '../../src/dev/simulator/simulator.ts';
import { startCuttableProxy } from '../support/cuttable-proxy.ts';
import { runOperatorCommand } from '../support/operator-command.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createSetup, QUICK, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { createPlatform, expectHonest, type Platform } from './platform.ts';

const OTHER_LOGIN = 'other';
const OTHER_ENDPOINT_ID = '1002';
const OPEN = ['hung', 'hung too', 'requested', 'confirmed', 'processing'];
/** Longer than the bank of every other payout, shorter than a test waits. */
const PAYS_LATER_MS = 2000;

/** A gateway that knows both logins, and both endpoints of each. */
function wideGateway(secrets: SandboxSecrets, behaviour: BehaviourPatch = {}): Simulator {
  const { controlKey, publicKeyPem } = secrets;
  const endpointIds = [SANDBOX_ENDPOINT_ID, OTHER_ENDPOINT_ID];
  const merchants = [SANDBOX_LOGIN, OTHER_LOGIN].map((login) => ({
    login,
    controlKey,
    publicKeyPem,
    endpointIds,
    groupIds: [],
  }));
  return createSimulator({ merchants, behaviour });
}

let setup: Setup;
let second: Simulator;
let secondUrl: string;
let service: ServiceProcess | null;
let platform: Platform;
let references: Map<string, string>;

beforeEach(async () => {
  setup = await createSetup({ payTwiceHappens: true }, undefined, wideGateway);
  second = wideGateway(setup.secrets, { ...QUICK, payTwiceHappens: true });
  secondUrl = (await second.listen({ host: '127.0.0.1', port: 0 })).url;
  service = null;
  platform = createPlatform();
  references = new Map();
});
afterEach(async () => {
  await stop();
  await second.close();
  await setup.close();
});

async function stop(): Promise<void> {
  service?.signal('SIGKILL');
  await service?.ended;
}

async function restart(environment: Record<string, string> = {}): Promise<ServiceProcess> {
  await stop();
  service = await startServiceProcess(setup, { environment });
  await service.ready();
  platform.connect(service.api);
  return service;
}

async function create(name: string, changes: object = {}): Promise<void> {
  const { gateway, reference } = await platform.create(name, changes);
  references.set(gateway.client_order_id, reference);
}

/** Requests about payouts of the first gateway, whichever gateway received them. */
const requestsFor = (names: readonly string[]): number => {
  const wanted = new Set(names.map((name) => platform.known(name).reference));
  return [setup.simulator, second]
    .flatMap(({ control }) => control.requests())
    .filter(({ clientOrderId }) => wanted.has(references.get(clientOrderId) ?? '')).length;
};

/** Leaves payouts of the first gateway open in every state, and stops the service. */
async function leaveOpen(): Promise<void> {
  const { control } = setup.simulator;
  await restart({ PAYNETEASY_MAX_IN_FLIGHT: '2' });
  await create('confirmed', { release: 'on_authorization' });
  await platform.untilStatus('confirmed', 'bank_confirmed');
  control.setBehaviour({ payDelayMs: PAYS_LATER_MS });
  await create('processing');
  await platform.untilStatus('processing', 'processing');
  control.setBehaviour({ faults: [{ command: 'payout-check', fault: 'hang', times: 2 }] });
  await create('hung');
  await create('hung too');
  await waitFor('both checks to hang', () => control.behaviour().faults.length === 0);
  await create('requested');
  await stop();
  control.setBehaviour({ payDelayMs: 50 });
}

const identity = (url: string, endpoint = SANDBOX_ENDPOINT_ID, login = SANDBOX_LOGIN): string =>
  `${url}/paynet endpoint/${endpoint} ${login}`;

const untilHeld = (name: string) =>
  platform.until(name, ({ attention }) => attention?.code === 'other_gateway');

async function expectAllPaidOnce(names: readonly string[]): Promise<void> {
  for (const name of names) await platform.untilStatus(name, 'approved');
  expectHonest(setup, references);
  expectHonest({ ...setup, simulator: second }, references);
  const paid = [setup.simulator, second].flatMap(({ control }) => control.ledger());
  expect(paid).toHaveLength(names.length);
}

const others: readonly (readonly [string, () => Record<string, string>])[] = [
  ['address', () => ({ PAYNETEASY_BASE_URL: `${secondUrl}/paynet` })],
  ['endpoint number', () => ({ PAYNETEASY_ENDPOINT_ID: OTHER_ENDPOINT_ID })],
  ['login', () => ({ PAYNETEASY_LOGIN: OTHER_LOGIN })],
];

describe.each(others)('another %s', (_what, other) => {
  test('leaves open payouts alone and says so, and the first one goes on with them', async () => {
    await leaveOpen();
    const sent = requestsFor(OPEN);
    const started = await restart(other());
    expect(started.output()).toContain(identity(setup.simulatorUrl));
    await platform.command('confirmed', 'authorize');
    for (const name of OPEN) await untilHeld(name);
    await create('new');
    await platform.untilStatus('new', 'approved');
    expect(requestsFor(OPEN)).toBe(sent);

    await restart();
    expect((await platform.command('confirmed', 'authorize')).status).toBe(200);
    await expectAllPaidOnce([...OPEN, 'new']);
  }, 90_000);
});

test('a move that is declared goes on with the orders that are found there, and no other does', async () => {
  await leaveOpen();
  const { hostname, port } = new URL(setup.simulatorUrl);
  const moved = await startCuttableProxy({ host: hostname, port: Number(port) });
  const movedUrl = `http://127.0.0.1:${moved.port}`;
  const old = identity(setup.simulatorUrl);

  const wrong = { PAYNETEASY_BASE_URL: `${secondUrl}/paynet` };
  await restart(wrong);
  await untilHeld('requested');
  const declare = async (environment: Record<string, string>, url: string) =>
    runOperatorCommand(
      await setup.environment(environment),
      'endpoint',
      'continue',
      old,
      identity(url),
      '--name',
      'Ann',
    );
  const refused = await declare(wrong, secondUrl);
  expect([refused.exitCode, refused.output]).toEqual([1, refused.output]);

  const right = { PAYNETEASY_BASE_URL: `${movedUrl}/paynet` };
  await restart(right);
  await untilHeld('requested');
  const done = await declare(right, movedUrl);
  expect([done.exitCode, done.output]).toEqual([0, done.output]);
  expect((await platform.command('confirmed', 'authorize')).status).toBe(200);
  await expectAllPaidOnce(OPEN);
  expect(second.control.ledger()).toEqual([]);
  await stop();
  await moved.close();
}, 90_000);
