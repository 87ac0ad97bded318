/**
 * Finds payouts by any of the ids that one is known by elsewhere: at the platform, at the gateway,
 * at the bank, and in the headers of a notification.
 */

import type { Queryable } from './database/pool.ts';

/** More payouts than this share no id: what gateways repeat is no id any more. */
const FOUND_MAX = 20;

/**
 * Each of these has an index; those of the ids of a gateway leave out what is longer than a search
 * (see migrations/007-filters.sql). An id that is repeated without end is read only so often.
 */
const places = [
  'id from payouts where id = $1',
  'id from payouts where reference = $1',
  'id from payouts where client_order_id = $1',
  'payout_id from notifications where id = $1',
  'id from payouts where order_id = $1 and length(order_id) <= 128',
  'id from payouts where processor_tx_id = $1 and length(processor_tx_id) <= 128',
  `payout_id from payout_events where data->'call'->>'serial_number' = $1
    and length(data->'call'->>'serial_number') <= 128`,
];

export const searchText = `${places
  .map((place) => `(select ${place} limit ${FOUND_MAX})`)
  .join(' union ')} limit ${FOUND_MAX}`;

/** The ids of the payouts that have this id anywhere; at most {@link FOUND_MAX}. */
export async function searchPayouts(db: Queryable, text: string): Promise<string[]> {
  const statement = { name: 'search', text: searchText, values: [text] };
  const { rows } = await db.query<{ id: string }>(statement);
  return rows.map(({ id }) => id);
}
