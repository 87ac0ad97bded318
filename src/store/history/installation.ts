/**
 * The one row with the name of the installation and the history that the database contains.
 * `epoch.ts` decides what starts a new epoch.
 */

import { assert } from '../../lib/assert.ts';
import type { Queryable } from '../database/pool.ts';
import {
  type Fingerprint,
  type FingerprintAccess,
  type FoundColumns,
  fingerprintColumns,
  toFingerprint,
} from './fingerprint.ts';
import type { JournalMark } from '../payouts/journal.ts';

export type Installation = {
  /** INSTALLATION_NAME of the first start; null before it. */
  name: string | null;
  /** Whether a new client_orderid is derived from the reference; it stays true. */
  derivesOrderIds: boolean;
  /** Whether a payout without MACs is refused. */
  rowsSigned: boolean;
  epoch: number;
  /** When the epoch began; 0 where no history was ever lost. */
  startedAt: number;
  /** Since when the epoch waits for an operator to end it; null where none waits. */
  openedAt: number | null;
  reason: string | null;
  stored: Fingerprint;
  /** The fingerprint as it is now. */
  found: Fingerprint;
  /** The newest entry of the journal of all payouts; null where there is none. */
  newest: JournalMark | null;
  /** The entry of the journal that was looked for; null where none was. */
  mark: JournalMark | null;
  /** Whether the journal holds that entry; true where none was looked for. */
  holdsMark: boolean;
  /** The database's clock as the statement ran, in milliseconds since 1970. */
  now: number;
};

type InstallationRow = FoundColumns & {
  name: string | null;
  derives_order_ids: boolean;
  rows_signed: boolean;
  epoch: number;
  epoch_opened_at: Date | null;
  epoch_started_at: Date | null;
  epoch_reason: string | null;
  system_identifier: string | null;
  database_oid: string | null;
  payouts_oid: string | null;
  timeline: string | null;
  newest_id: string | null;
  newest_payout: string | null;
  newest_at: string | null;
  holds_mark: boolean;
  now: Date;
};

const toMark = (row: InstallationRow): JournalMark | null => {
  const { newest_id: id, newest_payout: payoutId, newest_at: at } = row;
  return id === null || payoutId === null || at === null ? null : { id, payoutId, at };
};

/**
 * Reads the row together with the present fingerprint and the newest entry of the journal, and
 * looks for the entry `mark`. `lock` locks the row until the transaction ends.
 */
export async function readInstallation(
  db: Queryable,
  access: FingerprintAccess,
  { lock = false, mark = null }: { lock?: boolean; mark?: JournalMark | null } = {},
): Promise<Installation> {
  const { rows } = await db.query<InstallationRow>({
    text: `select name, derives_order_ids, rows_signed_at is not null as rows_signed,
        epoch, epoch_opened_at, epoch_started_at,
        epoch_reason,
        system_identifier, database_oid, payouts_oid, timeline, clock_timestamp() as now,
        newest.id::text as newest_id, newest.payout_id as newest_payout,
        newest.at::text as newest_at,
        $1::bigint is null or exists (select from payout_events e
          where e.id = $1 and e.payout_id = $2 and e.at = $3::timestamptz) as holds_mark,
        ${fingerprintColumns(access)}
      from installation i left join lateral (
        select e.id, e.payout_id, e.at from payout_events e order by e.id desc limit 1
      ) newest on true
      where i.id = 1${lock ? ' for update of i' : ''}`,
    values: [mark?.id ?? null, mark?.payoutId ?? null, mark?.at ?? null],
  });
  const [row] = rows;
  assert(row !== undefined, 'the row of the installation is missing');
  return {
    name: row.name,
    derivesOrderIds: row.derives_order_ids,
    rowsSigned: row.rows_signed,
    epoch: row.epoch,
    openedAt: row.epoch_opened_at === null ? null : row.epoch_opened_at.getTime(),
    startedAt: row.epoch_started_at?.getTime() ?? 0,
    reason: row.epoch_reason,
    stored: {
      systemIdentifier: row.system_identifier,
      databaseOid: row.database_oid,
      payoutsOid: row.payouts_oid,
      timeline: row.timeline,
    },
    found: toFingerprint(row),
    newest: toMark(row),
    mark,
    holdsMark: row.holds_mark,
    now: row.now.getTime(),
  };
}

/**
 * Stores the name at the first start; when two processes start at the same time, one name is
 * stored.
 */
export async function claimName(db: Queryable, name: string): Promise<void> {
  await db.query({
    name: 'claim-installation-name',
    text: 'update installation set name = $1 where id = 1 and name is null',
    values: [name],
  });
}

/** The application_name of versions whose only client_orderid is the payout's id. */
const OLDER_VERSIONS = 'payout-service';

/** Whether a replica of an older version is connected. Every role can see application names. */
const olderConnected = `exists (
  select from pg_stat_activity
  where datname = current_database() and application_name = '${OLDER_VERSIONS}')`;

/**
 * Switches to derived client_orderids once no older replica is connected; true where it did so now.
 */
export async function deriveOrderIds(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ derives_order_ids: boolean }>({
    name: 'derive-order-ids',
    text: `update installation set derives_order_ids = true
      where id = 1 and not derives_order_ids and not ${olderConnected}
      returning derives_order_ids`,
  });
  return rows.length > 0;
}

/**
 * Whether the living replicas have compared their history with this server, as far as a process can
 * know that has just started. True where a connection of the service has lasted for `withinMs`: the
 * server has been there for as long, and each of them has looked since. Also true where no payout
 * exists. The server tells the age of a connection only to the role that made it.
 */
export async function isCompared(db: Queryable, withinMs: number): Promise<boolean> {
  const { rows } = await db.query<{ compared: boolean }>({
    name: 'is-compared',
    text: `select not exists (select from payouts) or exists (
        select from pg_stat_activity
        where datname = current_database() and usename = current_user
          and application_name like 'payout-service%'
          and backend_start <= clock_timestamp() - $1::interval) as compared`,
    values: [`${withinMs} milliseconds`],
  });
  return rows[0]?.compared === true;
}

/**
 * The database belongs to another installation; the message is for the operator who starts the
 * service.
 */
export class InstallationMismatch extends Error {
  override readonly name = 'InstallationMismatch';
  constructor(stored: string, configured: string) {
    super(
      `The database belongs to the installation "${stored}", and INSTALLATION_NAME is ` +
        `"${configured}": set the name that is stored, or use the database of this installation.`,
    );
  }
}
