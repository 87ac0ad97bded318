/**
 * Signs the open payouts that have no MACs: those from before ROW_KEY, and those that a replica
 * without it has changed since. Then the installation refuses payouts without MACs. What a MAC
 * covers is decided in store/integrity/row-signer.ts.
 */

import { isFinal, statuses } from '../../payout/model/status.ts';
import { type RawRow, type StoredPayout, toStoredPayout } from '../../store/payouts/rows.ts';
import {
  declareSigned,
  findOpenRows,
  type Position,
  readSigning,
  storeMacs,
} from '../../store/row-keys.ts';
import type { AppContext } from '../context.ts';

/** About 200 kB of rows. A statement stays far below its time limit. */
const BATCH = 100;

/** A pass that finds nothing ends it. Each further one is of what others have changed meanwhile. */
const PASSES_MAX = 10;

export type SignedRows = {
  /** How many payouts were signed now. */
  count: number;
  /** Of these, the ones whose authorization or order was changed since they were signed first. */
  changed: readonly string[];
  /** Open payouts that were changed by hand: they keep their MACs, and are not paid. */
  altered: readonly string[];
  /** Why payouts without MACs are accepted still; null where they are refused from now on. */
  because: string | null;
};

type Pass = { count: number; changed: Set<string>; altered: Set<string> };

/** A row that cannot be read has a state that nothing acts on. */
function readRow(row: RawRow): StoredPayout[] {
  try {
    return [toStoredPayout(row)];
  } catch {
    return [];
  }
}

async function signBatch({ db, rows }: AppContext, batch: StoredPayout[], pass: Pass) {
  const unsigned: StoredPayout[] = [];
  for (const stored of batch) {
    const integrity = rows.judge(stored);
    if (integrity === 'altered') pass.altered.add(stored.payout.id);
    else if (integrity === 'unsigned') unsigned.push(stored);
  }
  if (unsigned.length === 0) return;
  const signed = unsigned.map(({ payout, details, revision }) => ({
    id: payout.id,
    revision,
    macs: rows.sign(payout, details),
  }));
  const stored = new Set(await storeMacs(db, signed));
  pass.count += stored.size;
  for (const { payout, macs } of unsigned) {
    if (stored.has(payout.id) && macs.row !== null) pass.changed.add(payout.id);
  }
}

/** Signs what is open, in the order in which a payout goes through its statuses. */
async function signOpen(app: AppContext, pass: Pass): Promise<void> {
  for (const status of statuses.filter((one) => !isFinal(one))) {
    let after: Position | null = null;
    for (;;) {
      const batch: RawRow[] = await findOpenRows(app.db, status, after, BATCH);
      await signBatch(app, batch.flatMap(readRow), pass);
      const last = batch.at(-1);
      const since = last?.['status_since'];
      if (batch.length < BATCH || !(since instanceof Date)) break;
      after = { statusSince: since, id: String(last?.['id']) };
    }
  }
}

/** What keeps the declaration from being made, for the operator. */
async function obstacle({ db }: AppContext): Promise<string> {
  const { hasUnsigningSession } = await readSigning(db);
  return hasUnsigningSession
    ? 'a process is connected that signs nothing, of an older version or without ROW_KEY'
    : 'payouts were written without MACs meanwhile; run it again';
}

/**
 * Signs every open payout that lacks its MACs, and declares that such payouts are refused. It may
 * be interrupted and run again. Throws where this process has no ROW_KEY.
 */
export async function signRows(app: AppContext, by: string): Promise<SignedRows> {
  const changed = new Set<string>();
  const altered = new Set<string>();
  let count = 0;
  for (let no = 0; no < PASSES_MAX; no += 1) {
    const pass: Pass = { count: 0, changed, altered };
    await signOpen(app, pass);
    count += pass.count;
    if (pass.count === 0) break;
  }
  const { isDeclared } = await readSigning(app.db);
  const isDone = isDeclared || (await declareSigned(app.db, by));
  if (isDone) app.rows.require();
  app.log.warn({ keyName: by, count, event: 'rows_signed' }, 'Open payouts were signed.');
  const because = isDone ? null : await obstacle(app);
  return { count, changed: [...changed], altered: [...altered], because };
}
