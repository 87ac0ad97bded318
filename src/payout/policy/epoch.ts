/**
 * What a lost history means for one payout: a command to stop it, its payout-check or its
 * payout-pay may be among what was lost, so nothing is concluded from the row alone.
 */

import type { Instant } from '../../lib/clock.ts';
import type { Context, History } from '../model/decision.ts';
import { CALL_TIMEOUT_MS, SEND_BEFORE_MS } from '../model/limits.ts';
import type { Payout } from '../model/payout.ts';

/** The epoch of a database that never lost anything. */
export const FIRST_EPOCH = 1;

/** The history of a database that never lost anything and has no lost connection behind it. */
export const wholeHistory: History = {
  epoch: FIRST_EPOCH,
  startedAt: 0,
  isOpen: false,
  repliesFrom: 0,
};

/** Whether the payout was created in a history that was lost in part. */
export const isFromOlderEpoch = ({ epoch }: Payout, history: History): boolean =>
  epoch !== history.epoch;

/** Whether nobody authorized the payout since its history was lost. */
export const needsNewAuthorization = (payout: Payout, history: History): boolean =>
  isFromOlderEpoch(payout, history) && !isAuthorizedIn(payout, history);

/** Whether the last authorization is of this epoch; rows from before epochs are of the first. */
export const isAuthorizedIn = ({ authorization, tracking }: Payout, history: History): boolean =>
  authorization.authorizedAt !== null &&
  (tracking.authorizedEpoch ?? FIRST_EPOCH) === history.epoch;

/**
 * How long after a loss a payout that is created anew may have had an earlier life: a caller that
 * repeats lost requests does so within this.
 */
const LOSS_REMEMBERED_MS = 72 * 3_600_000;

/**
 * Whether the gateway may know the payout from what was lost: it is from before, or its reference
 * may have been used then.
 */
const mayHaveLostPast = (payout: Payout, history: History): boolean =>
  history.epoch !== FIRST_EPOCH &&
  (isFromOlderEpoch(payout, history) || payout.createdAt < history.startedAt + LOSS_REMEMBERED_MS);

/** Whether conclusions about the payout need all the evidence that there can be. */
export const isInNewEpoch = (payout: Payout, { history }: Pick<Context, 'history'>): boolean =>
  history.isOpen || mayHaveLostPast(payout, history);

/**
 * Whether the gateway has not said yet, in this epoch, what became of the payout: it may be paid,
 * so that an end without payment would be a guess.
 */
// guard: asked-before-it-ends
export const isDoubtful = (payout: Payout, { history }: Pick<Context, 'history'>): boolean =>
  mayHaveLostPast(payout, history) && payout.tracking.verifiedEpoch !== history.epoch;

/**
 * Whether an end without payment has to wait: the payout is doubtful, or a connection was lost
 * just now, and another replica may yet find that its payment is among commits that are missing.
 */
export const mayBePaidUnseen = (
  payout: Payout,
  context: Pick<Context, 'history' | 'now'>,
): boolean => context.now < context.history.repliesFrom || isDoubtful(payout, context);

/**
 * From when on a status request knows of every command of the history that was lost: none can act
 * any more, as its replica's last bytes left by then and the gateway hung up.
 */
export const settledAtStart = ({ epoch, startedAt }: History): Instant =>
  epoch === FIRST_EPOCH ? 0 : startedAt + SEND_BEFORE_MS + CALL_TIMEOUT_MS;

/** The payout after the gateway said what became of it, or that it has no order for it. */
export const verified = (payout: Payout, { epoch }: History): Payout =>
  payout.tracking.verifiedEpoch === epoch
    ? payout
    : { ...payout, tracking: { ...payout.tracking, verifiedEpoch: epoch } };
