/**
 * The rights that a running service needs on its tables, and those that its role lacks. The role
 * that migrates owns the tables; the one that runs may only read and write them.
 */

import { type ClientBase, DatabaseError } from 'pg';

type Right = 'select' | 'insert' | 'update';

/** Every table of the schema with what the service does to it; nothing is ever deleted. */
export const TABLE_RIGHTS: Readonly<Record<string, readonly Right[]>> = {
  payouts: ['select', 'insert', 'update'],
  payout_events: ['select', 'insert', 'update'],
  notifications: ['select', 'insert', 'update'],
  notification_attempts: ['select', 'insert'],
  callbacks: ['select', 'insert'],
  cashier_calls: ['select', 'insert'],
  pause: ['select', 'update'],
  proposals: ['select', 'insert', 'update'],
  pauses: ['select', 'insert', 'update'],
  feed_head: ['select', 'update'],
  installation: ['select', 'update'],
  gateway_identities: ['select', 'insert'],
  gateway_continuations: ['select', 'insert'],
  check_breakers: ['select', 'insert', 'update'],
  data_keys: ['select', 'insert', 'update'],
  row_keys: ['select', 'insert'],
  schema_migrations: ['select'],
};

/** insufficient_privilege */
const REFUSED = '42501';

const rightsText = `
select current_user::text as role, needed.ours::text as table,
  string_agg(needed.right, ', ' order by needed.position) as rights
from (
  select to_regclass(wanted.name) as ours, wanted.right, wanted.position
  from unnest($1::text[], $2::text[]) with ordinality as wanted (name, "right", position)
) needed
where needed.ours is not null and not has_table_privilege(needed.ours, needed.right)
group by needed.ours order by min(needed.position)`;

/** A table with the rights on it that the role lacks, as in "insert, update". */
export type LackingRights = { role: string; table: string; rights: string };

/** What the session's role lacks. A table that does not exist is not one that it lacks. */
export async function lackingRights(client: ClientBase): Promise<LackingRights[]> {
  const wanted = Object.entries(TABLE_RIGHTS).flatMap(([table, rights]) =>
    rights.map((right) => ({ table, right })),
  );
  const { rows } = await client.query<LackingRights>({
    text: rightsText,
    values: [wanted.map(({ table }) => table), wanted.map(({ right }) => right)],
  });
  return rows;
}

/**
 * The statements that give the session's role what it lacks, in a sentence; null where it lacks
 * nothing.
 */
export async function missingRights(client: ClientBase): Promise<string | null> {
  const rows = await lackingRights(client);
  const [first] = rows;
  if (first === undefined) return null;
  const grants = rows.map(({ role, table, rights }) => `grant ${rights} on ${table} to "${role}"`);
  return `The role "${first.role}" lacks rights on the tables: ${grants.join('; ')}.`;
}

/** What the server said to a role that may not do something; null for any other error. */
export function refusedRight(error: unknown): string | null {
  if (error instanceof DatabaseError && error.code === REFUSED) return error.message;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof DatabaseError && cause.code === REFUSED ? cause.message : null;
}
