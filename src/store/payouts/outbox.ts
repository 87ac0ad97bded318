/**
 * The outbox: letters to the platform, written in the statement that saves the change they tell of,
 * so that neither can be on disk without the other. Sending them is another file's business.
 */

import type { Letter } from '../../payout/model/letter.ts';

export type NewNotification = {
  /** The webhook-id: the same over every attempt. */
  id: string;
  /** The place of the letter in its payout's life, from 0. */
  position: number;
  letter: Letter;
  /** The exact text that is sent, every time. */
  body: string;
};

/**
 * How much later than the letter before it one is due that waits behind it. Where another replica
 * ends that letter in the moment in which this one is written, this is what it costs.
 */
export const BEHIND_MS = 1000;

/**
 * The insert for the JSON list in `parameter`, of rows that belong to the payout in the CTE
 * `saved`. A letter behind one that still waits is due after that, so that claims do not meet it in
 * vain; the end of the earlier one brings it forward.
 */
export const outboxInsert = (parameter: string, at: string): string => `
insert into notifications (id, payout_id, position, letter, body, created_at, due_at)
select n.id, saved.id, n.position, n.letter, n.body, ${at}::timestamptz,
  coalesce(
    (select max(waiting.due_at) + interval '${BEHIND_MS} milliseconds' from notifications waiting
     where waiting.payout_id = saved.id and waiting.finished_at is null),
    ${at}::timestamptz)
from saved, jsonb_to_recordset(${parameter}::jsonb)
  as n(id text, position smallint, letter text, body text)`;
