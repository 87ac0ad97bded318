/**
 * What docs/operations.md says after "Fires in the sandbox", step by step. In an order in which one
 * provocation leaves nothing behind that fires the alert of a later one.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxProcess } from './sandbox-process.ts';

export type Provocation = {
  alerts: readonly string[];
  /** What else has to be over before: calls are made only while the breaker is closed. */
  quiet?: readonly string[];
  /** Returns what ends it, where it does not end by itself. */
  provoke(sandbox: SandboxProcess): Promise<(() => Promise<void>) | null>;
};

/** What needs a sandbox of its own is in a stage of its own. */
export type Stage = { arguments: readonly string[]; provocations: readonly Provocation[] };

/** When the service ends a call that hangs, and a little more. */
const CALL_ENDED_AFTER_MS = 32_000;

const always = (command: string, fault: string): object => ({ command, fault, times: 1000 });

const withFaults = async (sandbox: SandboxProcess, faults: readonly object[]) => {
  await sandbox.behave({ faults });
  return () => sandbox.behave({ faults: [] });
};

/** A payout that the bank never confirms, and that is polled every few seconds. */
async function polled({ api, pay }: SandboxProcess): Promise<string> {
  await pay('10.08');
  const { body } = await api.send<{ data: [{ id: string }] }>('GET', '/v1/payouts?limit=1');
  const [{ id }] = body.data;
  await api.untilStatus(id, 'bank_confirming');
  return id;
}

const people: readonly Provocation[] = [
  {
    alerts: ['PayoutsStuck'],
    provoke: async ({ pay }) => {
      await pay('10.08');
      return null;
    },
  },
  {
    alerts: ['PayoutAttentionUrgent'],
    provoke: async ({ pay }) => {
      await pay('10.04');
      return null;
    },
  },
  {
    alerts: ['PayoutRowsUnreadable'],
    provoke: async (sandbox) => {
      const id = await polled(sandbox);
      // With a new revision, or a poll in flight would write the row as it was.
      await sandbox.alter(`version = 0, revision = revision + 1 where id = '${id}'`);
      return () => sandbox.alter(`version = 1000 where id = '${id}'`);
    },
  },
  {
    alerts: ['EndpointNotServed'],
    provoke: async (sandbox) => {
      const id = await polled(sandbox);
      await sandbox.alter(`endpoint = 'former' where id = '${id}'`);
      return () => sandbox.alter(`endpoint = 'default' where id = '${id}'`);
    },
  },
  {
    alerts: ['PayoutAttentionOpen', 'NotificationsRefused'],
    provoke: async ({ behave, pay }) => {
      await behave({ platformAnswers: [{ answer: 'refused' }] });
      await pay('10.00');
      return null;
    },
  },
  {
    alerts: ['NotificationsLate'],
    provoke: async ({ behave, pay }) => {
      await behave({ platformAnswers: [{ answer: 'http_500', times: 1000 }] });
      await pay('10.00');
      return () => behave({ platformAnswers: [] });
    },
  },
  {
    alerts: ['PaymentsPaused'],
    provoke: async ({ command }) => {
      await command('pause');
      return () => command('resume');
    },
  },
  {
    alerts: ['HistoryLost'],
    provoke: async ({ command }) => {
      await command('after-restore', '--begin', '--reason', 'a try');
      return () => command('after-restore', '--end', '--name', 'Ada');
    },
  },
  {
    alerts: ['AheadOfHistory'],
    provoke: async ({ api }) => {
      await api.send('GET', '/v1/events?after=999999999');
      return null;
    },
  },
  {
    alerts: ['CallbacksRefused'],
    provoke: async ({ url }) => {
      const forged = `${url}/callbacks/payneteasy/default?status=approved`;
      for (let sent = 0; sent < 4; sent += 1) await fetch(forged);
      return null;
    },
  },
];

const gateway: readonly Provocation[] = [
  {
    alerts: ['LeasesLost'],
    quiet: ['GatewayCircuitOpen'],
    provoke: async (sandbox) => {
      await sandbox.pay('10.08', 3);
      const end = await withFaults(sandbox, [always('status', 'hang')]);
      await sleep(2000);
      sandbox.signal('SIGSTOP');
      await sleep(10_000);
      sandbox.signal('SIGCONT');
      return async () => {
        await end();
        // Calls that still hang would fire GatewaySlow without its own provocation.
        await sleep(CALL_ENDED_AFTER_MS);
      };
    },
  },
  {
    alerts: ['GatewaySlow'],
    quiet: ['GatewayCircuitOpen'],
    provoke: async (sandbox) => {
      await sandbox.pay('10.08', 3);
      return withFaults(sandbox, [always('status', 'hang')]);
    },
  },
  {
    alerts: ['GatewayCircuitOpen', 'GatewayAnswersUnclear'],
    provoke: async (sandbox) => {
      await sandbox.pay('10.08');
      return withFaults(sandbox, [always('status', 'http_500')]);
    },
  },
  {
    alerts: ['PayoutsNotTakenUp'],
    provoke: async (sandbox) => {
      const faults = [always('payout-check', 'reset_before'), always('status', 'reset_before')];
      const end = await withFaults(sandbox, faults);
      await sandbox.pay('10.00', 10);
      return end;
    },
  },
];

const machine: readonly Provocation[] = [
  {
    alerts: ['ClockSkewed'],
    provoke: async ({ signal }) => {
      signal('SIGUSR2');
      return async () => signal('SIGUSR2');
    },
  },
  {
    alerts: ['ProcessBusy'],
    provoke: async ({ signal }) => {
      const ended = new AbortController();
      const starve = async (): Promise<void> => {
        while (!ended.signal.aborted) {
          signal('SIGSTOP');
          await sleep(700);
          signal('SIGCONT');
          await sleep(300);
        }
      };
      const starving = starve();
      return async () => {
        ended.abort();
        await starving;
      };
    },
  },
  {
    alerts: ['DatabasePoolBusy'],
    provoke: async ({ lock, load }) => {
      const lasting = [await lock(), load()];
      return async () => {
        for (const { end } of lasting) await end();
      };
    },
  },
  {
    alerts: ['DatabaseAway', 'ApiFaults'],
    provoke: async ({ load, stopDatabase }) => {
      const { end } = load();
      await sleep(2000);
      stopDatabase();
      return end;
    },
  },
  {
    alerts: ['PayoutServiceAbsent'],
    provoke: async ({ close }) => {
      await close();
      return null;
    },
  },
];

export const stages: readonly Stage[] = [
  {
    arguments: ['--notified', '--set', 'PAYNETEASY_MAX_PER_SECOND=1'],
    provocations: [
      {
        alerts: ['PayoutsLate'],
        provoke: async ({ pay }) => {
          await pay('10.00', 200);
          return null;
        },
      },
    ],
  },
  { arguments: ['--notified'], provocations: [...people, ...gateway, ...machine] },
];
