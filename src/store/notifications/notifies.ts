/**
 * Whether this installation notifies its platform: one value in the database, for every replica.
 * `service/notifying.ts` decides the value at a start; the claim of a notification reads it inside
 * its own statement (`notification-leases.ts`).
 */

import type { Queryable } from '../database/pool.ts';

/** Null: no start has stored it yet. */
export type Notifies = boolean | null;

/**
 * For statements: whether the installation notifies. A restore under a running process can bring
 * back the time before any start stored the value; then a process that has the address
 * (`hasAddress`) notifies, since its own start had stored true.
 */
export const notifiesSql = (hasAddress: string): string =>
  `(select coalesce(bool_or(notifies), ${hasAddress}) from installation)`;

export async function readNotifies(db: Queryable): Promise<Notifies> {
  const { rows } = await db.query<{ notifies: Notifies }>({
    name: 'read-notifies',
    text: 'select notifies from installation',
  });
  return rows[0]?.notifies ?? null;
}

/** Stores the value of a start; true where that changed it. */
export async function recordNotifies(db: Queryable, notifies: boolean): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'record-notifies',
    text: 'update installation set notifies = $1 where notifies is distinct from $1',
    values: [notifies],
  });
  return rowCount === 1;
}
