/**
 * Saves decided payouts by comparing their revision. Every statement is its own transaction: a row,
 * its journal, its notifications and its callback are stored together or not at all.
 * `flow/write/apply-event.ts` makes the decisions.
 */

import type { Payout } from '../../payout/model/payout.ts';
import { type Due, dueClass } from '../../payout/policy/schedule.ts';
import { IS_READER } from '../database/migration-files.ts';
import type { Queryable } from '../database/pool.ts';
import type { Macs } from '../integrity/row-signer.ts';
import { pausedText } from '../partial-pauses.ts';
import { changingColumns, changingOf, declared, valueOf } from './columns.ts';
import { callbackColumns, type InboxEntry, toCallbackRow } from './inbox.ts';
import {
  type JournalEntry,
  type JournalMark,
  type JournalWitness,
  journalInsert,
  journalRows,
} from './journal.ts';
import { type NewNotification, outboxInsert } from './outbox.ts';

export type Save = {
  payout: Payout;
  macs: Macs;
  /** The revision the decision was built on. */
  revision: number;
  due: Due | null;
  entries: readonly JournalEntry[];
  /** The notifications of this change to the platform, in order. */
  notifications: readonly NewNotification[];
  at: number;
  /**
   * Given by the replica that has the lease: `require` fences an intent, `release` ends the lease.
   */
  lease: { token: string; require: boolean; release: boolean } | null;
  /**
   * A pay intent is not committed while its payments are paused, all of them or those of its
   * endpoint, currency or API key, whatever the caller read before.
   */
  unlessPaused: boolean;
  /** The epoch that the decision was made in. */
  epoch: number;
  /**
   * Intents, and what ends a payout, are committed only in the epoch they were decided in, and only
   * while the journal holds the newest entry that this process knows.
   */
  inEpoch: boolean;
  /** The callback that caused the change: stored with it, and only once. */
  callback?: InboxEntry;
};

/**
 * What became of a save. Outdated: the payout has moved on; or the caller lost its lease, or met
 * the pause; or the database is in another epoch, or lacks what was committed. Repeated: its
 * callback had been taken before, and nothing was changed.
 */
export type SaveOutcome = 'saved' | 'outdated' | 'repeated';

/**
 * Any number of saves in one statement, and so in one commit. Each is judged separately, on its
 * locked row: the journal, the notifications and the callback of a save that does not hold are left
 * out with it. Every statement that writes several rows locks them in the order of their ids, so
 * that two such statements never wait for each other.
 */
const saveText = `
with wanted as materialized (
  select * from jsonb_to_recordset($1::jsonb) as s(
    id text, revision int, at timestamptz, due_at timestamptz, due_class smallint, token text,
    requires boolean, releases boolean, unless_paused boolean, in_epoch boolean,
    decided_in int, entries jsonb,
    notifications jsonb, callback jsonb, ${declared(changingColumns)})
), witnessed as materialized (
  -- guard: newest-entry-found
  select $3::bigint is null or exists (select from payout_events e
    where e.id = $3 and e.payout_id = $4 and e.at = $5::timestamptz) as holds
), fit as materialized (
  select p.id from payouts p join wanted s on s.id = p.id
  -- guard: revision
  where p.revision = s.revision
    -- guard: lease-token
    and (not s.requires
         or (p.lease_token = s.token
             and p.lease_until > coalesce($2::timestamptz, clock_timestamp())
             and ${IS_READER}))
    and (not s.in_epoch
         or (s.decided_in = (select epoch from installation where id = 1)
             and (select holds from witnessed)))
    and (not s.unless_paused
         or not (${pausedText('p')}
                 or exists (select 1 from installation where epoch_opened_at is not null)))
  order by p.id for no key update of p
), taken as (
  insert into callbacks (payout_id, ${callbackColumns.map(([name]) => name).join(', ')})
  select fit.id, ${callbackColumns.map(([name]) => `c.${name}`).join(', ')}
  from fit join wanted s on s.id = fit.id,
    jsonb_to_record(s.callback) as c(${callbackColumns.map((pair) => pair.join(' ')).join(', ')})
  where s.callback is not null
  on conflict (dedupe_key) do nothing returning payout_id as id
), cleared as materialized (
  select id from taken
  union all
  select fit.id from fit join wanted s on s.id = fit.id where s.callback is null
), saved as (
  update payouts p
  set ${changingColumns.map((column) => `${column} = ${valueOf(column)}`).join(', ')},
    revision = p.revision + 1, updated_at = s.at, due_at = s.due_at, due_class = s.due_class,
    lease_until = case when s.releases and p.lease_token = s.token then null
                       else p.lease_until end,
    lease_token = case when s.releases and p.lease_token = s.token then null
                       else p.lease_token end
  from wanted s join cleared on cleared.id = s.id
  where p.id = s.id
  returning p.id, s.at, s.entries, s.notifications
), journal as (
  ${journalInsert('saved')} returning id, payout_id, at
), outbox as (
  ${outboxInsert('saved.notifications', 'saved.at')}
)
select fit.id, fit.id in (select id from cleared) as saved,
  (select holds from witnessed) as holds_mark,
  newest.id::text as newest_id, newest.payout_id as newest_payout, newest.at::text as newest_at
from fit left join lateral (
    select id, payout_id, at from journal order by id desc limit 1) newest on true`;

type SavedRow = {
  id: string;
  saved: boolean;
  holds_mark: boolean;
  newest_id: string | null;
  newest_payout: string | null;
  newest_at: string | null;
};

/** The newest journal entry that a statement has written; null where it wrote none. */
function newestOf(rows: readonly SavedRow[]): JournalMark | null {
  const { newest_id: id = null, newest_payout = null, newest_at: at = null } = rows[0] ?? {};
  return id === null || newest_payout === null || at === null
    ? null
    : { id, payoutId: newest_payout, at };
}

/** Remembers nothing: every save is taken for one of an unbroken history. */
const noWitness: JournalWitness = { mark: () => null, see: () => undefined };

function toRow(save: Save): object {
  const { payout, macs, due, lease, callback } = save;
  return {
    id: payout.id,
    revision: save.revision,
    at: new Date(save.at),
    // guard: due-time
    due_at: due === null ? null : new Date(due.at),
    due_class: due?.class ?? dueClass.poll,
    token: lease?.token ?? null,
    requires: lease?.require ?? false,
    releases: lease?.release ?? false,
    unless_paused: save.unlessPaused,
    in_epoch: save.inEpoch,
    decided_in: save.epoch,
    entries: journalRows(save.entries),
    notifications: save.notifications,
    ...(callback === undefined ? {} : { callback: toCallbackRow(callback) }),
    ...changingOf({ payout, macs }),
  };
}

/**
 * Saves decided payouts, no two of the same one, and answers for each in turn. `leaseNow` replaces
 * the database's clock in simulations. `witness` is what this process knows of the journal.
 */
export async function savePayouts(
  db: Queryable,
  saves: readonly Save[],
  leaseNow: Date | null,
  witness: JournalWitness = noWitness,
): Promise<readonly SaveOutcome[]> {
  const mark = witness.mark();
  const { rows } = await db.query<SavedRow>({
    name: 'save-payouts',
    text: saveText,
    values: [
      JSON.stringify(saves.map(toRow)),
      leaseNow,
      mark?.id ?? null,
      mark?.payoutId ?? null,
      mark?.at ?? null,
    ],
  });
  if (rows[0]?.holds_mark === true) witness.see(newestOf(rows), mark);
  const fit = new Map(rows.map(({ id, saved }) => [id, saved]));
  return saves.map(({ payout }) => {
    const saved = fit.get(payout.id);
    if (saved === undefined) return 'outdated';
    return saved ? 'saved' : 'repeated';
  });
}
