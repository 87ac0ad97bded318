/**
 * Order stages of the gateway. The status decides; the stage decides whether payout-pay may be
 * sent, and it can delay a negative end. It never fails a payout and never pays one.
 */

/** The stage at which payout-pay may be sent (payneteasy: payout_check_validated). */
export const STAGE_VALIDATED = 'payout_check_validated';
export const STAGE_VALIDATING = 'payout_check_validating';

export type StageKind = 'missing' | 'unlisted' | 'open' | 'still_deciding' | 'end' | 'error_end';

/**
 * Endings of stage names over all command families of the gateway. The payout family itself is
 * documented for the two check stages only, so the rest is read by the pattern of its siblings.
 * Longest first: `_chain_declined` goes on although it ends in `_declined`.
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
    // An approved end beside a negative status contradicts itself, so it is no end to rely on.
    ['_approved', 'still_deciding'],
    ['_cancelled', 'end'],
    ['_declined', 'end'],
    ['_filtered', 'end'],
    ['_rejected', 'end'],
    ['_failed', 'end'],
    ['_error', 'error_end'],
  ] as [string, StageKind][]
).toSorted(([a], [b]) => b.length - a.length);

/** What a stage says about a negative status beside it. Compared without regard to case. */
export function stageKind(stage: string | null): StageKind {
  if (stage === null || stage === '') return 'missing';
  const name = stage.toLowerCase();
  return kindBySuffix.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 'unlisted';
}
