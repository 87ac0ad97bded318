/**
 * `node src/dev/compose-secrets.ts FOLDER`: writes the secrets of a compose system for development,
 * each into a separate file, and prints the API key. A second run writes the same secrets again.
 * `sandbox/secrets.ts` creates them.
 */

import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandboxApiKeys } from './sandbox/sandbox.ts';
import { sandboxRowKey, sandboxSecrets, sandboxWebhookSecret } from './sandbox/secrets.ts';

/** The user of the image; this program runs as root, since root owns a new volume. */
const SERVICE_UID = 1000;

const [folder] = process.argv.slice(2);
const databaseUrl = process.env['SETUP_DATABASE_URL'];
if (folder === undefined || databaseUrl === undefined) {
  process.stderr.write('Needs a folder as its argument, and SETUP_DATABASE_URL.\n');
  process.exit(1);
}

const secrets = sandboxSecrets(folder);
const files: Readonly<Record<string, string>> = {
  api_key: secrets.apiKey,
  api_keys: sandboxApiKeys(secrets),
  control_key: secrets.controlKey,
  data_keys: `compose:${secrets.dataKey}`,
  database_url: databaseUrl,
  private_key: secrets.privateKeyPem,
  public_key: secrets.publicKeyPem,
  row_key: `compose:${sandboxRowKey(secrets)}`,
  webhook_secret: sandboxWebhookSecret(secrets),
};
for (const [name, text] of Object.entries(files)) {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o400 });
  if (process.getuid?.() === 0) chownSync(path, SERVICE_UID, SERVICE_UID);
}
process.stdout.write(`API key: ${secrets.apiKey}\n`);
