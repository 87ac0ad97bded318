/**
 * What lost history means for one payout. A command to stop it, its payout-check or its payout-pay
 * may have been lost, so the row alone proves nothing. When an epoch starts is decided in
 * store/history/epoch.ts.
 */

import type { Instant } from '../../lib/clock.ts';
import type { Context, History } from '../model/decision.ts';
import { CALL_TIMEOUT_MS, SEND_BEFORE_MS } from '../model/limits.ts';
import { isShownPaid, type Payout } from '../model/payout.ts';

/** The epoch of a database that has never lost a commit. */
export const FIRST_EPOCH = 1;

/** The history of a database that has never lost a commit or a connection. */
export const wholeHistory: History = {
  epoch: FIRST_EPOCH,
  startedAt: 0,
  isOpen: false,
  repliesFrom: 0,
};

/** Whether the payout was created before the last loss. */
export const isFromOlderEpoch = ({ epoch }: Payout, history: History): boolean =>
  epoch !== history.epoch;

/** Whether the payout was created before a loss and has no authorization since. */
export const needsNewAuthorization = (payout: Payout, history: History): boolean =>
  isFromOlderEpoch(payout, history) && !isAuthorizedIn(payout, history);

/** Whether the last authorization is of this epoch; rows without an epoch are of the first. */
export const isAuthorizedIn = ({ authorization, tracking }: Payout, history: History): boolean =>
  authorization.authorizedAt !== null &&
  (tracking.authorizedEpoch ?? FIRST_EPOCH) === history.epoch;

/**
 * For how long after a loss the reference of a new payout may have been used before: a client that
 * repeats lost requests does so within this time.
 */
const LOSS_REMEMBERED_MS = 72 * 3_600_000;

/**
 * Whether the gateway may know the payout from lost history: the payout was created before the
 * loss, or its reference may have been used then.
 */
const mayHaveLostPast = (payout: Payout, history: History): boolean =>
  history.epoch !== FIRST_EPOCH &&
  (isFromOlderEpoch(payout, history) || payout.createdAt < history.startedAt + LOSS_REMEMBERED_MS);

/** Whether conclusions about the payout need all possible evidence. */
export const isInNewEpoch = (payout: Payout, { history }: Pick<Context, 'history'>): boolean =>
  history.isOpen || mayHaveLostPast(payout, history);

/**
 * Whether the gateway has not yet reported, in this epoch, what became of the payout. It may be
 * paid, so a final status without payment would be a guess.
 */
// guard: asked-before-it-ends
export const isDoubtful = (payout: Payout, { history }: Pick<Context, 'history'>): boolean =>
  mayHaveLostPast(payout, history) && payout.tracking.verifiedEpoch !== history.epoch;

/**
 * Whether a final status without payment has to wait: the payout is doubtful, or a connection was
 * lost just now, and another replica may still find that the commit of its payment is missing, or
 * the gateway shows a payment of which no payout-pay is on record.
 */
export const mayBePaidUnseen = (
  payout: Payout,
  context: Pick<Context, 'history' | 'now'>,
): boolean =>
  context.now < context.history.repliesFrom || isDoubtful(payout, context) || isShownPaid(payout);

/**
 * From this moment a status request reflects every command of the lost history. All of them are
 * finished: their last bytes left before, and their calls timed out.
 */
export const lostCommandsFinishedAt = ({ epoch, startedAt }: History): Instant =>
  epoch === FIRST_EPOCH ? 0 : startedAt + SEND_BEFORE_MS + CALL_TIMEOUT_MS;

/** The payout after the gateway reported its order, or that it has no order for it. */
export const verified = (payout: Payout, { epoch }: History): Payout =>
  payout.tracking.verifiedEpoch === epoch
    ? payout
    : { ...payout, tracking: { ...payout.tracking, verifiedEpoch: epoch } };
