/**
 * An order that the gateway is known to have, to ask about beside lookups of unknown ones.
 */

import type { Queryable } from './pool.ts';

export type KnownOrder = { payoutId: string; clientOrderId: string; orderId: string };

/** The newest payout with an order of this gateway; null where there is none. */
export async function findKnownOrder(
  db: Queryable,
  endpoint: string,
  identity: string,
): Promise<KnownOrder | null> {
  const { rows } = await db.query<KnownOrder>({
    name: 'find-known-order',
    text: `select id as "payoutId", coalesce(client_order_id, id) as "clientOrderId",
        order_id as "orderId"
      from payouts
      where order_id is not null and endpoint = $1 and gateway_identity = $2
      order by created_at desc, id desc limit 1`,
    values: [endpoint, identity],
  });
  return rows[0] ?? null;
}
