/**
 * `node src/dev/compose-secrets.ts FOLDER`: writes the secrets of a compose system for development,
 * each into a separate file, and prints the API key. A second run writes the same secrets again.
 * `sandbox/secrets.ts` creates them. Among them is `roles.sql`, the two roles of docs/database.md.
 */

import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandboxApiKeys } from './sandbox/sandbox.ts';
import {
  sandboxRowKey,
  sandboxSecrets,
  sandboxWebhookSecret,
  sha256Hex,
} from './sandbox/secrets.ts';

/** The user of the image; this program runs as root, since root owns a new volume. */
const SERVICE_UID = 1000;

const [folder] = process.argv.slice(2);
const database = process.env['SETUP_DATABASE'];
if (folder === undefined || database === undefined) {
  process.stderr.write('Needs a folder as its argument, and SETUP_DATABASE as HOST:PORT/NAME.\n');
  process.exit(1);
}

const secrets = sandboxSecrets(folder);

/** Derived from another secret, so that a second run gives the same. */
const passwordOf = (role: string): string => sha256Hex(`${role} ${secrets.controlKey}`);

const addressOf = (role: string): string => `postgres://${role}:${passwordOf(role)}@${database}`;

const roleSql = (role: string): string => `
do $$ begin
  if not exists (select from pg_roles where rolname = '${role}') then
    create role ${role} login;
  end if;
end $$;
alter role ${role} password '${passwordOf(role)}';`;

/** One role owns the tables, the other one only reads and writes them. May be run again. */
const rolesSql = `${roleSql('payout_migrate')}
${roleSql('payout_run')}
grant create on schema public to payout_migrate;
alter default privileges for role payout_migrate in schema public
  grant select, insert, update on tables to payout_run;
`;

const files: Readonly<Record<string, string>> = {
  api_key: secrets.apiKey,
  api_keys: sandboxApiKeys(secrets),
  control_key: secrets.controlKey,
  data_keys: `compose:${secrets.dataKey}`,
  database_url: addressOf('payout_run'),
  migrate_database_url: addressOf('payout_migrate'),
  private_key: secrets.privateKeyPem,
  public_key: secrets.publicKeyPem,
  'roles.sql': rolesSql,
  row_key: `compose:${sandboxRowKey(secrets)}`,
  webhook_secret: sandboxWebhookSecret(secrets),
};
for (const [name, text] of Object.entries(files)) {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o400 });
  if (process.getuid?.() === 0) chownSync(path, SERVICE_UID, SERVICE_UID);
}
process.stdout.write(`API key: ${secrets.apiKey}\n`);
