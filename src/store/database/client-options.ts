/**
 * Turns the address of the database into the options of the driver. Each option that the driver
 * would otherwise look for elsewhere is given: nothing but the address decides how we connect, and
 * neither the PG* variables of the environment nor ~/.pgpass.
 */

import { readFileSync } from 'node:fs';
import { Client, type ClientConfig } from 'pg';
import { readDatabaseUrl } from '../../lib/postgres/database-url.ts';
import type { Tls } from '../../lib/postgres/url-parameters.ts';
import { DatabaseUnfit } from './session.ts';

/**
 * Versions before 2 use the bare name: while a replica of one is connected, payouts keep to ids
 * that it knows (see `../history/installation.ts`). Sessions with this name sign no rows.
 */
const APPLICATION_NAME = 'payout-service/2';

/** The name of sessions that sign the rows that they write. */
const SIGNING_NAME = 'payout-service/3';

/** In SQL: whether a session of this database may write rows without signing them. */
export const UNSIGNING_SESSION = `exists (select from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()
    and application_name in ('payout-service', '${APPLICATION_NAME}'))`;

/** What the driver read from its options and the environment; its types leave it out. */
type Read = { options?: string | undefined; replication?: string | undefined };

/** A client whose empty options stay empty: the driver fills these two from the environment. */
export class AddressedClient extends Client {
  declare readonly connectionParameters: Read;

  constructor(config: ClientConfig = {}) {
    super(config);
    this.connectionParameters.options = config.options;
    this.connectionParameters.replication = undefined;
  }
}

/**
 * The options to connect to `address`; `signs`: whether the sessions sign the rows that they
 * write. Throws {@link DatabaseUnfit}, which names the part, where
 * the address or a file that it names cannot be read.
 */
export function clientOptions(address: string, signs = false): ClientConfig {
  const read = readDatabaseUrl(address);
  if (read.kind === 'problem') throw new DatabaseUnfit(`DATABASE_URL ${read.problem}.`);
  const { host, port, user, password, database, options, tls } = read.address;
  return {
    host,
    port,
    user,
    // By a function, also where it is empty: the driver would look for another one.
    password: () => password,
    database,
    options,
    ssl: tls === null ? false : secureOptions(tls),
    sslnegotiation: 'postgres',
    client_encoding: 'UTF8',
    application_name: signs ? SIGNING_NAME : APPLICATION_NAME,
  };
}

function secureOptions({ verifies, authorityFile, own }: Tls) {
  return {
    // Said also where it is the default: NODE_TLS_REJECT_UNAUTHORIZED would change that.
    rejectUnauthorized: verifies !== 'nothing',
    ...(authorityFile === null ? {} : { ca: readNamed('sslrootcert', authorityFile) }),
    ...(verifies === 'authority' ? { checkServerIdentity: () => undefined } : {}),
    ...(own === null
      ? {}
      : {
          cert: readNamed('sslcert', own.certificateFile),
          key: readNamed('sslkey', own.keyFile),
        }),
  };
}

function readNamed(parameter: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    const problem = `DATABASE_URL names a file in ${parameter} that cannot be read (${code}).`;
    throw new DatabaseUnfit(problem, { cause });
  }
}
