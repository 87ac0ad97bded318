/**
 * The formats of variables that hold keys: API keys, the key ring for receiver data, the gateway's
 * private key and the secrets towards the platform. Every secret value is wrapped, and no message
 * repeats any part of it. Which variable has which format is decided in variables.ts.
 */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { type ApiKey, PERSON, scopes } from '../lib/api-key.ts';
import { decodeWebhookSecret, fromBase64, WEBHOOK_KEY_BYTES } from '../lib/key-text.ts';
import { createSecret, type Secret } from '../lib/secret.ts';

/** Marks a variable whose value is never shown, and for which NAME_FILE is read. */
export const asSecret = { secret: true };

const API_KEYS_MAX = 100;
const RING_MAX = 20;
const DATA_KEY_BYTES = 32;

/** The gateway refuses shorter RSA keys (payneteasy: at least 2048 bits). */
const RSA_BITS_MIN = 2048;

export type DataKey = { id: string; key: Secret<Buffer> };

const apiKeyFields = z.strictObject(
  {
    // UpdatedBy in a notification takes 50 characters (praxis: UpdatedBy varchar(50)).
    name: z.string().regex(/^[A-Za-z0-9._-]{1,50}$/, 'must be 1-50 of A-Z a-z 0-9 . _ -'),
    sha256: z
      .string('must be 64 hex digits')
      .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hex digits')
      .toLowerCase(),
    scopes: z
      .array(z.enum(scopes, `must be one of ${scopes.join(', ')}`))
      .min(1, 'must name at least one scope'),
    release: z.literal('on_authorization', 'must be on_authorization or left out').optional(),
    cashier_may_release: z.boolean('must be true or false').optional(),
    // As the name that an operator types into a body, which has to be equal to it.
    person: z
      .string('must be a name')
      .regex(PERSON, 'must be a name of 1-100 characters')
      .optional(),
  },
  // Names of unknown fields are not repeated: a key pasted into the wrong place would be shown.
  { error: (issue) => (issue.code === 'unrecognized_keys' ? 'has an unknown field' : undefined) },
);

const apiKeySchema = apiKeyFields.refine(
  ({ release, cashier_may_release: mayRelease }) =>
    release !== undefined || mayRelease === undefined,
  {
    path: ['cashier_may_release'],
    error: 'must be left out unless "release" is "on_authorization"',
  },
);

const hasNoDuplicates = (texts: readonly string[]): boolean => new Set(texts).size === texts.length;

export const apiKeys = () =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        // The parser's own message quotes the text.
        context.addIssue({ code: 'custom', message: 'must be JSON' });
        return z.NEVER;
      }
    })
    .pipe(
      z
        .array(apiKeySchema, 'must be a JSON list')
        .min(1, 'must hold at least one key')
        .max(API_KEYS_MAX, `must hold at most ${API_KEYS_MAX} keys`)
        .refine((keys) => hasNoDuplicates(keys.map((key) => key.name)), 'must not use a name twice')
        .refine(
          (keys) => hasNoDuplicates(keys.map((key) => key.sha256)),
          'must not hold a key twice',
        ),
    )
    .transform((keys): readonly ApiKey[] => keys);

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

export const dataKeys = () =>
  z.string().transform((text, context): readonly DataKey[] => {
    const ring = words(text).map(toDataKey);
    const keys = ring.filter((key) => key !== null);
    if (keys.length === 0 || keys.length < ring.length || keys.length > RING_MAX) {
      const message =
        `must be 1 to ${RING_MAX} keys, each id:base64 of ${DATA_KEY_BYTES} bytes, separated ` +
        `by spaces`;
      context.addIssue({ code: 'custom', message });
    } else if (!hasNoDuplicates(keys.map((key) => key.id))) {
      context.addIssue({ code: 'custom', message: 'must not use an id twice' });
    }
    return keys;
  });

function toDataKey(word: string): DataKey | null {
  const match = /^([A-Za-z0-9._-]{1,32}):(.+)$/.exec(word);
  const bytes = fromBase64(match?.[2] ?? '');
  if (match?.[1] === undefined || bytes?.length !== DATA_KEY_BYTES) return null;
  return { id: match[1], key: createSecret(bytes) };
}

export const notifySecrets = () =>
  z.string().transform((text, context): readonly Secret[] => {
    const secrets = words(text);
    const areSound = secrets.every((secret) => decodeWebhookSecret(secret) !== null);
    if (!areSound || secrets.length === 0 || secrets.length > RING_MAX) {
      const { min, max } = WEBHOOK_KEY_BYTES;
      const form = `whsec_ and base64 of ${min}-${max} bytes`;
      const message = `must be ${form}, several separated by spaces`;
      context.addIssue({ code: 'custom', message });
    }
    return secrets.map((secret) => createSecret(secret));
  });

/** The private key as a key object of Node, which neither prints nor serialises its bytes. */
export const rsaPrivateKey = () =>
  z.string().transform((text, context): KeyObject => {
    const key = readPem(text.replaceAll('\\n', '\n'));
    const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0;
    if (key !== null && key.asymmetricKeyType === 'rsa' && bits >= RSA_BITS_MIN) return key;
    const message =
      `must be an RSA private key in PEM, without a passphrase, of at least ` +
      `${RSA_BITS_MIN} bits`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

function readPem(text: string): KeyObject | null {
  try {
    return createPrivateKey({ key: text, format: 'pem' });
  } catch {
    // OpenSSL's reason does not help an operator; the message states the expected form instead.
    return null;
  }
}

/** Secret text that fits `pattern`; `expected` completes the sentence "must be …". */
export const secretText = (pattern: RegExp, expected: string) =>
  z
    .string()
    .regex(pattern, `must be ${expected}`)
    .transform((text) => createSecret(text));
