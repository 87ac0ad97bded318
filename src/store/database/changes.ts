/**
 * Which of the payouts that requests wait for have changed: one statement for all of them, on
 * whichever replica the change was written.
 */

import type { Queryable } from './pool.ts';

/** A payout and the version that the waiting client knows already. */
export type Awaited = { payoutId: string; afterVersion: number };

export type Changed = { payoutId: string; version: number };

/** The payouts whose version is above the known one, with their present version. */
export async function findChanged(db: Queryable, awaited: readonly Awaited[]): Promise<Changed[]> {
  const { rows } = await db.query<{ id: string; version: number }>({
    name: 'find-changed',
    text: `select p.id, p.version
      from unnest($1::text[], $2::int[]) as awaited(id, after_version)
      join payouts p on p.id = awaited.id and p.version > awaited.after_version`,
    values: [
      awaited.map(({ payoutId }) => payoutId),
      awaited.map(({ afterVersion }) => afterVersion),
    ],
  });
  return rows.map(({ id, version }) => ({ payoutId: id, version }));
}
