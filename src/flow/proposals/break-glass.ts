/**
 * Resolves a payout whose gateway, account or endpoint is gone for good, by two operators with two
 * API keys: the first proposes, the second approves within a day. As long as the gateway reports on
 * the order, a payout is resolved with its reply (api/resolve-payout.ts). What is accepted is
 * decided in payout/rules/resolve-rules.ts.
 */

import { proposalIdPattern, uuidV7Text } from '../../lib/typeid.ts';
import type { PayoutEvent, UnseenFinding } from '../../payout/model/event.ts';
import type { Queryable } from '../../store/database/pool.ts';
import {
  closeProposal,
  findProposal,
  insertProposal,
  openProposals,
  type Proposal,
} from '../../store/proposals.ts';
import type { Actor } from '../actor.ts';
import { checkVersion } from '../api/check-version.ts';
import { answerTo, type Commanding, commandProblems } from '../api/command-payout.ts';
import { readPayout } from '../api/queries.ts';
import { type ProblemCode, RequestProblem } from '../api/request-problem.ts';
import { pollFirst } from '../api/resolve-payout.ts';
import type { AppContext } from '../context.ts';
import { announce, type Change } from '../write/announce.ts';
import { applyEvent } from '../write/apply-event.ts';

/** How long the second operator has; after that the evidence has to be looked at anew. */
const APPROVABLE_FOR_MS = 24 * 3_600_000;

export type Proposing = Commanding & {
  finding: UnseenFinding;
  /** What the finding rests on. It is kept in the journal, so it holds no receiver data. */
  evidence: string;
};

export type Approving = Actor & { proposalId: string };

export const proposeProblems = [
  ...commandProblems,
  'NOT_RESOLVABLE',
  'PROPOSAL_OPEN',
  'TOO_MANY_PROPOSALS',
] as const satisfies readonly ProblemCode[];

export const approveProblems = [
  'PROPOSAL_NOT_FOUND',
  'PROPOSAL_CLOSED',
  'SAME_PERSON',
  'NOT_RESOLVABLE',
  'ROW_UNREADABLE',
] as const satisfies readonly ProblemCode[];

/**
 * A last attempt to poll the gateway. A reply is recorded, and the core then refuses to resolve
 * without it.
 */
async function pollOnceMore(app: AppContext, payoutId: string): Promise<void> {
  const stored = await readPayout(app, payoutId);
  try {
    await pollFirst(app, stored);
  } catch (error) {
    // No reply, or no gateway that could be polled: this is what the command is for.
    if (!(error instanceof RequestProblem && error.code === 'NOT_RESOLVABLE')) throw error;
  }
}

type Applying = { payoutId: string; event: PayoutEvent; key: string };

/**
 * Applies an event of the payout and, in the same transaction, what it does to the proposal:
 * either both are stored, or neither.
 */
async function applyWith(
  app: AppContext,
  applying: Applying,
  also: (db: Queryable) => Promise<void>,
): Promise<void> {
  const { event, payoutId } = applying;
  const change = await app.db.transaction(async (db): Promise<Change> => {
    const applied = await applyEvent(app, { ...applying, stored: null, db });
    answerTo(event, payoutId, applied);
    if (applied.kind !== 'applied') throw new Error(`${event.kind} was ${applied.kind}`);
    // After the save, whose lock on the payout's row lets only one proposal of it through.
    await also(db);
    return applied.change;
  });
  announce(app, change);
}

/**
 * Proposes how a payout ended. Throws PAYOUT_NOT_FOUND, ROW_UNREADABLE, VERSION_MISMATCH,
 * NOT_RESOLVABLE while an approval would be refused, PROPOSAL_OPEN where another proposal for the
 * payout is open, and TOO_MANY_PROPOSALS.
 */
export async function proposeBreakGlass(app: AppContext, proposing: Proposing): Promise<Proposal> {
  const { payoutId, ifVersion, finding, evidence, by, key } = proposing;
  // Before the poll, whose reply may change the version.
  checkVersion(await readPayout(app, payoutId), ifVersion);
  await pollOnceMore(app, payoutId);
  const now = app.clock.now();
  const proposal: Proposal = {
    id: `prop_${uuidV7Text(now, app.chance.bytes(10))}`,
    kind: 'break_glass',
    payoutId,
    finding,
    evidence,
    proposed: { by, key, at: now },
    expiresAt: now + APPROVABLE_FOR_MS,
    approved: null,
  };
  const event = { kind: 'resolve_proposed', finding, evidence, by } as const;
  await applyWith(app, { payoutId, event, key }, async (db) => {
    const inserted = await insertProposal(db, proposal);
    if (inserted === 'open') throw new RequestProblem('PROPOSAL_OPEN', { payoutId });
    if (inserted === 'full') throw new RequestProblem('TOO_MANY_PROPOSALS', { payoutId });
  });
  return proposal;
}

/** Names are typed: blanks, case and the way to write an accent make no other person. */
const bareName = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

/** Two keys of one person, or two names on one key, are one operator. */
const isSameOperator = (a: Actor, b: Actor): boolean =>
  a.key === b.key || bareName(a.by) === bareName(b.by);

function closed({ payoutId, approved }: Proposal): RequestProblem {
  const detail = approved === null ? 'Its 24 hours are over.' : `${approved.by} has approved it.`;
  return new RequestProblem('PROPOSAL_CLOSED', { payoutId, detail });
}

/**
 * Approves the proposal of another operator with another key, and resolves the payout. Throws
 * PROPOSAL_NOT_FOUND, PROPOSAL_CLOSED after its day or its approval, SAME_PERSON, and
 * NOT_RESOLVABLE where the gateway has reported since, or the payout has ended.
 */
export async function approveProposal(
  app: AppContext,
  { proposalId, by, key }: Approving,
): Promise<Proposal> {
  const isId = proposalIdPattern.test(proposalId);
  const proposal = isId ? await findProposal(app.db, proposalId) : null;
  if (proposal === null) throw new RequestProblem('PROPOSAL_NOT_FOUND');
  const { payoutId, proposed, finding, evidence } = proposal;
  if (proposal.approved !== null || app.clock.now() >= proposal.expiresAt) throw closed(proposal);
  if (isSameOperator(proposed, { by, key })) throw new RequestProblem('SAME_PERSON', { payoutId });
  await pollOnceMore(app, payoutId);
  const approved = { by, key, at: app.clock.now() };
  const event = {
    kind: 'resolved_unseen',
    finding,
    evidence,
    proposedBy: proposed.by,
    proposedKey: proposed.key,
    by,
  } as const;
  await applyWith(app, { payoutId, event, key }, async (db) => {
    // Its day may have ended during the poll, or another operator was faster.
    if (!(await closeProposal(db, proposalId, approved))) throw closed(proposal);
  });
  app.log.warn({ payoutId, keyName: key }, 'Two operators resolved a payout without the gateway.');
  return { ...proposal, approved };
}

/** The proposals that wait for a second operator, the oldest first. */
export const waitingProposals = (app: AppContext): Promise<Proposal[]> =>
  openProposals(app.db, app.clock.now());
