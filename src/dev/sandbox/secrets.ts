/**
 * The secrets of a sandbox: created once and stored in its data folder, so that a restart can read
 * what was stored before. They are worthless anywhere else.
 */

import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const secretsSchema = z.strictObject({
  apiKey: z.string(),
  controlKey: z.string(),
  dataKey: z.string(),
  privateKeyPem: z.string(),
  publicKeyPem: z.string(),
});

export type SandboxSecrets = z.infer<typeof secretsSchema>;

function makeSecrets(): SandboxSecrets {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return {
    apiKey: `sandbox_${randomBytes(24).toString('base64url')}`,
    controlKey: randomUUID(),
    dataKey: randomBytes(32).toString('base64'),
    privateKeyPem: privateKey,
    publicKeyPem: publicKey,
  };
}

/** The secrets stored in this folder, created on the first start. */
export function sandboxSecrets(dataDir: string): SandboxSecrets {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, 'sandbox-secrets.json');
  try {
    return secretsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const secrets = makeSecrets();
  writeFileSync(path, JSON.stringify(secrets), { mode: 0o600, flag: 'wx' });
  return secrets;
}

/** Signs the rows of the sandbox; derived from another secret, so that nothing more is stored. */
export const sandboxRowKey = ({ dataKey }: SandboxSecrets): string =>
  createHash('sha256').update(`rows ${dataKey}`).digest('base64');

/** Signs the sandbox's notifications; derived likewise. */
export const sandboxWebhookSecret = ({ controlKey }: SandboxSecrets): string =>
  `whsec_${createHash('sha256').update(`webhook ${controlKey}`).digest('base64')}`;

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');
