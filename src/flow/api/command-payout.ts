/**
 * Commands of a client on one payout: authorize, deauthorize, cancel and release-check. The core
 * decides each on the stored row, in payout/rules, and the reply is the payout afterwards.
 */

import type { PayoutEvent } from '../../payout/model/event.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import { type Applied, applyEvent } from '../write/apply-event.ts';
import type { Actor } from '../actor.ts';
import { mismatch, versionProblems } from './check-version.ts';
import { actProblems, readPayout } from './queries.ts';
import { type ProblemCode, RequestProblem } from './request-problem.ts';

type Refusal = Extract<Applied, { kind: 'refused' }>['code'];

const problemOf: Partial<Record<Refusal, ProblemCode>> = {
  not_authorizable: 'NOT_AUTHORIZABLE',
  not_deauthorizable: 'NOT_DEAUTHORIZABLE',
  not_cancelable: 'NOT_CANCELABLE',
  not_resolvable: 'NOT_RESOLVABLE',
  outpaced: 'NOT_RESOLVABLE',
  check_not_releasable: 'CHECK_NOT_RELEASABLE',
  nothing_to_acknowledge: 'NOTHING_TO_ACKNOWLEDGE',
  version_mismatch: 'VERSION_MISMATCH',
};

export type Commanding = Actor & {
  payoutId: string;
  /** The versions that the client allows, from If-Match; null allows any. */
  ifVersion: readonly number[] | null;
};

/**
 * The payout after a command. Throws the problem that stands for a refusal by the core, or for a
 * version that the client does not allow.
 */
export function answerTo(
  event: PayoutEvent,
  payoutId: string,
  applied: Applied,
  ifVersion: readonly number[] | null = null,
): StoredPayout {
  switch (applied.kind) {
    case 'applied':
      return applied.stored;
    case 'refused': {
      if (applied.code === 'version_mismatch' && ifVersion !== null) {
        throw mismatch(applied.stored, ifVersion);
      }
      const code = problemOf[applied.code];
      if (code === undefined) throw new Error(`${event.kind} was refused as ${applied.code}`);
      const isRecorded = applied.change !== undefined;
      throw new RequestProblem(code, { detail: applied.summary, payoutId, isRecorded });
    }
    case 'missing':
    case 'fenced':
    case 'repeated':
      throw new Error(`${event.kind} was ${applied.kind}, which no command can be`);
  }
}

/** Applies a command, and replies as {@link answerTo} does. */
export async function command(
  app: AppContext,
  { payoutId, ifVersion, key }: Omit<Commanding, 'by'>,
  event: PayoutEvent,
): Promise<StoredPayout> {
  const stored = await readPayout(app, payoutId);
  const condition = ifVersion === null ? {} : { ifVersion };
  const applied = await applyEvent(app, { payoutId, stored, event, key, ...condition });
  return answerTo(event, payoutId, applied, ifVersion);
}

/** What every command on a payout may throw. */
export const commandProblems = [...actProblems, ...versionProblems] as const;

export const authorizeProblems = [
  ...commandProblems,
  'NOT_AUTHORIZABLE',
] as const satisfies readonly ProblemCode[];

/**
 * Releases a payout that waits for an authorization; a repeat changes nothing. Throws
 * NOT_AUTHORIZABLE once the payout is final, VERSION_MISMATCH where it has another version.
 */
export const authorizePayout = (app: AppContext, commanding: Commanding): Promise<StoredPayout> =>
  command(app, commanding, { kind: 'authorized', by: commanding.by, source: 'api' });

export const deauthorizeProblems = [
  ...commandProblems,
  'NOT_DEAUTHORIZABLE',
] as const satisfies readonly ProblemCode[];

/**
 * Takes the authorization back, whatever the payout's `release` is: once this returns, no
 * payout-pay leaves until the payout is authorized again over HTTP; a repeat changes nothing.
 * Throws NOT_DEAUTHORIZABLE once payout-pay may have left, VERSION_MISMATCH where the payout has
 * another version.
 */
export const deauthorizePayout = (app: AppContext, commanding: Commanding): Promise<StoredPayout> =>
  command(app, commanding, { kind: 'deauthorized', by: commanding.by });

export const cancelProblems = [
  ...commandProblems,
  'NOT_CANCELABLE',
] as const satisfies readonly ProblemCode[];

/**
 * Stops a payout before payout-pay. Throws NOT_CANCELABLE once its money may be moving,
 * VERSION_MISMATCH where it has another version.
 */
export const cancelPayout = (app: AppContext, commanding: Commanding): Promise<StoredPayout> =>
  command(app, commanding, { kind: 'canceled', by: commanding.by, source: 'api' });

export const releaseCheckProblems = [
  ...commandProblems,
  'CHECK_NOT_RELEASABLE',
] as const satisfies readonly ProblemCode[];

/**
 * Allows a second payout-check where no known order can prove that the gateway's refusals mean
 * "no such order". Throws CHECK_NOT_RELEASABLE where no payout-check waits for this,
 * VERSION_MISMATCH where the payout has another version.
 */
export const releaseCheck = (app: AppContext, commanding: Commanding): Promise<StoredPayout> =>
  command(app, commanding, { kind: 'check_released', by: commanding.by });
