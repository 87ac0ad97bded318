/**
 * Gauges of how things stand now: read from the database and from the parts of this process when
 * somebody scrapes, not kept up to date in between.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, type Registry } from 'prom-client';
import { wordOf } from '../../lib/newer-word.ts';
import { attentionCodes, factsOfAttention } from '../../payout/model/attention.ts';
import { isFinal, statuses } from '../../payout/model/status.ts';
import type { Stat } from '../../store/stats.ts';

/**
 * A database that does not answer must not hold the scrape until its scraper gives up: nothing at
 * all would be told then, just when it is needed.
 */
const STATS_WAITED_FOR_MS = 2000;

const BREAKER_STATES = ['closed', 'open', 'probing'] as const;

export type StateSources = {
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

type SetFigures = (figures: readonly Stat[]) => void;

/** Figures that are one number each: the name of the gauge, and what it tells. */
const plainStats = {
  paused: ['payouts_paused', 'Whether payments are paused: 1 while they are.'],
  epoch_open: [
    'payouts_epoch_open',
    'Whether history was lost and nobody has ended the new epoch: 1 until then.',
  ],
  letters_waiting: ['notifications_waiting', 'Letters that the platform has not taken yet.'],
  letters_oldest_seconds: [
    'notifications_waiting_oldest_seconds',
    'How long the oldest waiting letter has been waiting.',
  ],
} as const satisfies Partial<Record<Stat['stat'], readonly [name: string, help: string]>>;

type PlainStat = keyof typeof plainStats;

const isPlain = (stat: Stat['stat']): stat is PlainStat => Object.hasOwn(plainStats, stat);

function createStatGauges(registry: Registry): SetFigures {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const open = gauge('payouts_open', 'Payouts that have not ended, by status.', ['status']);
  const oldest = gauge(
    'payouts_open_oldest_seconds',
    'How long the payout that is longest in a status has been in it.',
    ['status'],
  );
  const attention = gauge(
    'payouts_attention_open',
    'Attention items that nobody has acknowledged, by code and severity.',
    ['code', 'severity'],
  );
  const overdue = gauge(
    'payouts_overdue_seconds',
    'How long the most overdue payout has been waiting to be taken up.',
    ['endpoint'],
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

  // What the database does not name is zero, not missing: an alert needs the series before. A
  // newer version's words come and go with it.
  const zero = (): void => {
    for (const stat of [open, oldest, attention]) stat.reset();
    for (const status of openStatuses) {
      open.set({ status }, 0);
      oldest.set({ status }, 0);
    }
    for (const code of attentionCodes) {
      attention.set({ code, severity: factsOfAttention(code).severity }, 0);
    }
  };

  return (figures) => {
    zero();
    for (const { stat, label, value } of figures) {
      if (isPlain(stat)) {
        plain[stat].set(value);
        continue;
      }
      switch (stat) {
        case 'open':
          open.set({ status: label }, value);
          break;
        case 'oldest_seconds':
          oldest.set({ status: label }, value);
          break;
        case 'attention': {
          const { severity } = factsOfAttention(wordOf(attentionCodes, label));
          attention.set({ code: label, severity }, value);
          break;
        }
        case 'overdue_seconds':
          overdue.set({ endpoint: label }, value);
          break;
      }
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

/** Brings the gauges up to date; never rejects, since process figures are told in every case. */
export type RefreshState = () => Promise<void>;

export function createStateMetrics(registry: Registry, sources: StateSources): RefreshState {
  createProcessGauges(registry, sources);
  const surveyed = new Gauge({
    name: 'database_survey_success',
    help: 'Whether the figures of all payouts could be read; while 0 they are of an earlier time.',
    registers: [registry],
  });
  const setStats = createStatGauges(registry);
  let isUnderWay = false;

  const readStats = async (): Promise<'done'> => {
    isUnderWay = true;
    try {
      setStats(await sources.readStats());
      surveyed.set(1);
    } catch (error) {
      sources.onStatsFailed(error);
      surveyed.set(0);
    } finally {
      isUnderWay = false;
    }
    return 'done';
  };

  return async () => {
    // A second statement would only wait beside the first one.
    if (isUnderWay) return;
    const waited = sleep(STATS_WAITED_FOR_MS, 'late' as const, { ref: false });
    if ((await Promise.race([readStats(), waited])) === 'late') surveyed.set(0);
  };
}
