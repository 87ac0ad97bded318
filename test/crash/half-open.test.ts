/**
 * The gateway vanishes in the middle of calls, and nothing closes their connections: each call ends
 * as unknown after its total timeout, everybody else is paid meanwhile, and each payout once.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { CALL_TIMEOUT_MS } from '../../src/payout/model/limits.ts';
import { commandsOf } from '../support/bank-orders.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { expectPaidOnce, untilAllFinal } from '../support/settled-payouts.ts';
import {
  startVanishingPeer,
  type Vanishing,
  type VanishingPeer,
} from '../support/vanishing-peer.ts';
import { waitFor } from '../support/wait-for.ts';

const PLAN: readonly Vanishing[] = [
  { command: 'payout-pay', passes: 'nothing' },
  { command: 'payout-pay', passes: 'cut_request' },
  { command: 'payout-pay', passes: 'request' },
  { command: 'payout-pay', passes: 'cut_answer' },
  { command: 'payout-pay', passes: 'nothing' },
  { command: 'payout-pay', passes: 'request' },
  { command: 'payout-check', passes: 'nothing' },
  { command: 'payout-check', passes: 'request' },
  { command: 'status', passes: 'request' },
];
/** The last ones of payout-pay in the plan: their network comes back before the timeout. */
const RESET = [4, 5];
const OTHERS = 20;
/** Five times the ten seconds that are left to do once the timeout has passed. */
const SETTLED_WITHIN_MS = CALL_TIMEOUT_MS + 50_000;

let setup: Setup;
let peer: VanishingPeer;
let service: ServiceProcess;
beforeAll(async () => {
  // Without callbacks only open payouts are polled, so that the plan meets no other payout.
  setup = await createSetup({ payTwiceHappens: true, callbacks: 'off' });
  const { hostname, port } = new URL(setup.simulatorUrl);
  peer = await startVanishingPeer({ host: hostname, port: Number(port) });
  const environment = {
    PAYNETEASY_BASE_URL: `${peer.url}/paynet`,
    PAYNETEASY_PAY_REPEAT: 'true',
  };
  service = await startServiceProcess(setup, { environment });
  await service.ready();
});
afterAll(async () => {
  service.signal('SIGKILL');
  await service.ended;
  await peer.close();
  await setup.close();
});

const createMany = (count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, async () => (await service.api.create()).id));

type Failure = { command: string; outcome: string; cause: string; durationMs: number };

const failures = (command: string): Failure[] =>
  service
    .linesWith('The gateway call failed.')
    .map((line): Failure => JSON.parse(line))
    .filter((failure) => failure.command === command);

test('a call whose connection stays half open is unknown, delays no other payout, and pays once', async () => {
  // They leave connections behind, which the calls that vanish are sent on.
  const first = await createMany(PLAN.length);
  await untilAllFinal(setup, 30_000);
  peer.plan(PLAN);
  const held = await createMany(PLAN.length);
  await waitFor('every call to vanish', () => peer.vanished().length === PLAN.length);
  const vanishedAt = performance.now();
  const pays = peer.vanished().filter(({ command }) => command === 'payout-pay');
  expect(pays.some(({ isReused, passes }) => isReused && passes === 'nothing')).toBe(true);

  const others = await createMany(OTHERS);
  for (const id of others) await service.api.untilStatus(id, 'approved');
  for (const index of RESET) pays[index]?.reset();
  expect(performance.now() - vanishedAt).toBeLessThan(CALL_TIMEOUT_MS / 2);
  const [open] = await setup.database.query<{ count: string }>(
    'select count(*) from payouts where finalized_at is null',
  );
  expect(Number(open?.count)).toBe(PLAN.length);

  await untilAllFinal(setup, SETTLED_WITHIN_MS);
  await expectPaidOnce(setup, [...first, ...held, ...others]);
  // What was lost on its way is retried; what arrived is not.
  const commands = ['payout-check', 'payout-pay'];
  expect(held.map((id) => commandsOf(setup.simulator, id))).toEqual(held.map(() => commands));
  expect(failures('payout-pay').map(({ outcome, cause }) => `${outcome} ${cause}`)).toEqual([
    'unknown reset',
    'unknown reset',
    ...Array.from({ length: 4 }, () => 'unknown total_timeout'),
  ]);
  const lateMs = failures('payout-pay')
    .filter(({ cause }) => cause === 'total_timeout')
    .map(({ durationMs }) => durationMs - CALL_TIMEOUT_MS);
  expect(Math.min(...lateMs)).toBeGreaterThan(-100);
  expect(Math.max(...lateMs)).toBeLessThan(5000);
}, 150_000);
