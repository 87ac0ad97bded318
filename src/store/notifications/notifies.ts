/**
 * Whether this installation notifies its platform: one value in the database, for every replica.
 * What a start says about it is decided in service/notifying.ts; the claim of a notification reads
 * it inside its own statement (notification-leases.ts).
 */

import type { Queryable } from '../database/pool.ts';

/** Null: no start has said so yet. */
export type Notifies = boolean | null;

/** For statements: true only where the installation notifies. */
export const NOTIFIES_SQL = '(select coalesce(bool_or(notifies), false) from installation)';

export async function readNotifies(db: Queryable): Promise<Notifies> {
  const { rows } = await db.query<{ notifies: Notifies }>({
    name: 'read-notifies',
    text: 'select notifies from installation',
  });
  return rows[0]?.notifies ?? null;
}

/** Stores what a start says; true where that changed something. */
export async function recordNotifies(db: Queryable, notifies: boolean): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'record-notifies',
    text: 'update installation set notifies = $1 where notifies is distinct from $1',
    values: [notifies],
  });
  return rowCount === 1;
}
