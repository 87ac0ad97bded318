/**
 * The actions that a payout allows now. An example of each command is tried on the rules of
 * transition.ts, so that no second list can disagree with them.
 */

import type { Context } from './model/decision.ts';
import { findings, type PayoutEvent, unseenFindings } from './model/event.ts';
import type { Payout } from './model/payout.ts';
import { remember } from './policy/attempts-and-polls.ts';
import { transition } from './transition.ts';

export const actions = [
  'authorize',
  'deauthorize',
  'cancel',
  'resolve',
  'break_glass',
  'acknowledge',
  'release_check',
] as const;
export type Action = (typeof actions)[number];

const NO_NAME = '';

/** Example events of an action; the action is allowed if one of them changes the payout. */
function examples(payout: Payout, action: Action): PayoutEvent[] {
  switch (action) {
    case 'authorize':
      return [{ kind: 'authorized', by: NO_NAME, source: 'api' }];
    case 'deauthorize':
      return [{ kind: 'deauthorized', by: NO_NAME }];
    case 'cancel':
      return [{ kind: 'canceled', by: NO_NAME, source: 'api' }];
    case 'resolve':
      // As if the preceding status request had just confirmed what is known already.
      return findings.map((finding) => ({
        kind: 'resolved',
        finding,
        evidence: '',
        name: NO_NAME,
        by: NO_NAME,
        requestedAt: payout.tracking.reply?.requestedAt ?? 0,
        asOf: payout.tracking.reply?.asOf ?? payout.tracking.sequence,
      }));
    case 'break_glass':
      return unseenFindings.map((finding) => ({
        kind: 'resolved_unseen',
        finding,
        evidence: '',
        proposedBy: NO_NAME,
        proposedKey: NO_NAME,
        by: NO_NAME,
      }));
    case 'acknowledge':
      return payout.attention.map(({ code }) => ({ kind: 'acknowledged', code, by: NO_NAME }));
    case 'release_check':
      return [{ kind: 'check_released', by: NO_NAME }];
  }
}

/** The payout as if its last reply had been requested after everything else that it records. */
function polledJustNow(payout: Payout): Payout {
  const { reply, sequence } = payout.tracking;
  if (reply === null) return payout;
  const asOf = { ...sequence, reply: sequence.reply - 1 };
  return remember(payout, { reply: { ...reply, asOf } });
}

/**
 * The actions that the core accepts now. The ten seconds after a lost connection are ignored: a
 * cancel then becomes a stop wish, and the list would change and change back without a new version.
 */
export function allowedActions(stored: Payout, around: Context): Action[] {
  const payout = polledJustNow(stored);
  const context = { ...around, history: { ...around.history, repliesFrom: 0 } };
  const changes = (event: PayoutEvent): boolean => {
    const decision = transition(payout, event, context);
    return decision.kind === 'applied' && decision.payout.version > payout.version;
  };
  return actions.filter((action) => examples(payout, action).some(changes));
}
