/**
 * Gauges of the present state: read from the database and from the parts of this process at each
 * scrape, not kept up to date in between.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, type Registry } from 'prom-client';
import { wordOf } from '../../lib/newer-word.ts';
import { attentionCodes, factsOfAttention } from '../../payout/model/attention.ts';
import { isFinal, statuses } from '../../payout/model/status.ts';
import { pauseScopes } from '../../store/partial-pauses.ts';
import type { Stat } from '../../store/stats.ts';
import { createTableMetrics, type TableSources } from './table-metrics.ts';

/**
 * A database that does not answer must not delay the scrape until the scraper gives up: no metric
 * at all would be reported then, just when it is needed.
 */
const STATS_WAITED_FOR_MS = 2000;

const BREAKER_STATES = ['closed', 'open', 'probing'] as const;

export type StateSources = TableSources & {
  /** All payouts, by what the database knows; rejects while it is away. */
  readStats(): Promise<Stat[]>;
  onStatsFailed(error: unknown): void;
  breakers(): { endpoint: string; state: (typeof BREAKER_STATES)[number] }[];
  leasesLost(): number;
  connections(): { total: number; idle: number; waiting: number };
  /** How far this machine's clock is ahead of the database's. */
  clockSkewMs(): number;
};

const openStatuses = statuses.filter((status) => !isFinal(status));

type SetStats = (stats: readonly Stat[]) => void;

/** Stats that are one number each: the name of the gauge and its help text. */
const plainStats = {
  paused: ['payouts_paused', 'Whether payments are paused: 1 while they are.'],
  epoch_open: [
    'payouts_epoch_open',
    'Whether history was lost and the operator has not ended the new epoch: 1 until then.',
  ],
  letters_waiting: [
    'notifications_waiting',
    'Notifications that the platform has not acknowledged yet.',
  ],
  letters_oldest_seconds: [
    'notifications_waiting_oldest_seconds',
    'How long the oldest waiting notification has been waiting.',
  ],
} as const satisfies Partial<Record<Stat['stat'], readonly [name: string, help: string]>>;

type PlainStat = keyof typeof plainStats;

const isPlain = (stat: Stat['stat']): stat is PlainStat => Object.hasOwn(plainStats, stat);

/** Stats with a label: the name of the gauge, its help text, and what the label is. */
const labelledStats = {
  open: ['payouts_open', 'Payouts that have not ended, by status.', 'status'],
  oldest_seconds: [
    'payouts_open_oldest_seconds',
    'How long the payout that is longest in a status has been in it.',
    'status',
  ],
  overdue_seconds: [
    'payouts_overdue_seconds',
    'How long the most overdue payout has been waiting to be taken up.',
    'endpoint',
  ],
  unserved: [
    'payouts_unserved',
    'Open payouts of an endpoint that this replica does not serve, up to 1000; 0 where it does.',
    'endpoint',
  ],
  partial_pauses: [
    'payouts_partial_pauses',
    'Parts of the payments that are paused by themselves, by what they are a part by.',
    'scope',
  ],
} as const satisfies Partial<
  Record<Stat['stat'], readonly [name: string, help: string, label: string]>
>;

type LabelledStat = keyof typeof labelledStats;

function createStatGauges(registry: Registry): SetStats {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const labelledGauge = (stat: LabelledStat) => {
    const [name, help, label] = labelledStats[stat];
    return gauge(name, help, [label]);
  };
  const labelled: Record<LabelledStat, Gauge> = {
    open: labelledGauge('open'),
    oldest_seconds: labelledGauge('oldest_seconds'),
    overdue_seconds: labelledGauge('overdue_seconds'),
    unserved: labelledGauge('unserved'),
    partial_pauses: labelledGauge('partial_pauses'),
  };
  const attention = gauge(
    'payouts_attention_open',
    'Attention items that have not been acknowledged, by code and severity.',
    ['code', 'severity'],
  );
  const plainGauge = (stat: PlainStat) => {
    const [name, help] = plainStats[stat];
    return gauge(name, help);
  };
  const plain: Record<PlainStat, Gauge> = {
    paused: plainGauge('paused'),
    epoch_open: plainGauge('epoch_open'),
    letters_waiting: plainGauge('letters_waiting'),
    letters_oldest_seconds: plainGauge('letters_oldest_seconds'),
  };

  // What the database does not name is zero, not missing: an alert needs the series beforehand.
  // Labels that only a newer version knows, and former endpoints, come and go.
  const zero = (): void => {
    const { open, oldest_seconds: oldest, unserved } = labelled;
    for (const stat of [open, oldest, unserved, attention]) stat.reset();
    for (const scope of pauseScopes) labelled.partial_pauses.set({ scope }, 0);
    for (const status of openStatuses) {
      open.set({ status }, 0);
      oldest.set({ status }, 0);
    }
    for (const code of attentionCodes) {
      attention.set({ code, severity: factsOfAttention(code).severity }, 0);
    }
  };

  return (stats) => {
    zero();
    for (const { stat, label, value } of stats) {
      if (isPlain(stat)) plain[stat].set(value);
      else if (stat === 'attention') {
        const { severity } = factsOfAttention(wordOf(attentionCodes, label));
        attention.set({ code: label, severity }, value);
      } else labelled[stat].set({ [labelledStats[stat][2]]: label }, value);
    }
  };
}

function createProcessGauges(registry: Registry, sources: StateSources): void {
  const registers = [registry];
  new Gauge({
    name: 'gateway_circuit_state',
    help: 'The breaker of the endpoint: 1 for the state it is in.',
    labelNames: ['endpoint', 'state'],
    registers,
    collect() {
      for (const { endpoint, state } of sources.breakers()) {
        for (const known of BREAKER_STATES)
          this.set({ endpoint, state: known }, known === state ? 1 : 0);
      }
    },
  });
  new Counter({
    name: 'payout_leases_lost_total',
    help: 'Leases on payouts that ran out or were taken while their work went on.',
    registers,
    collect() {
      this.reset();
      this.inc(sources.leasesLost());
    },
  });
  new Gauge({
    name: 'payout_clock_skew_seconds',
    help: "How far this machine's clock is ahead of the database's; negative where it is behind.",
    registers,
    collect() {
      this.set(sources.clockSkewMs() / 1000);
    },
  });
  new Gauge({
    name: 'database_connections',
    help: 'Connections of the pool, by what they do.',
    labelNames: ['state'],
    registers,
    collect() {
      const { total, idle } = sources.connections();
      this.set({ state: 'busy' }, total - idle);
      this.set({ state: 'idle' }, idle);
    },
  });
  new Gauge({
    name: 'database_connections_waited_for',
    help: 'Statements that wait for a connection, and work that waits long for its statement.',
    registers,
    collect() {
      this.set(sources.connections().waiting);
    },
  });
}

/** Updates the gauges; never rejects, since the process's own metrics are always reported. */
export type RefreshState = () => Promise<void>;

export function createStateMetrics(
  registry: Registry,
  sources: StateSources,
  monotonic: () => number,
): RefreshState {
  createProcessGauges(registry, sources);
  const refreshTables = createTableMetrics(registry, sources, monotonic);
  const isRead = new Gauge({
    name: 'database_survey_success',
    help: 'Whether the stats of all payouts could be read; while 0 they are of an earlier time.',
    registers: [registry],
  });
  const setStats = createStatGauges(registry);
  let isInFlight = false;

  const readStats = async (): Promise<'done'> => {
    isInFlight = true;
    try {
      setStats(await sources.readStats());
      isRead.set(1);
    } catch (error) {
      sources.onStatsFailed(error);
      isRead.set(0);
    } finally {
      isInFlight = false;
    }
    return 'done';
  };

  return async () => {
    // A second statement would only wait next to the first one.
    if (isInFlight) return;
    const waited = sleep(STATS_WAITED_FOR_MS, 'late' as const, { ref: false });
    const tables = refreshTables();
    if ((await Promise.race([readStats(), waited])) === 'late') isRead.set(0);
    await Promise.race([tables, waited]);
  };
}
