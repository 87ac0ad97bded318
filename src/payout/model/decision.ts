/**
 * What a rule returns: the payout afterwards, or the reason why a command is refused. A fact from
 * outside is never refused; at most it changes nothing. Which rule answers is decided in
 * payout/table.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import type { EventKind, EventOf, PayoutEvent } from './event.ts';
import type { Letter } from './letter.ts';
import type { Policy } from './limits.ts';
import type { Payout } from './payout.ts';

/** The history that the database holds now. */
export type History = {
  epoch: number;
  /** When the epoch began; 0 if the database has never lost a commit. */
  startedAt: Instant;
  /** Whether an operator still has to end the epoch; until then payments are paused. */
  isOpen: boolean;
  /**
   * Set after a lost connection. A reply requested before this moment releases no payment, and no
   * payout-check leaves before it.
   */
  repliesFrom: Instant;
};

/** The gateway that this process talks to on behalf of a payout's endpoint. */
export type GatewayContext = {
  identity: string;
  /** The identities whose orders it continues, as the operator declared. */
  continues: readonly string[];
  /** Whether payouts without an identity, created before identities were stored, belong to it. */
  isLegacy: boolean;
};

/**
 * Whether a row is as the service wrote it. `unsigned`: it has no MAC that tells, and is accepted
 * so; `altered`: it was changed outside of the service. How that is found out is decided in
 * store/integrity/row-signer.ts.
 */
export type Integrity = 'ok' | 'unsigned' | 'altered';

export type Context = {
  /** The time of the database's clock. */
  now: Instant;
  /** A random number in [0, 1) from the caller: the core stays pure, and a run is repeatable. */
  random: number;
  policy: Policy;
  history: History;
  gateway: GatewayContext;
  /** Whether this machine's clock is within 2 s of the database's; if not: no intent, no expiry. */
  isClockTrusted: boolean;
  /** Of the row that the payout was read from. */
  integrity: Integrity;
};

export const refusalCodes = [
  'not_authorizable',
  'not_deauthorizable',
  'not_cancelable',
  'not_resolvable',
  /** A newer reply came after the one that the command relied on: the client has to retry. */
  'outpaced',
  'nothing_to_acknowledge',
  'check_not_releasable',
  'not_the_time',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export type Decision =
  | {
      kind: 'applied';
      payout: Payout;
      /** The status letters to notify the platform of, in order. */
      letters: readonly Letter[];
      /** One plain sentence for the timeline. */
      summary: string;
    }
  | {
      kind: 'refused';
      code: RefusalCode;
      summary: string;
      /** What is saved although the command is refused, such as the stop wish. */
      payout?: Payout;
    };

type RuleOn<E extends PayoutEvent> = (payout: Payout, event: E, context: Context) => Decision;

/** The function that answers events of these kinds. */
export type Rule<K extends EventKind> = RuleOn<EventOf<K>>;

export const applied = (payout: Payout, summary: string, ...letters: Letter[]): Decision => ({
  kind: 'applied',
  payout,
  letters,
  summary,
});

/** The event is kept in the journal and changes nothing. */
export const noted = (payout: Payout, summary: string): Decision => applied(payout, summary);

export const refused = (code: RefusalCode, summary: string): Decision => ({
  kind: 'refused',
  code,
  summary,
});
