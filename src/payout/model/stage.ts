/**
 * The order stages of the gateway, and the kind of each. The status decides a payout's result; the
 * stage decides whether payout-pay may be sent, and it can delay a negative result. It never fails
 * a payout and never pays one. The rules that use it are rules/judge-progress.ts and
 * rules/judge-negative.ts.
 */

/** The stage at which payout-pay may be sent (payneteasy: payout_check_validated). */
export const STAGE_VALIDATED = 'payout_check_validated';
export const STAGE_VALIDATING = 'payout_check_validating';

/**
 * Whether a stage belongs to the bank's check, as `payout_check_processing` does. It shows no
 * payment; a replica of the gateway that lags may show it after a later stage.
 */
export const isOfCheck = (stage: string | null): boolean => stage?.includes('_check_') === true;

export type StageKind = 'missing' | 'unlisted' | 'open' | 'still_deciding' | 'end' | 'error_end';

/**
 * Suffixes of stage names over all command families of the gateway. Of the payout family only the
 * two check stages are documented, so the others follow the pattern of the other families. The
 * longest suffix is tried first: `_chain_declined` is not final although it ends in `_declined`.
 */
const kindBySuffix: readonly (readonly [string, StageKind])[] = (
  [
    ['_chain_declined', 'still_deciding'],
    ['_unknown', 'still_deciding'],
    ['_test_checking', 'open'],
    ['_verificating', 'open'],
    ['_registering', 'open'],
    ['_verificated', 'open'],
    ['_processing', 'open'],
    ['_validating', 'open'],
    ['_filtering', 'open'],
    ['_validated', 'open'],
    ['_starting', 'open'],
    // An approved stage next to a negative status is a contradiction, so it is not final.
    ['_approved', 'still_deciding'],
    ['_cancelled', 'end'],
    ['_declined', 'end'],
    ['_filtered', 'end'],
    ['_rejected', 'end'],
    ['_failed', 'end'],
    ['_error', 'error_end'],
  ] as [string, StageKind][]
).toSorted(([a], [b]) => b.length - a.length);

/** Whether a stage is one of the two documented ones, in which an order waits for payout-pay. */
export const isCheckStage = (stage: string | null): boolean =>
  stage === STAGE_VALIDATING || stage === STAGE_VALIDATED;

/** What a stage says about a negative status in the same reply. Case is ignored. */
export function stageKind(stage: string | null): StageKind {
  if (stage === null || stage === '') return 'missing';
  const name = stage.toLowerCase();
  return kindBySuffix.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 'unlisted';
}

/** Whether a stage is one on the way, and none of the check: the payment may be under way. */
export const isPayingStage = (stage: string | null): boolean =>
  stageKind(stage) === 'open' && !isOfCheck(stage);
