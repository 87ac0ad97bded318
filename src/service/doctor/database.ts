/**
 * Whether the database can be reached and keeps what it acknowledges, has our schema and our
 * installation, and whether its clock agrees. Nothing is written.
 */

import type { Config } from '../../config/config.ts';
import { findEmbeddedPostgres } from '../../dev/embedded-postgres/embedded-postgres.ts';
import type { Clock } from '../../lib/clock.ts';
import { accessProblem } from '../../store/database/access-problem.ts';
import { isUnreachable } from '../../store/database/pool.ts';
import type { Queryable } from '../../store/database/pool.ts';
import {
  checkSchema,
  MigrationChanged,
  SchemaNewer,
  SchemaOlder,
} from '../../store/database/migrate.ts';
import { lackingRights, refusedRight } from '../../store/database/rights.ts';
import { DatabaseUnfit, examineText } from '../../store/database/session.ts';
import { withConnection } from '../../store/database/with-connection.ts';
import { readFingerprintAccess } from '../../store/history/fingerprint.ts';
import { InstallationMismatch, readInstallation } from '../../store/history/installation.ts';
import { type Notifies, readNotifies } from '../../store/notifications/notifies.ts';
import { readPartialPauses } from '../../store/partial-pauses.ts';
import { readPause } from '../../store/pause.ts';
import { listDataKeys } from '../../store/data-keys.ts';
import { RowKeyMissing } from '../../store/integrity/row-signer.ts';
import { createReceiverSeal } from '../../store/payouts/receiver-seal.ts';
import { listRowKeys, readSigning } from '../../store/row-keys.ts';
import { readServerFacts, sampleReceivers } from '../../store/self-check.ts';
import { readTableSizes } from '../../store/table-sizes.ts';
import { hasSameBytes } from '../data-keys.ts';
import { SKEW_MAX_MS } from '../database/database-clock.ts';
import { configuredSigner, problemOfRowKey } from '../database/row-keys.ts';
import { causeOf, type Finding, ok, warning, wrong } from './finding.ts';
import { examineOpenPayouts } from './open-payouts.ts';

/** The one connection of an examination. */
type Client = Parameters<typeof lackingRights>[0];

export type ExaminedDatabase = { findings: Finding[]; notifies: Notifies };

function explain(error: unknown): Finding {
  const cause = causeOf(error);
  const refusal = accessProblem(error);
  if (error instanceof DatabaseUnfit) return wrong('database', error.message);
  if (refusal !== null) return wrong('database', refusal.replace(/\.$/, ''));
  const lacking = refusedRight(error);
  if (lacking !== null) return wrong('database', `the role lacks a right: ${lacking}; grant it`);
  if (isUnreachable(error)) {
    const says = `DATABASE_URL: the server cannot be reached (${cause}); check the address, `;
    return wrong('database', `${says}whether it runs, the network and the firewall`);
  }
  return wrong('database', `DATABASE_URL: ${cause}`);
}

async function examineServer(client: Client, db: Queryable): Promise<Finding[]> {
  const { version, role, settings } = await readServerFacts(db);
  const lacking = await lackingRights(client);
  const findings = [ok('database', `PostgreSQL ${version} is reached as ${role}`)];
  if (lacking.length > 0) {
    const tables = lacking.map(({ table, rights }) => `${table} (${rights})`);
    const says = `the role ${role} lacks rights on ${tables.join(', ')}: grant them`;
    findings.push(wrong('database', says));
  }
  if (settings.length > 0) {
    const says = `role or database set ${settings.join(', ')}`;
    findings.push(ok('database', `${says}; what the service relies on it sets itself`));
  }
  return findings;
}

/** Whether there is a schema to read, and what it means. */
async function examineSchema(
  db: Queryable,
  { migrateOnStart }: Config['database'],
): Promise<{ finding: Finding; isThere: boolean }> {
  try {
    const { found, known } = await checkSchema(db);
    const newer = found > known ? `; this program, of ${known}, can work on it` : '';
    return { finding: ok('database', `it has schema ${found}${newer}`), isThere: true };
  } catch (error) {
    if (error instanceof SchemaOlder) {
      const finding = migrateOnStart
        ? warning('database', `${error.message}, or start the service, which migrates`)
        : wrong('database', error.message);
      return { finding, isThere: false };
    }
    if (!(error instanceof SchemaNewer) && !(error instanceof MigrationChanged)) throw error;
    return { finding: wrong('database', error.message), isThere: false };
  }
}

async function examineInstallation(db: Queryable, config: Config): Promise<Finding[]> {
  const { name, openedAt, reason } = await readInstallation(db, await readFingerprintAccess(db));
  const findings: Finding[] = [];
  const configured = config.installation.name;
  if (name !== null && name !== configured) {
    findings.push(wrong('database', new InstallationMismatch(name, configured).message));
  } else findings.push(ok('database', `it belongs to the installation ${configured}`));
  const pause = await readPause(db);
  if (openedAt !== null) {
    const says = `history was lost (${reason ?? 'no reason'}), and payments are paused`;
    findings.push(wrong('database', `${says}: npm run payout -- after-restore`));
  } else if (pause.paused) {
    const says = `payments are paused by ${pause.by} since ${new Date(pause.since).toISOString()}`;
    findings.push(warning('database', `${says}: npm run payout -- resume`));
  }
  for (const { scope, value, by, since } of await readPartialPauses(db)) {
    const option = `--${scope.replace('_', '-')} ${value}`;
    const says = `payments of ${scope} ${value} are paused by ${by} since`;
    const what = `${says} ${new Date(since).toISOString()}: npm run payout -- resume ${option}`;
    findings.push(warning('database', what));
  }
  return findings;
}

/** So many tables take nearly all of the room. */
const TABLES_NAMED = 3;

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

async function examineTables(db: Queryable): Promise<Finding> {
  const sizes = await readTableSizes(db);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const named = sizes
    .slice(0, TABLES_NAMED)
    .map(({ table, bytes }) => `${table} ${megabytes(bytes)}`);
  const says = `its tables take ${megabytes(total)}, with their indexes: ${named.join(', ')}`;
  return ok('database', `${says}, and smaller ones`);
}

/** The round trip is part of the difference that may not be known. */
async function examineClock(db: Queryable, machine: Clock): Promise<Finding> {
  const sentAt = machine.monotonic();
  const { rows } = await db.query<{ now: Date }>({ text: examineText });
  const halfMs = (machine.monotonic() - sentAt) / 2;
  const skewMs = machine.now() - (rows[0]?.now.getTime() ?? 0) - halfMs;
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1);
  if (Math.abs(skewMs) <= SKEW_MAX_MS) {
    return ok('database', `its clock and this machine's differ by ${seconds} s`);
  }
  const which = skewMs > 0 ? 'ahead of' : 'behind';
  return wrong(
    'database',
    `this machine's clock is ${seconds} s ${which} the database's, and nothing is paid beyond ` +
      `${SKEW_MAX_MS / 1000} s: synchronise both clocks`,
  );
}

/**
 * Whether DATA_KEYS opens what is stored: by one of the newest payouts for each key, and by the
 * proof of each key, since the newest may be sealed by other bytes under the same id.
 */
async function examineKeys(db: Queryable, { dataKeys }: Config): Promise<Finding[]> {
  const ring = dataKeys.map(({ id, key }) => ({ id, key: key.reveal() }));
  const seal = createReceiverSeal(ring, (count) => new Uint8Array(count));
  const samples = await sampleReceivers(db);
  const findings = samples.flatMap(({ keyId, payoutId, sealed }) => {
    if (!ring.some(({ id }) => id === keyId)) {
      const says = `DATA_KEYS: the key ${keyId} is missing, which sealed the receiver of `;
      return [wrong('keys', `${says}${payoutId}: add it again, after the first one`)];
    }
    try {
      seal.open(payoutId, sealed);
      return [];
    } catch {
      const says = `DATA_KEYS: the key ${keyId} has other bytes than the one that sealed the `;
      return [wrong('keys', `${says}receiver of ${payoutId}: put the former bytes back`)];
    }
  });
  for (const known of await listDataKeys(db)) {
    if (findings.some(({ says }) => says.includes(`the key ${known.id} `))) continue;
    const lost = 'receivers that it has sealed cannot be read';
    if (!ring.some(({ id }) => id === known.id)) {
      const says = `DATA_KEYS: the key ${known.id} is missing, and ${lost}: add it again, after `;
      findings.push(wrong('keys', `${says}the first one`));
    } else if (!hasSameBytes({ seal }, known)) {
      const says = `DATA_KEYS: the key ${known.id} has other bytes than before, and ${lost}: put `;
      findings.push(wrong('keys', `${says}the former bytes back, and give a new key its own id`));
    }
  }
  if (findings.length > 0) return findings;
  const opened =
    samples.length === 0 ? 'there is no receiver yet' : 'it opens the newest receivers';
  return [ok('keys', `DATA_KEYS: ${opened}`)];
}

/** That it is not set is a warning of the configuration, unless the rows are signed. */
async function examineRowKeys(db: Queryable, config: Config): Promise<Finding[]> {
  const rows = configuredSigner(config);
  const { isDeclared, hasPayouts } = await readSigning(db);
  if (rows.keyIds.length === 0) {
    return isDeclared ? [wrong('keys', `${new RowKeyMissing().message}: set it`)] : [];
  }
  const known = await listRowKeys(db);
  const problems = known.map((key) => problemOfRowKey(rows, key));
  const findings = problems.flatMap((problem) =>
    problem === null ? [] : [wrong('keys', problem)],
  );
  if (!isDeclared && hasPayouts) {
    const says = 'ROW_KEY: payouts from before are paid without being verified';
    findings.push(warning('keys', `${says}: npm run payout -- row-key backfill`));
  }
  return findings.length > 0 ? findings : [ok('keys', 'ROW_KEY: it signs and verifies every row')];
}

async function examine(client: Client, config: Config, machine: Clock): Promise<ExaminedDatabase> {
  const db: Queryable = { query: (statement) => client.query(statement) };
  const findings = [...(await examineServer(client, db)), await examineClock(db, machine)];
  const schema = await examineSchema(db, config.database);
  findings.push(schema.finding);
  if (!schema.isThere) return { findings, notifies: null };
  findings.push(
    await examineTables(db),
    ...(await examineInstallation(db, config)),
    ...(await examineOpenPayouts(db, config)),
    ...(await examineKeys(db, config)),
    ...(await examineRowKeys(db, config)),
  );
  return { findings, notifies: await readNotifies(db) };
}

/** Never rejects. */
export async function examineDatabase(config: Config, machine: Clock): Promise<ExaminedDatabase> {
  const { server } = config.database;
  const address =
    server.kind === 'remote' ? server.url.reveal() : await findEmbeddedPostgres(server.dataDir);
  if (address === null) {
    const says = 'DATA_DIR: its embedded PostgreSQL does not run; start the service or the sandbox';
    return { findings: [wrong('database', says)], notifies: null };
  }
  try {
    return await withConnection(address, (client) => examine(client, config, machine));
  } catch (error) {
    return { findings: [explain(error)], notifies: null };
  }
}
