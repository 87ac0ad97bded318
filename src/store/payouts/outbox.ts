/**
 * The outbox: notifications to the platform, written in the statement that saves the change that
 * they report, so that neither is stored without the other. `flow/write/notifications-of.ts`
 * decides which are written, and `flow/platform/deliver-notification.ts` sends them.
 */

import type { Letter } from '../../payout/model/letter.ts';

export type NewNotification = {
  /** The webhook-id: the same in every attempt. */
  id: string;
  /** The position of the notification among those of its payout, from 0. */
  position: number;
  letter: Letter;
  /** The exact text of every attempt. */
  body: string;
};

/**
 * A notification queued behind another one of the same payout becomes due this long after it.
 * Normally it is brought forward as soon as the earlier one finishes; if another replica finishes
 * it while we insert, we lose this time.
 */
export const BEHIND_MS = 1000;

/**
 * The insert for the JSON list in `parameter`, for rows of the payout in the CTE `saved`. A
 * notification behind one that is still pending becomes due after it, so that claims do not find it
 * in vain; the end of the earlier one brings it forward.
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
