/**
 * What it means for a payout before payout-pay that its authorization is taken back. When that is
 * done is decided in rules/deauthorize-rules.ts, and in rules/pay-rules.ts for an attempt that
 * never left.
 */

import type { Instant } from '../../lib/clock.ts';
import { raise } from '../model/attention.ts';
import { REAUTHORIZABLE_FOR_MS } from '../model/limits.ts';
import type { Payout } from '../model/payout.ts';
import { advance, remember } from './attempts-and-polls.ts';

/**
 * The payout without its authorization. It is withheld, so that neither `automatic` nor an `A` that
 * the cashier repeats releases it: only a new authorization over HTTP does.
 */
export function withdrawn(payout: Payout, now: Instant): Payout {
  const { expiresAt } = payout.authorization;
  // guard: authorization-withdrawn
  const authorization = {
    authorizedAt: null,
    by: null,
    expiresAt: expiresAt === null ? null : Math.max(expiresAt, now + REAUTHORIZABLE_FOR_MS),
    withheld: true,
  };
  const next = raise({ ...payout, authorization }, 'authorization_withdrawn', now);
  return advance(
    remember(next, { authorizedEpoch: null, deauthorizeWish: false }),
    'authorization',
  );
}
