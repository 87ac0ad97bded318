/**
 * Two operators resolve a payout whose gateway is gone: who may, until when, and never while the
 * gateway answers.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  approveProposal,
  proposeBreakGlass,
  waitingProposals,
} from '../../src/flow/proposals/break-glass.ts';
import { COMMAND_LINE } from '../../src/flow/actor.ts';
import { closeProposal } from '../../src/store/proposals.ts';
import { createDrivenFlow, type DrivenFlow, euros } from '../support/driven-flow.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The simulated bank leaves the result of this one unknown. */
const RESULT_UNKNOWN = euros(4);

let world: DrivenFlow;
beforeAll(async () => {
  world = await createDrivenFlow();
});
afterAll(() => world.close());

const propose = (payoutId: string, person = { by: 'Ann', key: 'first' }) =>
  proposeBreakGlass(world.app, {
    payoutId,
    ifVersion: null,
    finding: 'not_paid',
    evidence: 'letter of the bank',
    ...person,
  });
const approve = (proposalId: string, person = { by: 'Bob', key: 'second' }) =>
  approveProposal(world.app, { proposalId, ...person });

/** A payout that is being paid, and whose gateway or endpoint is gone for more than a day. */
async function orphaned(gone: 'gateway_identity' | 'endpoint' = 'gateway_identity') {
  const id = await world.create(RESULT_UNKNOWN);
  await world.runUntilStatus(id, 'processing');
  await world.database.query(
    `update payouts set ${gone} = 'closed', revision = revision + 1 where id = $1`,
    [id],
  );
  world.clock.advance(DAY_MS + HOUR_MS);
  return id;
}

test('the second operator, with another key, ends the payout; both are in its journal', async () => {
  const id = await orphaned();
  const proposal = await propose(id);
  expect(await world.payout(id)).toMatchObject({ status: 'processing' });
  expect(await waitingProposals(world.app)).toEqual([proposal]);
  const approved = await approve(proposal.id);
  expect(approved.approved).toMatchObject({ by: 'Bob', key: 'second' });
  expect(await world.payout(id)).toMatchObject({ status: 'declined', moneyMoved: 'no' });
  expect(await world.attention(id)).toEqual(['resolved_unseen']);
  const entries = await world.database.query<{ kind: string; data: object }>(
    `select kind, data from payout_events where payout_id = $1 and kind like 'resolve%' order by id`,
    [id],
  );
  expect(entries).toMatchObject([
    { kind: 'resolve_proposed', data: { by: 'Ann', key: 'first', finding: 'not_paid' } },
    {
      kind: 'resolved_unseen',
      data: { proposedBy: 'Ann', proposedKey: 'first', by: 'Bob', key: 'second' },
    },
  ]);
  expect(await waitingProposals(world.app)).toEqual([]);
  await expect(approve(proposal.id)).rejects.toMatchObject({ code: 'PROPOSAL_CLOSED' });
});

test.each([
  ['the same key', { by: 'Bob', key: 'first' }],
  ['the same name', { by: 'Ann', key: 'second' }],
  ['the same name, written otherwise', { by: ' ANN', key: 'second' }],
  ['the same name in full-width letters', { by: 'ＡＮＮ', key: 'second' }],
])('%s approves nothing', async (_what, person) => {
  const id = await orphaned();
  const { id: proposalId } = await propose(id);
  await expect(approve(proposalId, person)).rejects.toMatchObject({ code: 'SAME_PERSON' });
  expect(await world.payout(id)).toMatchObject({ status: 'processing' });
});

test('a payout of an endpoint that is configured no more is settled too', async () => {
  const id = await orphaned('endpoint');
  const { id: proposalId } = await propose(id);
  await approve(proposalId);
  expect(await world.payout(id)).toMatchObject({ status: 'declined', moneyMoved: 'no' });
});

test('two operators of the command line are one', async () => {
  const id = await orphaned();
  const { id: proposalId } = await propose(id, { by: 'Ann', key: COMMAND_LINE });
  const second = approve(proposalId, { by: 'Bob', key: COMMAND_LINE });
  await expect(second).rejects.toMatchObject({ code: 'SAME_PERSON' });
});

test('a payout that ended meanwhile is left as it is, and so is its proposal', async () => {
  const id = await orphaned();
  const { id: proposalId } = await propose(id);
  await world.database.query(
    `update payouts set status = 'approved', money_moved = 'yes', finalized_at = now(),
      revision = revision + 1 where id = $1`,
    [id],
  );
  await expect(approve(proposalId)).rejects.toMatchObject({ code: 'NOT_RESOLVABLE' });
  expect(await world.payout(id)).toMatchObject({ status: 'approved', moneyMoved: 'yes' });
  const proposals = await world.database.query(
    'select approved_at from proposals where payout_id = $1',
    [id],
  );
  expect(proposals).toEqual([{ approved_at: null }]);
});

test('of two proposals in the same moment one is kept, with one journal entry', async () => {
  const id = await orphaned();
  const answers = await Promise.allSettled([
    propose(id),
    propose(id, { by: 'Bob', key: 'second' }),
  ]);
  const refused = answers.find(({ status }) => status === 'rejected');
  expect(refused).toMatchObject({ reason: { code: 'PROPOSAL_OPEN' } });
  const kinds = (await world.journal(id)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'resolve_proposed')).toHaveLength(1);
});

test('while 500 proposals are open, no other is taken', async () => {
  const id = await orphaned();
  const inAnHour = new Date(world.clock.now() + HOUR_MS);
  await world.database.query(
    `insert into proposals (id, kind, payout_id, finding, evidence, proposed_by, proposed_key,
        proposed_at, expires_at)
      select 'filler' || n, 'break_glass', $1, 'paid', 'e', 'Dan', 'fourth', $2, $2
      from generate_series(1, 500) n`,
    [await world.create(), inAnHour],
  );
  await expect(propose(id)).rejects.toMatchObject({ code: 'TOO_MANY_PROPOSALS' });
  world.clock.advance(HOUR_MS);
  await propose(id);
});

test('after a day it cannot be approved, and can be proposed again', async () => {
  const id = await orphaned();
  const first = await propose(id);
  await expect(propose(id, { by: 'Bob', key: 'second' })).rejects.toMatchObject({
    code: 'PROPOSAL_OPEN',
  });
  world.clock.advance(DAY_MS);
  await expect(approve(first.id)).rejects.toMatchObject({ code: 'PROPOSAL_CLOSED' });
  const second = await propose(id);
  await approve(second.id);
  expect(await world.payout(id)).toMatchObject({ status: 'declined' });
});

test('a day that ends during the poll, and a faster approval, are seen in the last statement', async () => {
  const { id, expiresAt } = await propose(await orphaned());
  const closeAt = (at: number) => closeProposal(world.app.db, id, { by: 'Bob', key: 'second', at });
  expect(await closeAt(expiresAt)).toBe(false);
  expect(await closeAt(expiresAt - 1)).toBe(true);
  expect(await closeAt(expiresAt - 1)).toBe(false);
});

test('of two that approve at the same moment one is refused', async () => {
  const id = await orphaned();
  const { id: proposalId } = await propose(id);
  const answers = await Promise.allSettled([
    approve(proposalId),
    approve(proposalId, { by: 'Cleo', key: 'third' }),
  ]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const kinds = (await world.journal(id)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'resolved_unseen')).toHaveLength(1);
});

test('a gateway that answers is asked first, and then nothing is proposed or approved', async () => {
  const id = await world.create(RESULT_UNKNOWN);
  await world.runUntilStatus(id, 'processing');
  world.clock.advance(2 * DAY_MS);
  await expect(propose(id)).rejects.toMatchObject({ code: 'NOT_RESOLVABLE' });
  const other = await orphaned();
  const { gateway } = await world.payout(id);
  const { id: proposalId } = await propose(other);
  await world.database.query(
    'update payouts set gateway_identity = $2, revision = revision + 1 where id = $1',
    [other, gateway.identity],
  );
  await expect(approve(proposalId)).rejects.toMatchObject({ code: 'NOT_RESOLVABLE' });
  expect(await world.payout(other)).toMatchObject({ status: 'processing' });
});

test('an id that is none is not found', async () => {
  for (const id of ['nonsense', `prop_${'0'.repeat(26)}`]) {
    await expect(approve(id)).rejects.toMatchObject({ code: 'PROPOSAL_NOT_FOUND' });
  }
});
