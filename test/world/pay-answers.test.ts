/**
 * What answers to payout-pay prove: an HTTP 403 or 429 proves nothing, since a filter may answer so
 * after the effect. A wish to stop that came too late still counts, and a person's word does not
 * count too early.
 */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { platformEnvironment } from '../../src/dev/sandbox/sandbox.ts';
import type { FaultKind } from '../../src/dev/simulator/faults.ts';
import { agePayouts } from '../support/age-payouts.ts';
import { commandsOf } from '../support/bank-orders.ts';
import { createSetup, type Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { cashier } from './platform.ts';
import { createServices, type Services } from './services.ts';

/** Status replies lag by more than the quiet period that is configured here. */
const LAG_MS = 2000;
/** Beyond send_before and the total timeout, so that an attempt is finished. */
const SETTLED_AFTER_MS = 40_000;
const PAY = 'payout-pay';

let setup: Setup;
let services: Services;
beforeEach(async () => {
  setup = await createSetup({ payTwiceHappens: true, callbacks: 'off' });
  services = createServices(setup);
});
afterEach(async () => {
  await services.kill();
  await setup.close();
});

const faultOnPay = (fault: FaultKind, more: object = {}): void =>
  void setup.simulator.control.setBehaviour({ faults: [{ command: PAY, fault }], ...more });

const ledger = (): number => setup.simulator.control.ledger().length;

const lettersOf = (reference: string): string =>
  setup.simulator.control
    .letters()
    .filter((letter) => letter.reference === reference)
    .map(({ letter }) => letter)
    .join('');

const filters: readonly (readonly [FaultKind, string])[] = [
  ['http_403_after', 'false'],
  ['http_403_after', 'true'],
  ['http_429_after', 'true'],
];

test.each(filters)(
  '%s to payout-pay, with a status that lags and repeats set to %s, pays once',
  async (fault, payRepeat) => {
    const { api } = await services.start({ environment: { PAYNETEASY_PAY_REPEAT: payRepeat } });
    faultOnPay(fault, { statusLagMs: LAG_MS });
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push((await api.create()).id);
    for (const id of ids) await api.untilStatus(id, 'approved');
    for (const id of ids) {
      const { gateway } = await api.read(id);
      const pays = commandsOf(setup.simulator, gateway.client_order_id).filter((call) =>
        call.startsWith(PAY),
      );
      expect(pays).toHaveLength(1);
    }
    expect(ledger()).toBe(ids.length);
  },
  60_000,
);

test('a cancel that is refused while paying is kept: nothing leaves again, and it ends as canceled', async () => {
  const environment = {
    ...platformEnvironment(setup.secrets, setup.simulatorUrl),
    PAYNETEASY_PAY_REPEAT: 'true',
  };
  const { api } = await services.start({ environment });
  faultOnPay('reset_before');
  const { id, reference, gateway } = await api.create({ cashier });
  await api.untilStatus(id, 'paying');
  expect((await api.send('POST', `/v1/payouts/${id}/cancel`)).status).toBe(409);
  await agePayouts(setup.database, SETTLED_AFTER_MS, id);
  // Three fresh replies over the quiet period would let a repeat go that is not wanted.
  await agePayouts(setup.database, SETTLED_AFTER_MS, id);
  await api.until(id, ({ attention }) => attention !== null);
  expect(commandsOf(setup.simulator, gateway.client_order_id)).toEqual([
    'payout-check',
    'payout-pay reset_before',
  ]);
  const finding = { finding: 'not_paid', evidence: 'The bank knows of none.', name: 'Ann' };
  await waitFor('the word to be taken', async () => {
    const answer = await api.send('POST', `/v1/payouts/${id}/resolve`, { body: finding });
    return answer.status === 200;
  });
  expect(await api.read(id)).toMatchObject({ status: 'canceled', money_moved: 'no' });
  await waitFor('the last letter', () => lettersOf(reference).endsWith('C'));
  expect(lettersOf(reference)).not.toContain('J');
  expect(ledger()).toBe(0);
}, 60_000);

test('a word of not paid is refused two seconds after payout-pay was taken, and it is paid', async () => {
  const environment = platformEnvironment(setup.secrets, setup.simulatorUrl);
  setup.simulator.control.setBehaviour({ payDelayMs: 2500, statusLagMs: LAG_MS });
  const { api } = await services.start({ environment });
  const { id, reference } = await api.create({ cashier });
  await api.untilStatus(id, 'processing');
  const body = { finding: 'not_paid', evidence: 'It looks unpaid.', name: 'Ann' };
  const early = await api.send('POST', `/v1/payouts/${id}/resolve`, { body });
  expect(early.status).toBe(409);
  await api.untilStatus(id, 'approved');
  await waitFor('the last letter', () => lettersOf(reference).endsWith('Y'));
  expect(lettersOf(reference)).toBe('APY');
  expect(ledger()).toBe(1);
}, 60_000);
