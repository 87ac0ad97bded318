/**
 * What goes wrong in a run, how often, and how often it did. The seed chooses which kinds of fault
 * this run knows and how frequent each is; once it clears up, nothing goes wrong any more.
 */

import type { Random } from './random.ts';

/**
 * Every kind of fault, with how likely it is each time it could happen, in a run of middling
 * weather.
 */
const baseRates = {
  connection_refused: 0.02,
  connection_slow: 0.03,
  request_lost: 0.02,
  request_delayed: 0.05,
  request_twice: 0.04,
  reset_before_effect: 0.02,
  reset_after_effect: 0.03,
  reset_then_effect: 0.02,
  reply_lost: 0.02,
  reply_delayed: 0.05,
  body_cut: 0.02,
  html_page: 0.02,
  http_500_before_effect: 0.015,
  http_500_after_effect: 0.015,
  http_403: 0.01,
  http_429: 0.01,
  http_403_after_effect: 0.015,
  http_429_after_effect: 0.01,
  http_404: 0.005,
  error_reply: 0.015,
  reply_for_other_order: 0.02,
  reply_without_ids: 0.01,
  stale_status: 0.06,
  lookup_refused: 0.15,
  order_found_late: 0.2,
  second_order_shown: 0.004,
  pay_shown_late: 0.1,
  pay_shown_very_late: 0.1,
  amount_shown_wrong: 0.12,
  callback_lost: 0.2,
  callback_repeated: 0.3,
  callback_delayed: 0.3,
  callback_forged: 0.1,
  callback_of_no_order: 0.05,
  callback_of_other_account: 0.15,
  callback_ahead_of_truth: 0.1,
  request_to_us_lost: 0.05,
  answer_of_ours_lost: 0.05,
  crash: 0.0015,
  freeze: 0.0015,
  suspend: 0.0005,
  clock_off: 0.3,
  clock_jump: 0.0004,
  database_outage: 0.3,
  database_lost_before: 0.004,
  database_lost_after: 0.004,
  database_slow: 0.01,
  gateway_outage: 0.4,
  platform_outage: 0.4,
  letter_lost: 0.08,
  letter_delayed: 0.05,
  letter_hangs: 0.03,
  letter_answer_lost: 0.05,
  letter_answered_minus_one: 0.06,
  letter_refused: 0.04,
  letter_answered_500: 0.04,
  letter_answered_html: 0.03,
  letter_redirected: 0.04,
  // Of the world around the service, decided once for a run or for a life of a process.
  history_restored: 0.22,
  commits_lost: 0.18,
  other_version_writes: 0.02,
  notify_unset: 0.12,
  clock_hours_off: 0.1,
  clock_hours_jump: 0.0003,
  gateway_moved: 0.1,
  gateway_mistaken: 0.12,
  control_key_mistaken: 0.1,
  gateway_refuses_known: 0.3,
  callback_flood: 0.06,
  callback_shifted: 0.12,
  receiver_echoed: 0.15,
  letter_echoed: 0.1,
  // What a whole run is about, and then about little else: see {@link createWeather}.
  creates_flood: 0,
  endpoint_mistaken: 0,
} as const;

export type FaultKind = keyof typeof baseRates;

export const faultKinds = Object.keys(baseRates) as FaultKind[];

/** Questions of many payouts at the same time, which other faults would only blur. */
const crowdKinds = ['creates_flood', 'endpoint_mistaken'] as const;

/** What goes on next to a crowd. */
const besides: ReadonlySet<FaultKind> = new Set(['callback_repeated', 'crash', 'clock_off']);

export type Weather = {
  /**
   * Whether it happens this time; `boost` multiplies the odds where the moment is a delicate one.
   */
  happens(kind: FaultKind, boost?: number): boolean;
  /** From now on nothing goes wrong. */
  clearUp(): void;
  isClear(): boolean;
  counts: ReadonlyMap<FaultKind, number>;
  /** What the run is about, where it is about many payouts; null in most. */
  crowd: (typeof crowdKinds)[number] | null;
};

/** Calm, middling, storm. */
const INTENSITIES = [0.3, 1, 1, 3];
/** One kind in so many is frequent in a run, so that runs differ in what they are about. */
const FAVOURITE_SHARE = 0.12;
const ABSENT_SHARE = 0.35;
const RATE_MAX = 0.6;
const CROWD_SHARE = 0.03;

export function createWeather(random: Random): Weather {
  const crowd = random.chance(CROWD_SHARE) ? random.pick(crowdKinds) : null;
  const intensity = random.pick(INTENSITIES);
  const rates = new Map(
    faultKinds.map((kind) => {
      const draw = random.next();
      const factor = draw < ABSENT_SHARE ? 0 : draw > 1 - FAVOURITE_SHARE ? 6 : 1;
      const rate = crowd === null || besides.has(kind) ? baseRates[kind] * intensity * factor : 0;
      return [kind, kind === crowd ? 1 : Math.min(RATE_MAX, rate)];
    }),
  );
  const counts = new Map<FaultKind, number>();
  let clear = false;
  return {
    happens: (kind, boost = 1) => {
      if (clear || !random.chance((rates.get(kind) ?? 0) * boost)) return false;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      return true;
    },
    clearUp: () => {
      clear = true;
    },
    isClear: () => clear,
    crowd,
    counts,
  };
}
