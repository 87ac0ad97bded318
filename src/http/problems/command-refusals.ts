/**
 * The problems of a command on a payout that was understood and is refused; part of the table in
 * registry.ts.
 */

import type { ProblemCode } from '../../flow/api/request-problem.ts';
import { NOTHING_DONE, type ProblemEntry } from './entry.ts';

export const commandRefusals = {
  NOT_AUTHORIZABLE: {
    status: 409,
    title: 'Not authorizable',
    happened: 'The payout is final, so an authorization can no longer release it.',
    outcome: 'Known: the payout is unchanged.',
    retry: 'No: read the payout to see how it ended.',
    namesPayout: true,
  },
  NOT_DEAUTHORIZABLE: {
    status: 409,
    title: 'Not deauthorizable',
    happened: 'payout-pay may have left already, or the payout is final.',
    outcome:
      'Known: a payment that may be moving was not stopped. If the payout is not final, no ' +
      'further payout-pay is sent, and it waits for a new authorization if none has left.',
    retry: 'No: read the payout until it is final, or waits for an authorization.',
    namesPayout: true,
  },
  NOT_CANCELABLE: {
    status: 409,
    title: 'Not cancelable',
    happened: 'The money may already be moving, or the payout is final.',
    outcome:
      'Known: the payout was not canceled. If its money may be moving, no further payout-pay is ' +
      'sent, and the payout ends as canceled if no payout-pay has left.',
    retry: 'No: read the payout until it is final.',
    namesPayout: true,
  },
  CHECK_NOT_RELEASABLE: {
    status: 409,
    title: 'Check not releasable',
    happened:
      'No second payout-check waits for an operator, or a second one has already been sent.',
    outcome: NOTHING_DONE,
    retry: 'Only after the payout shows the attention item check_outcome_unknown.',
    namesPayout: true,
  },
  VERSION_MISMATCH: {
    status: 412,
    title: 'Version mismatch',
    happened: 'The payout does not have the version that If-Match names.',
    outcome: 'Known: this command changed nothing; the payout had already changed.',
    retry: 'Read the payout again. If the command still applies, retry it with the new version.',
    namesPayout: true,
  },
  AHEAD_OF_HISTORY: {
    status: 409,
    title: 'Ahead of history',
    happened:
      'The request names a version or a feed position that this service has never given. The ' +
      'client has it from a history that the service has lost, for example by a restore.',
    outcome: 'Known: this request changed nothing. Later changes that you saw may be lost.',
    retry:
      'Not with this position: read the payout, or the feed from the last position that is still ' +
      'accepted, and compare. Tell the operator of the service.',
    namesPayout: true,
  },
  MORE_THAN_EXPECTED: {
    status: 409,
    title: 'More than expected',
    happened: 'More payouts match the filter than `expected` says.',
    outcome: 'Known: no payout was changed.',
    retry: 'Count again without `expected`, look at what matches, and send the new number.',
  },
  TOO_MANY_PAUSES: {
    status: 409,
    title: 'Too many pauses',
    happened: 'As many parts of the payments are paused as this service keeps.',
    outcome: 'Known: this part was not paused.',
    retry: 'After another part was resumed; or pause all payments.',
  },
  PROPOSAL_NOT_FOUND: {
    status: 404,
    title: 'Proposal not found',
    happened: 'There is no proposal with this id.',
    outcome: NOTHING_DONE,
    retry: 'No: list the open proposals.',
  },
  PROPOSAL_OPEN: {
    status: 409,
    title: 'Proposal open',
    happened: 'Another proposal for this payout waits for its second operator.',
    outcome: 'Known: no further proposal was stored.',
    retry: 'After the other one was approved, or its 24 hours are over.',
    namesPayout: true,
  },
  PROPOSAL_CLOSED: {
    status: 409,
    title: 'Proposal closed',
    happened: 'The proposal was approved before, or its 24 hours are over.',
    outcome: 'Known: this request changed nothing.',
    retry: 'No: read the payout. If it is still open, propose again.',
    namesPayout: true,
  },
  TOO_MANY_PROPOSALS: {
    status: 409,
    title: 'Too many proposals',
    happened: 'As many proposals wait for a second operator as this service keeps.',
    outcome: 'Known: no further proposal was stored.',
    retry: 'After others were approved, or their 24 hours are over.',
    namesPayout: true,
  },
  SAME_PERSON: {
    status: 409,
    title: 'Same person',
    happened: 'The proposal has this name, or came by this API key.',
    outcome: 'Known: the proposal was not approved.',
    retry: 'By another operator, with another API key.',
    namesPayout: true,
  },
  NOT_RESOLVABLE: {
    status: 409,
    title: 'Not resolvable',
    happened:
      'The payout cannot be resolved this way now: the gateway could not be polled, its reply ' +
      'contradicts the finding, or a command may still arrive at the gateway.',
    outcome: "Known: the payout was not resolved; the gateway's reply, if any, was recorded.",
    retry: 'Yes, when the reason in `detail` no longer applies.',
    namesPayout: true,
  },
  NOTHING_TO_ACKNOWLEDGE: {
    status: 409,
    title: 'Nothing to acknowledge',
    happened: 'The payout has no open attention item, or none with this code.',
    outcome: 'Known: the payout is unchanged.',
    retry: 'No: read the payout to see its open attention item.',
  },
  NOT_NOTIFYING: {
    status: 409,
    title: 'Not notifying',
    happened:
      'This installation does not notify its platform, so no notification can be delivered. It ' +
      'was last started with PRAXIS_NOTIFY_URL=none, or never with an address.',
    outcome: 'Known: no redelivery was started.',
    retry: 'Yes, after a start with the address of the platform in PRAXIS_NOTIFY_URL.',
  },
  ROW_UNREADABLE: {
    status: 409,
    title: 'Row unreadable',
    happened:
      'The stored row of the payout cannot be read: something outside of the service has changed ' +
      'it, and `detail` names what.',
    outcome: 'Known: this command changed nothing.',
    retry: 'Only after the operator of the service has restored the row.',
    namesPayout: true,
  },
} as const satisfies Partial<Record<ProblemCode, ProblemEntry>>;
