/**
 * A made-up next version of this program: its migration, and what it writes into rows.
 */

import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { statuses } from '../../src/payout/model/status.ts';
import { migrate } from '../../src/store/database/migrate.ts';

const OWN = fileURLToPath(new URL('../../src/store/migrations', import.meta.url));

export const NEXT_STATUS = 'screening';
export const NEXT_CODE = 'screening_hit';

const words = [...statuses, NEXT_STATUS].map((word) => `'${word}'`).join(', ');

/** It only adds, and so does not touch oldest_reader. */
const NEXT_MIGRATION = `
alter table payouts add column screened_by text not null default 'nobody';
alter table payout_events add column screening text;
alter table notifications add column screening text;
alter table installation add column screener text;
alter table payouts drop constraint payouts_status_known;
alter table payouts add constraint payouts_status_known check (status in (${words}));`;

/** Brings a database to the schema of the next version; `more` is added to its migration. */
export async function migrateToNextVersion(connectionString: string, more = ''): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'payout-next-'));
  try {
    const own = (await readdir(OWN)).filter((name) => name.endsWith('.sql'));
    for (const name of own) await copyFile(join(OWN, name), join(folder, name));
    const number = String(own.length + 1).padStart(3, '0');
    await writeFile(join(folder, `${number}-screening.sql`), `${NEXT_MIGRATION}\n${more}`);
    await migrate(connectionString, { migrations: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the next version has changed in the JSON of a row: members at every level, and words. */
export function asNextVersion(row: { memory: unknown; attention: unknown; reason: unknown }) {
  return {
    memory: withMember(row.memory),
    attention: [
      ...(Array.isArray(row.attention) ? row.attention : []),
      {
        code: NEXT_CODE,
        since: 1_900_000_000_000,
        detail: 'list 7',
        acknowledgedBy: null,
        listedIn: { country: 'XX' },
      },
    ],
    reason: { source: 'screener', code: 'S1', message: 'Listed.', list: 7 },
  };
}

/** Adds a member to an object and to every object in it. */
function withMember(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const inner = Object.entries(value).map(([key, part]) => [key, withMember(part)]);
  return { ...Object.fromEntries(inner), ofNextVersion: { kept: true } };
}
