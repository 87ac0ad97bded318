/**
 * The outbox: letters to the platform, written in the statement that saves the change they tell of,
 * so that neither can be on disk without the other. Sending them is another file's business.
 */

import type { Letter } from '../payout/letter.ts';

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
 * The insert for the JSON list in `parameter`, of rows that belong to the payout in the CTE
 * `saved`. A letter behind one that still waits is due no earlier than that, so that claims do not
 * meet it in vain.
 */
export const outboxInsert = (parameter: string, at: string): string => `
insert into notifications (id, payout_id, position, letter, body, created_at, due_at)
select n.id, saved.id, n.position, n.letter, n.body, ${at}::timestamptz,
  coalesce(
    (select max(waiting.due_at) from notifications waiting
     where waiting.payout_id = saved.id and waiting.finished_at is null),
    ${at}::timestamptz)
from saved, jsonb_to_recordset(${parameter}::jsonb)
  as n(id text, position smallint, letter text, body text)`;
