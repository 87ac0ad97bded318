/**
 * Proposals of commands that take two operators. A proposal never changes but for its approval, so
 * that the second operator approves exactly what the first one wrote. Who may approve is decided in
 * flow/proposals/break-glass.ts.
 */

import { z } from 'zod';
import { type UnseenFinding, unseenFindings } from '../payout/model/event.ts';
import type { Queryable } from './database/pool.ts';

export const proposalKinds = ['break_glass'] as const;

/** The operator who proposed or approved, the API key that was used, and when. */
export type Confirmation = { by: string; key: string; at: number };

export type Proposal = {
  id: string;
  kind: (typeof proposalKinds)[number];
  payoutId: string;
  finding: UnseenFinding;
  evidence: string;
  proposed: Confirmation;
  expiresAt: number;
  approved: Confirmation | null;
};

/**
 * Open at the same time, one for each payout: as many as two operators read within a day, and as
 * one response lists. Proposals that are made in the same moment may exceed it by their number.
 */
const OPEN_MAX = 500;

const instant = z.date().transform((date) => date.getTime());

const rowSchema = z
  .object({
    id: z.string(),
    kind: z.enum(proposalKinds),
    payout_id: z.string(),
    finding: z.enum(unseenFindings),
    evidence: z.string(),
    proposed_by: z.string(),
    proposed_key: z.string(),
    proposed_at: instant,
    expires_at: instant,
    approved_by: z.string().nullable(),
    approved_key: z.string().nullable(),
    approved_at: instant.nullable(),
  })
  .transform(
    (row): Proposal => ({
      id: row.id,
      kind: row.kind,
      payoutId: row.payout_id,
      finding: row.finding,
      evidence: row.evidence,
      proposed: { by: row.proposed_by, key: row.proposed_key, at: row.proposed_at },
      expiresAt: row.expires_at,
      approved:
        row.approved_by === null || row.approved_key === null || row.approved_at === null
          ? null
          : { by: row.approved_by, key: row.approved_key, at: row.approved_at },
    }),
  );

const COLUMNS = `id, kind, payout_id, finding, evidence, proposed_by, proposed_key, proposed_at,
  expires_at, approved_by, approved_key, approved_at`;

/**
 * Stores a proposal. `open`: another one for the payout can still be approved, and nothing was
 * stored; `full`: as many as are kept at a time are open. The transaction has to hold the lock on
 * the payout's row; otherwise two for one payout could come in the same moment.
 */
export async function insertProposal(
  db: Queryable,
  proposal: Proposal,
): Promise<'inserted' | 'open' | 'full'> {
  const { id, kind, payoutId, finding, evidence, proposed, expiresAt } = proposal;
  const { rows } = await db.query<{ ofPayout: number; all: number }>({
    name: 'count-proposals',
    text: `select count(*) filter (where payout_id = $1)::int as "ofPayout", count(*)::int as "all"
      from proposals where approved_at is null and expires_at > $2`,
    values: [payoutId, new Date(proposed.at)],
  });
  const [open = { ofPayout: 0, all: 0 }] = rows;
  if (open.ofPayout > 0) return 'open';
  if (open.all >= OPEN_MAX) return 'full';
  await db.query({
    name: 'insert-proposal',
    text: `insert into proposals
        (id, kind, payout_id, finding, evidence, proposed_by, proposed_key, proposed_at, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    values: [
      id,
      kind,
      payoutId,
      finding,
      evidence,
      proposed.by,
      proposed.key,
      new Date(proposed.at),
      new Date(expiresAt),
    ],
  });
  return 'inserted';
}

export async function findProposal(db: Queryable, id: string): Promise<Proposal | null> {
  const { rows } = await db.query({
    name: 'find-proposal',
    text: `select ${COLUMNS} from proposals where id = $1`,
    values: [id],
  });
  return rows[0] === undefined ? null : rowSchema.parse(rows[0]);
}

/** The proposals that can still be approved at `now`, the oldest first. */
export async function openProposals(db: Queryable, now: number): Promise<Proposal[]> {
  const { rows } = await db.query({
    name: 'open-proposals',
    text: `select ${COLUMNS} from proposals where approved_at is null and expires_at > $1
      order by expires_at, id limit $2`,
    values: [new Date(now), OPEN_MAX],
  });
  return z.array(rowSchema).parse(rows);
}

/** Records the approval; false where the proposal has one, or can no longer be approved. */
export async function closeProposal(
  db: Queryable,
  id: string,
  { by, key, at }: Confirmation,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'close-proposal',
    text: `update proposals set approved_by = $2, approved_key = $3, approved_at = $4
      where id = $1 and approved_at is null and expires_at > $4`,
    values: [id, by, key, new Date(at)],
  });
  return rowCount === 1;
}
