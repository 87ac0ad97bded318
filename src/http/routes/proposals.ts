/**
 * POST /v1/payouts/{id}/break-glass, GET /v1/proposals and POST /v1/proposals/{id}/approve:
 * commands that take two operators. What they do is decided in flow/proposals/break-glass.ts.
 */

import { z } from 'zod';
import {
  approveProblems,
  approveProposal,
  proposeBreakGlass,
  proposeProblems,
  waitingProposals,
} from '../../flow/proposals/break-glass.ts';
import type { AppContext } from '../../flow/context.ts';
import { unseenFindings } from '../../payout/model/event.ts';
import { type Confirmation, type Proposal, proposalKinds } from '../../store/proposals.ts';
import { actorOf } from '../plugins/api-keys.ts';
import { namedProblems, operatorReplies } from '../problems/schema.ts';
import { requireVersion } from '../request-headers.ts';
import { openEnum } from '../schema/fields.ts';
import { approveBodySchema, breakGlassBodySchema } from '../schema/operator.ts';
import type { HttpServer } from '../server.ts';
import { payoutParamsSchema } from './read-payouts.ts';

const confirmationSchema = z
  .object({ by: z.string(), key: z.string(), at: z.iso.datetime() })
  .meta({ id: 'Confirmation', description: 'The operator, the API key that was used, and when.' });

const proposalSchema = z
  .object({
    id: z.string(),
    kind: openEnum(proposalKinds),
    payout_id: z.string(),
    finding: openEnum(unseenFindings),
    evidence: z.string(),
    proposed: confirmationSchema,
    expires_at: z.iso.datetime().describe('Until when a second operator can approve it.'),
    approved: confirmationSchema.nullable(),
  })
  .meta({ id: 'Proposal', description: 'A command that a second operator has to approve.' });

const proposalsSchema = z.object({
  data: z.array(proposalSchema).describe('What waits for a second operator, the oldest first.'),
});

const timeText = (at: number): string => new Date(at).toISOString();
const presentConfirmation = ({ by, key, at }: Confirmation) => ({ by, key, at: timeText(at) });

const present = (proposal: Proposal) => ({
  id: proposal.id,
  kind: proposal.kind,
  payout_id: proposal.payoutId,
  finding: proposal.finding,
  evidence: proposal.evidence,
  proposed: presentConfirmation(proposal.proposed),
  expires_at: timeText(proposal.expiresAt),
  approved: proposal.approved === null ? null : presentConfirmation(proposal.approved),
});

export function registerProposals(server: HttpServer, app: AppContext): void {
  server.post(
    '/v1/payouts/:id/break-glass',
    {
      config: { scope: 'operator' },
      schema: {
        operationId: 'proposeBreakGlass',
        tags: ['operator'],
        summary: 'Propose how a payout ended whose gateway is gone for good',
        description:
          'For a payout whose gateway, account or endpoint will never answer again, and only ' +
          'after a day without a report on its order. A second operator with another API key has ' +
          'to approve it within 24 hours. `money_moved` is then by the word of both.',
        params: payoutParamsSchema,
        body: breakGlassBodySchema,
        response: { 201: proposalSchema, ...operatorReplies(...namedProblems, ...proposeProblems) },
      },
    },
    async (request, reply) => {
      const { finding, evidence, name } = request.body;
      const proposal = await proposeBreakGlass(app, {
        payoutId: request.params.id,
        ifVersion: requireVersion(request),
        finding,
        evidence,
        ...actorOf(request, name),
      });
      return reply.code(201).send(present(proposal));
    },
  );

  server.get(
    '/v1/proposals',
    {
      config: { scope: 'operator' },
      schema: {
        operationId: 'listProposals',
        tags: ['operator'],
        summary: 'List what waits for a second operator',
        response: { 200: proposalsSchema, ...operatorReplies() },
      },
    },
    async () => ({ data: (await waitingProposals(app)).map(present) }),
  );

  server.post(
    '/v1/proposals/:id/approve',
    {
      config: { scope: 'operator' },
      schema: {
        operationId: 'approveProposal',
        tags: ['operator'],
        summary: 'Approve what another operator has proposed, and carry it out',
        params: z.object({ id: z.string().describe('Id of the proposal, beginning with prop_.') }),
        body: approveBodySchema,
        response: { 200: proposalSchema, ...operatorReplies(...namedProblems, ...approveProblems) },
      },
    },
    async (request) =>
      present(
        await approveProposal(app, {
          proposalId: request.params.id,
          ...actorOf(request, request.body.name),
        }),
      ),
  );
}
