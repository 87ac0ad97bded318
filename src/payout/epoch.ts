/**
 * What a lost history means for one payout: a command to stop it, its payout-check or its
 * payout-pay may be among what was lost, so nothing is concluded from the row alone.
 */

import type { Context, History } from './decision.ts';
import type { Payout } from './payout.ts';

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
export const isAuthorizedIn = ({ authorization, memory }: Payout, history: History): boolean =>
  authorization.authorizedAt !== null && (memory.authorizedEpoch ?? FIRST_EPOCH) === history.epoch;

/**
 * Whether the gateway has not said yet, in this epoch, what became of the payout: it may be paid,
 * so that an end without payment would be a guess.
 */
// guard: asked-before-it-ends
export const isDoubtful = (payout: Payout, { history }: Pick<Context, 'history'>): boolean =>
  isFromOlderEpoch(payout, history) && payout.memory.verifiedEpoch !== history.epoch;

/** The payout after the gateway said what became of it, or that it has no order for it. */
export const verified = (payout: Payout, { epoch }: History): Payout =>
  payout.memory.verifiedEpoch === epoch
    ? payout
    : { ...payout, memory: { ...payout.memory, verifiedEpoch: epoch } };
