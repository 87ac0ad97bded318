/**
 * Counters and histograms of what the flow of this process does. Labels come from fixed lists only,
 * so that no caller can make the series grow. Every counter begins at zero: one that appeared with
 * its first event would show no increase by it, and a rare event is what alerts are for.
 */

import { Counter, Histogram, type Registry } from 'prom-client';
import type { Observe, ObservedCall } from '../../flow/observe.ts';
import type { PlatformAnswer } from '../../flow/platform/dialect.ts';
import { letters } from '../../payout/model/letter.ts';
import type { CheckVerdict, PayVerdict, StatusVerdict } from '../../payout/model/reply.ts';
import { statuses } from '../../payout/model/status.ts';

/** From a millisecond to the 30 s that a call may take in all. */
const CALL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Less than 0.1 s is not late; 10 s is the longest promised takeover. */
const LATE_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Notifications are retried for 72 h while the platform is down. */
const ACKNOWLEDGED_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 3600, 86_400];

const CALL_OUTCOMES: Record<ObservedCall['command'], readonly string[]> = {
  'payout-check': [
    'accepted',
    'refused',
    'turned_away',
    'not_sent',
    'unknown',
  ] satisfies CheckVerdict['kind'][],
  'payout-pay': ['accepted', 'turned_away', 'not_sent', 'unknown'] satisfies PayVerdict['kind'][],
  status: ['reported', 'refused', 'turned_away', 'failed'] satisfies StatusVerdict['kind'][],
};
const COMMANDS = ['payout-check', 'payout-pay', 'status'] as const;
const CALLBACK_OUTCOMES: readonly Parameters<Observe['callback']>[0][] = [
  'stored',
  'repeated',
  'unknown_order',
  'refused',
];
const LIMITED_ROUTES: readonly Parameters<Observe['limited']>[0][] = [
  'callback',
  'return',
  'cashier',
  'api',
  'key',
  'read',
];
const LETTER_OUTCOMES: readonly (PlatformAnswer['kind'] | 'skipped')[] = [
  'delivered',
  'refused',
  'transient',
  'unrecognised',
  'skipped',
];

function ofPayouts(registry: Registry): Pick<Observe, 'entered' | 'takenUp'> {
  const entered = new Counter({
    name: 'payouts_entered_total',
    help: 'Payouts that were created in, or entered, a status.',
    labelNames: ['status'],
    registers: [registry],
  });
  for (const status of statuses) entered.inc({ status }, 0);
  const lateness = new Histogram({
    name: 'payout_lateness_seconds',
    help: 'How long after it was due a payout was taken up, by what was done first.',
    labelNames: ['step'],
    buckets: LATE_SECONDS,
    registers: [registry],
  });
  return {
    entered: (status) => entered.inc({ status }),
    takenUp: (step, lateMs) => lateness.observe({ step }, Math.max(0, lateMs) / 1000),
  };
}

function ofGateway(
  registry: Registry,
  endpoints: readonly string[],
): Pick<Observe, 'gatewayCall' | 'callback'> {
  const calls = new Counter({
    name: 'gateway_calls_total',
    help: 'Calls to the gateway, by command and outcome.',
    labelNames: ['endpoint', 'command', 'outcome'],
    registers: [registry],
  });
  for (const endpoint of endpoints) {
    for (const command of COMMANDS) {
      for (const outcome of CALL_OUTCOMES[command]) calls.inc({ endpoint, command, outcome }, 0);
    }
  }
  const durations = new Histogram({
    name: 'gateway_call_duration_seconds',
    help: 'Time from the start of a call to the gateway to its end.',
    labelNames: ['endpoint', 'command'],
    buckets: CALL_SECONDS,
    registers: [registry],
  });
  const callbacks = new Counter({
    name: 'gateway_callbacks_total',
    help: 'Callbacks of the gateway, by outcome.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of CALLBACK_OUTCOMES) callbacks.inc({ outcome }, 0);
  return {
    gatewayCall: ({ endpoint, command, outcome, durationMs }) => {
      calls.inc({ endpoint, command, outcome });
      durations.observe({ endpoint, command }, durationMs / 1000);
    },
    callback: (outcome) => callbacks.inc({ outcome }),
  };
}

function ofLimitedRequests(registry: Registry): Pick<Observe, 'limited'> {
  const limited = new Counter({
    name: 'http_requests_limited_total',
    help: 'Requests that were refused because there were too many, by what they were for.',
    labelNames: ['route'],
    registers: [registry],
  });
  for (const route of LIMITED_ROUTES) limited.inc({ route }, 0);
  return { limited: (route) => limited.inc({ route }) };
}

function ofPlatform(registry: Registry): Pick<Observe, 'notified' | 'endAcknowledged'> {
  const notifications = new Counter({
    name: 'notifications_total',
    help: 'Attempts to notify the platform, and skipped notifications, by letter and outcome.',
    labelNames: ['letter', 'outcome'],
    registers: [registry],
  });
  for (const letter of letters) {
    for (const outcome of LETTER_OUTCOMES) notifications.inc({ letter, outcome }, 0);
  }
  const acknowledged = new Histogram({
    name: 'payout_end_acknowledged_seconds',
    help: "Time from a payout's end to the platform's acknowledgement of its last notification.",
    buckets: ACKNOWLEDGED_SECONDS,
    registers: [registry],
  });
  return {
    notified: (letter, outcome) => notifications.inc({ letter, outcome }),
    endAcknowledged: (sinceEndMs) => acknowledged.observe(Math.max(0, sinceEndMs) / 1000),
  };
}

function ofCallers(registry: Registry): Pick<Observe, 'aheadOfHistory'> {
  const ahead = new Counter({
    name: 'payout_ahead_of_history_total',
    help: 'Requests that name a version or feed position that this database never assigned.',
    registers: [registry],
  });
  return { aheadOfHistory: () => ahead.inc() };
}

export const createFlowMetrics = (registry: Registry, endpoints: readonly string[]): Observe => ({
  ...ofPayouts(registry),
  ...ofGateway(registry, endpoints),
  ...ofLimitedRequests(registry),
  ...ofPlatform(registry),
  ...ofCallers(registry),
});
