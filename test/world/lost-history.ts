/**
 * A history that is lost, in three acts: what happens before the backup, what happens since, and
 * what the service does once the earlier state is back. The test between the acts makes the backup
 * and restores it; callers go on as if nothing had happened.
 */

import { expect } from 'vitest';
import { platformEnvironment } from '../../src/dev/sandbox/sandbox.ts';
import type { PayoutBody } from '../../src/http/schema/payout.ts';
import { runOperatorCommand } from '../support/operator-command.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import type { Setup } from '../support/service-setup.ts';
import { waitFor } from '../support/wait-for.ts';
import { cashier, createPlatform, expectHonest, paymentsByReference } from './platform.ts';

/** A bank that does not come to an end by itself during a test. */
const NEVER_MS = 600_000;
/** send_before and the total timeout of a call, the quiet period, and five times as long again. */
const SETTLED_WITHIN_MS = 90_000;
const waits = { cashier, release: 'on_authorization' };

export type LostHistory = {
  environment: Readonly<Record<string, string>>;
  start(): Promise<ServiceProcess>;
  stop(): Promise<void>;
  /** Leaves payouts in every state before payment, and stops the service. */
  untilBackup(): Promise<void>;
  /** Pays, cancels and creates: all of it will be lost. Stops the service at the end. */
  sinceBackup(): Promise<void>;
  /** Callers repeat what they did; nothing may be paid before a person has ended the epoch. */
  afterRestore(): Promise<void>;
  /** What waits is paid after a new authorization, once; the rest never is. */
  afterEnd(): Promise<void>;
};

/** The acts over a setup; `environment` replaces variables of its services. */
export function createLostHistory(
  setup: Setup,
  environment: Readonly<Record<string, string>> = {},
): LostHistory {
  const { control } = setup.simulator;
  const platform = createPlatform();
  const own = {
    ...platformEnvironment(setup.secrets, setup.simulatorUrl),
    CHECK_QUIET_MS: '1000',
    ...environment,
  };
  /** Each order id of ours that the platform was ever told, and its reference. */
  const references = new Map<string, string>();
  const learn = ({ gateway, id, reference }: PayoutBody): void => {
    references.set(gateway.client_order_id ?? id, reference);
  };
  let service: ServiceProcess | null = null;
  let paysBefore = 0;

  const start = async (changes: Record<string, string> = {}): Promise<ServiceProcess> => {
    service = await startServiceProcess(setup, { environment: { ...own, ...changes } });
    await service.ready();
    platform.connect(service.api);
    return service;
  };
  const stop = async (): Promise<void> => {
    service?.signal('SIGKILL');
    await service?.ended;
  };
  const create = async (name: string, changes: object): Promise<void> =>
    learn(await platform.create(name, changes));
  const pays = (): number => control.requests().filter((r) => r.command === 'payout-pay').length;
  const payments = (name: string): number =>
    paymentsByReference(setup, references).get(platform.known(name).reference) ?? 0;
  const honest = (): void => expectHonest(setup, references);

  return {
    environment: own,
    start,
    stop,
    untilBackup: () => untilBackup(),
    sinceBackup: () => sinceBackup(),
    afterRestore: () => afterRestore(),
    afterEnd: () => afterEnd(),
  };

  async function untilBackup(): Promise<void> {
    // Two calls at a time: checks that hang leave the others as they were requested.
    await start({ PAYNETEASY_MAX_IN_FLIGHT: '2' });
    await create('paid', { cashier });
    await platform.untilStatus('paid', 'approved');
    await create('waiting', waits);
    await platform.untilStatus('waiting', 'bank_confirmed');
    const hang = { command: 'payout-check' as const, fault: 'hang' as const, times: 2 };
    control.setBehaviour({ faults: [hang], validateDelayMs: NEVER_MS });
    await create('open', { cashier });
    await create('stopped', { cashier });
    await waitFor('both checks to hang', () =>
      ['open', 'stopped'].every((name) =>
        control
          .requests()
          .some((r) => references.get(r.clientOrderId) === platform.known(name).reference),
      ),
    );
    control.setBehaviour({ validateDelayMs: 50 });
    await create('requested', { cashier });
    expect((await platform.read('requested')).status).toBe('requested');
    await stop();
  }

  async function sinceBackup(): Promise<void> {
    await start();
    await platform.untilStatus('requested', 'approved');
    expect((await platform.command('waiting', 'authorize')).status).toBe(200);
    await platform.untilStatus('waiting', 'approved');
    for (const name of ['repeated', 'repeated-late']) {
      await create(name, { cashier });
      await platform.untilStatus(name, 'approved');
    }
    await create('confirmed', waits);
    await platform.untilStatus('confirmed', 'bank_confirmed');
    await platform.untilStatus('stopped', 'bank_confirming');
    expect((await platform.command('stopped', 'cancel')).status).toBe(200);
    await platform.untilStatus('open', 'bank_confirming');
    await platform.follow();
    honest();
    await stop();
    paysBefore = pays();
  }

  async function afterRestore(): Promise<void> {
    const { api } = await start();
    const paused = await api.send<{ paused: boolean }>('GET', '/v1/pause');
    expect(paused.body).toMatchObject({ paused: true });

    const before = new Map(
      ['requested', 'waiting', 'stopped', 'open'].map((name) => [name, platform.known(name)]),
    );
    const number = platform.lastNumber();
    for (const name of ['paid', 'requested', 'waiting', 'repeated', 'confirmed']) {
      const answer = await platform.repeat(name);
      expect([name, answer.status]).toEqual([name, 201]);
      learn(answer.body);
    }
    await create('new', { cashier });
    // The bank comes to its word now, on what the platform has canceled in the lost part too.
    for (const order of control.orders()) {
      if (order.stage !== 'payout_check_validating') continue;
      control.setOrder(order.orderId, { stage: 'payout_check_validated' });
    }
    for (const name of ['requested', 'repeated']) await platform.untilStatus(name, 'approved');
    // Its check is on record and its payout-pay is not: a person says where that came from.
    await platform.until('waiting', ({ attention }) => attention?.code === 'approved_before_pay');
    // Its check is not on record either, so that it is unknown whose receiver that order has.
    await platform.until('confirmed', ({ attention }) => attention?.code === 'order_adopted');
    for (const name of ['stopped', 'open', 'new']) {
      await platform.untilStatus(name, 'bank_confirmed');
    }
    expect(pays()).toBe(paysBefore);
    // Numbers of the lost part are never given out again, and versions have grown beyond theirs.
    const numbers = await platform.follow();
    expect(numbers.length).toBeGreaterThan(0);
    expect(Math.min(...numbers)).toBeGreaterThan(number);
    for (const [name, { version }] of before) {
      expect([name, (await platform.read(name)).version > version]).toEqual([name, true]);
    }
    honest();
  }

  async function afterEnd(): Promise<void> {
    const complete = await setup.environment(own);
    const begun = await runOperatorCommand(complete, 'after-restore');
    expect([begun.exitCode, begun.output]).toEqual([0, begun.output]);
    for (const name of ['stopped', 'open']) {
      expect(begun.output).toContain(platform.known(name).id);
    }
    const ended = await runOperatorCommand(complete, 'after-restore', '--end', '--name', 'Ann');
    expect([ended.exitCode, ended.output]).toEqual([0, ended.output]);

    await platform.untilStatus('new', 'approved');
    const { id } = platform.known('waiting');
    const body = { finding: 'paid', evidence: 'It was paid before the restore.', name: 'Ann' };
    const resolve = () => platform.api().send('POST', `/v1/payouts/${id}/resolve`, { body });
    // Refused until no payment of the lost history can arrive any more.
    await waitFor(
      'the finding to be taken',
      async () => {
        const { status, body: answer } = await resolve();
        if (status !== 200) expect(answer).toMatchObject({ status: 409, code: 'NOT_RESOLVABLE' });
        return status === 200 && answer.status === 'approved';
      },
      SETTLED_WITHIN_MS,
    );
    const late = await platform.repeat('repeated-late');
    expect(late.status).toBe(201);
    learn(late.body);
    await platform.untilStatus('repeated-late', 'approved');
    expect(['new', 'repeated-late', 'stopped', 'open'].map(payments)).toEqual([1, 1, 0, 0]);
    expect(pays()).toBe(paysBefore + 1);

    await platform.until('open', ({ attention }) => attention?.code === 'needs_new_authorization');
    expect((await platform.command('open', 'authorize')).status).toBe(200);
    // Everything that was lost has finished by then, and the gateway says so over a quiet period.
    await waitFor(
      'the payout from before the restore to be paid',
      async () => (await platform.read('open')).status === 'approved',
      SETTLED_WITHIN_MS,
    );
    // Each payout is looked up at its own times, so that this one may be known to be unpaid later.
    await waitFor(
      'the stopped payout to be known as unpaid',
      async () => (await platform.read('stopped')).allowed_actions.includes('cancel'),
      SETTLED_WITHIN_MS,
    );
    expect((await platform.command('stopped', 'cancel')).status).toBe(200);
    await platform.command('confirmed', 'authorize');
    await create('last', { cashier });
    await platform.untilStatus('last', 'approved');
    expect(['open', 'stopped', 'confirmed', 'last'].map(payments)).toEqual([1, 0, 0, 1]);
    honest();
  }
}
