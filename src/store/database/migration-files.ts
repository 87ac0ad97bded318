/**
 * The numbered SQL files of the schema, read and checked. It must not talk to a database.
 */

import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '../../lib/assert.ts';

/** A statement that builds an index while the table is written, and the name of the index. */
export type IndexStep = { index: string; sql: string };

export type Migration = {
  version: number;
  name: string;
  sha256: string;
  sql: string;
  /** The steps of a file that is applied outside of a transaction; null for any other file. */
  steps: readonly IndexStep[] | null;
};

const OWN_FOLDER = fileURLToPath(new URL('../migrations/', import.meta.url));

const isSql = (file: string): boolean => file.endsWith('.sql');

/** The schema version that this program needs: the number of its last migration. */
export const OWN_VERSION = readdirSync(OWN_FOLDER).filter(isSql).length;

/**
 * In SQL: whether the schema is not too new for this program. Where it is too new, no work starts.
 */
export const IS_READER = `(select oldest_reader from installation where id = 1) <= ${OWN_VERSION}`;

const FILE_NAME = /^(?<version>\d{3})-[a-z0-9-]+\.sql$/;

/** The first words of a file whose steps run outside of a transaction. */
const OUTSIDE = /^-- Outside of a transaction\b/;

const INDEX_STEP = /^create (?:unique )?index concurrently (?<index>[a-z0-9_]+)\s+on\s/;

/**
 * The steps of such a file. It may only build indexes: a crash between two steps must leave nothing
 * that the next start cannot recognise and complete.
 */
function stepsOf(file: string, sql: string): IndexStep[] | null {
  const code = sql.replaceAll(/^\s*--.*$/gm, '');
  if (!OUTSIDE.test(sql)) {
    assert(!/\bconcurrently\b/i.test(code), `${file} must begin "-- Outside of a transaction"`);
    return null;
  }
  const statements = code.split(';').map((statement) => statement.trim());
  return statements.filter(Boolean).map((statement) => {
    const index = INDEX_STEP.exec(statement)?.groups?.['index'];
    assert(index !== undefined, `${file} may only "create index concurrently NAME on …"`);
    return { index, sql: statement };
  });
}

/**
 * Reads `folder` (by default this program's own migrations): `001-first.sql`, `002-second.sql`, …
 * in order. A gap, a number used twice, a misnamed SQL file, or one that does not keep to its form
 * is a bug and fails an assertion.
 */
export async function readMigrations(folder: string = OWN_FOLDER): Promise<Migration[]> {
  const files = (await readdir(folder)).filter(isSql).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const version = Number(FILE_NAME.exec(file)?.groups?.['version']);
      assert(
        version === index + 1,
        `migration ${file} must be named ${String(index + 1).padStart(3, '0')}-….sql`,
      );
      // A checkout on Windows may have other line ends; the hash must not depend on them.
      const sql = (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      return { version, name: file.replace(/\.sql$/, ''), sha256, sql, steps: stepsOf(file, sql) };
    }),
  );
}
