/**
 * What a rule answers: the payout as it is afterwards, or why a command is refused. Facts from
 * outside are never refused; at most they change nothing.
 */

import type { Instant } from '../../lib/clock.ts';
import type { EventKind, EventOf, PayoutEvent } from './event.ts';
import type { Letter } from './letter.ts';
import type { Policy } from './limits.ts';
import type { Payout } from './payout.ts';

/** The history that the database holds now. */
export type History = {
  epoch: number;
  /** When the epoch began; 0 where the database never lost anything. */
  startedAt: Instant;
  /** Whether the epoch waits for a person to end it; payments are paused for as long. */
  isOpen: boolean;
  /** Nothing is paid on replies requested before this: they are from before a lost connection. */
  repliesFrom: Instant;
};

/** The gateway that this process talks to on behalf of a payout's endpoint. */
export type GatewayContext = {
  identity: string;
  /** The identities whose orders it goes on with, as a person declared. */
  continues: readonly string[];
  /** Whether payouts without an identity, from before it was kept, belong to it. */
  isLegacy: boolean;
};

export type Context = {
  /** By the database's clock. */
  now: Instant;
  /** Drawn by the caller in [0, 1), so that the core stays pure and a run can be repeated. */
  random: number;
  policy: Policy;
  history: History;
  gateway: GatewayContext;
  /** Whether this machine's clock is within 2 s of the database's: else no intent, no expiry. */
  isClockTrusted: boolean;
};

export const refusalCodes = [
  'not_authorizable',
  'not_cancelable',
  'not_resolvable',
  /** A word on a fresh answer met a later one: asking again brings that together. */
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
      /** What the platform is told, in order. */
      letters: readonly Letter[];
      /** One plain sentence for the timeline. */
      says: string;
    }
  | {
      kind: 'refused';
      code: RefusalCode;
      says: string;
      /** What is recorded of the refused command all the same, such as the wish to stop. */
      payout?: Payout;
    };

type RuleOn<E extends PayoutEvent> = (payout: Payout, event: E, context: Context) => Decision;

/** What answers events of these kinds. */
export type Rule<K extends EventKind> = RuleOn<EventOf<K>>;

export const applied = (payout: Payout, says: string, ...letters: Letter[]): Decision => ({
  kind: 'applied',
  payout,
  letters,
  says,
});

/** The event is kept in the journal and changes nothing. */
export const noted = (payout: Payout, says: string): Decision => applied(payout, says);

export const refused = (code: RefusalCode, says: string): Decision => ({
  kind: 'refused',
  code,
  says,
});
