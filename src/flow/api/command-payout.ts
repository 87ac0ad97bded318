/**
 * Words of the platform about one payout: authorize it, cancel it. Each is decided by the core on
 * what is on disk, and answered with the payout as it is afterwards.
 */

import type { PayoutEvent } from '../../payout/model/event.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import { type Applied, applyEvent } from '../write/apply-event.ts';
import { mismatch } from './check-version.ts';
import { readPayout } from './queries.ts';
import { type ProblemCode, RequestProblem } from './request-problem.ts';

type Refusal = Extract<Applied, { kind: 'refused' }>['code'];

const problemOf: Partial<Record<Refusal, ProblemCode>> = {
  not_authorizable: 'NOT_AUTHORIZABLE',
  not_cancelable: 'NOT_CANCELABLE',
  not_resolvable: 'NOT_RESOLVABLE',
  outpaced: 'NOT_RESOLVABLE',
  check_not_releasable: 'CHECK_NOT_RELEASABLE',
  nothing_to_acknowledge: 'NOTHING_TO_ACKNOWLEDGE',
  version_mismatch: 'VERSION_MISMATCH',
};

export type Commanding = {
  payoutId: string;
  /** Who says it: the name of the API key. */
  by: string;
  /** The versions under which the caller wants it done; null where any will do. */
  ifVersion: readonly number[] | null;
};

/**
 * The payout after a word; throws the problem that stands for a refusal by the core, or by the
 * versions under which the caller wants it done.
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
      throw new RequestProblem(code, { detail: applied.says, payoutId });
    }
    case 'missing':
    case 'fenced':
    case 'repeated':
      throw new Error(`${event.kind} was ${applied.kind}, which words are not`);
  }
}

/** Applies a word, and answers as {@link answerTo} does. */
export async function command(
  app: AppContext,
  { payoutId, ifVersion }: Omit<Commanding, 'by'>,
  event: PayoutEvent,
): Promise<StoredPayout> {
  const stored = await readPayout(app, payoutId);
  const condition = ifVersion === null ? {} : { ifVersion };
  const applied = await applyEvent(app, { payoutId, stored, event, ...condition });
  return answerTo(event, payoutId, applied, ifVersion);
}

/**
 * Releases a payout that waits for an authorization; repeats change nothing. Throws
 * NOT_AUTHORIZABLE once it has ended, VERSION_MISMATCH where it has another version.
 */
export const authorizePayout = (app: AppContext, commanding: Commanding): Promise<StoredPayout> =>
  command(app, commanding, { kind: 'authorized', by: commanding.by, source: 'api' });

/**
 * Stops a payout before payout-pay; throws NOT_CANCELABLE once its money may be moving,
 * VERSION_MISMATCH where it has another version.
 */
export const cancelPayout = (app: AppContext, commanding: Commanding): Promise<StoredPayout> =>
  command(app, commanding, { kind: 'canceled', by: commanding.by, source: 'api' });

/**
 * Lets a second payout-check go where no known order can show that the gateway's refusals mean that
 * it has none. Throws CHECK_NOT_RELEASABLE where none waits for that, VERSION_MISMATCH where the
 * payout has another version.
 */
export const releaseCheck = (app: AppContext, commanding: Commanding): Promise<StoredPayout> =>
  command(app, commanding, { kind: 'check_released', by: commanding.by });
