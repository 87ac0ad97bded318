/**
 * Finds payouts by any of the ids that one is known by elsewhere: at the platform, at the gateway,
 * at the bank, and in the headers of a notification.
 */

import { payoutIdPattern } from '../lib/typeid.ts';
import type { Queryable } from './database/pool.ts';

/** More payouts than this share no id: what gateways repeat is no id any more. */
const FOUND_MAX = 20;

/**
 * Ids of the gateway have no index, so they are looked for among the newest payouts, and its serial
 * numbers among the newest entries of the journal, of which a payout has eight or more. 60,000 and
 * 160,000 of them took 1 s on two busy cores; these bounds take a third of that.
 */
const SEARCHED_PAYOUTS = 20_000;
const SEARCHED_ENTRIES = 50_000;

/** By what has an index: id, reference, client_orderid, and the id of a notification. */
const indexedText = `
select id from payouts where id = $1
union select id from payouts where reference = $1
union select id from payouts where client_order_id = $1
union select payout_id from notifications where id = $1`;

/** By the gateway's order id, the processor's transaction id, and the serial number of a reply. */
const newestText = `
select id from (
  select id, order_id, processor_tx_id from payouts
  order by created_at desc, id desc limit ${SEARCHED_PAYOUTS}
) newest where order_id = $1 or processor_tx_id = $1
union
select payout_id from (
  select payout_id, data from payout_events order by id desc limit ${SEARCHED_ENTRIES}
) newest where data->'call'->>'serial_number' = $1
limit ${FOUND_MAX}`;

/** The ids of the payouts that have this id anywhere; at most {@link FOUND_MAX}. */
export async function searchPayouts(db: Queryable, text: string): Promise<string[]> {
  const find = async (statement: { name: string; text: string }): Promise<string[]> => {
    const { rows } = await db.query<{ id: string }>({ ...statement, values: [text] });
    return rows.map(({ id }) => id);
  };
  const indexed = await find({ name: 'search-indexed', text: indexedText });
  // No other system makes ids of this form; any other text may be an id in two of them.
  if (indexed.length > 0 && payoutIdPattern.test(text)) return indexed;
  const newest = await find({ name: 'search-newest', text: newestText });
  return [...new Set([...indexed, ...newest])];
}
