/**
 * The platform and its cashier in the configuration: their variables, the warnings over them, and
 * the typed settings that follow.
 */

import { z } from 'zod';
import type { Secret } from '../lib/secret.ts';
import { letters } from '../payout/model/letter.ts';
import { address, isNetwork, listOf, yesOrNo } from './formats.ts';
import { notifySecrets, asSecret, secretText } from './secrets.ts';

/** The value of PRAXIS_NOTIFY_URL that switches notifications off. */
export const NO_PLATFORM = 'none';

/** In the order in which an operator reads them. */
export const platformVariables = {
  PRAXIS_NOTIFY_URL: z
    .string()
    .refine(
      (text) => text === NO_PLATFORM || address().safeParse(text).success,
      'must be an http or https address without a fragment or credentials, or none',
    )
    .optional()
    .describe(
      'UpdatePayout address of the platform. A start with an address switches notifications on ' +
        'for the whole installation; a start with the word none switches them off; empty leaves ' +
        'them unchanged.',
    ),
  PRAXIS_NOTIFY_STATUSES: listOf(
    (item) => letters.some((letter) => letter === item),
    letters.join(', '),
  )
    .transform((items) => letters.filter((letter) => items.includes(letter)))
    .prefault(letters.join(','))
    .describe('Status letters of the notifications that are sent to the platform.'),
  PRAXIS_NOTIFY_SECRET: notifySecrets()
    .optional()
    .meta(asSecret)
    .describe(
      'Secret that signs notifications: whsec_ and base64; several separated by spaces during a ' +
        'rotation.',
    ),
  PRAXIS_NOTIFY_AUTHORIZATION: secretText(/^[\x20-\x7e]{1,4096}$/, 'one line of ASCII')
    .optional()
    .meta(asSecret)
    .describe('Value of the Authorization header of notifications, if the platform requires one.'),
  PRAXIS_BASIC_AUTH: secretText(/^[^:\p{Cc}]{1,255}:[^\p{Cc}]{1,255}$/u, 'user:password')
    .optional()
    .meta(asSecret)
    .describe('Basic credentials, as user:password, that the cashier has to present.'),
  PRAXIS_ALLOWED_IPS: listOf(isNetwork, 'addresses or networks such as 10.0.0.0/8')
    .optional()
    .describe(
      'Addresses or networks from which the cashier may call. If PRAXIS_BASIC_AUTH is set too, ' +
        'both are required.',
    ),
  PRAXIS_ALLOW_UNAUTHENTICATED: yesOrNo()
    .prefault('false')
    .describe(
      'Whether every client may call as the cashier. Without this, PRAXIS_BASIC_AUTH and ' +
        'PRAXIS_ALLOWED_IPS, every call is refused.',
    ),
  PRAXIS_FORM_BODIES: yesOrNo()
    .prefault('false')
    .describe(
      'Whether the cashier may send a form in place of JSON. Any page can have a browser send one.',
    ),
};

type PlatformValues = z.output<z.ZodObject<typeof platformVariables>>;

/**
 * The meaning of PRAXIS_NOTIFY_URL. Whether the platform is notified is a value of the installation
 * in the database, in store/notifications/notifies.ts; `unset` does not change it.
 */
export type ConfiguredPlatform =
  | Readonly<{
      kind: 'address';
      url: string;
      secrets: readonly Secret[];
      authorization: Secret | null;
    }>
  | Readonly<{ kind: 'none' | 'unset' }>;

function toPlatform(values: PlatformValues): ConfiguredPlatform {
  const url = values.PRAXIS_NOTIFY_URL;
  if (url === undefined) return { kind: 'unset' };
  if (url === NO_PLATFORM) return { kind: 'none' };
  return {
    kind: 'address',
    url,
    secrets: values.PRAXIS_NOTIFY_SECRET ?? [],
    authorization: values.PRAXIS_NOTIFY_AUTHORIZATION ?? null,
  };
}

/** What the notifier needs. */
export const toNotify = (values: PlatformValues) => ({
  platform: toPlatform(values),
  letters: values.PRAXIS_NOTIFY_STATUSES,
});

/** Who may call as the cashier. */
export const toCashier = (values: PlatformValues) => ({
  basicAuth: values.PRAXIS_BASIC_AUTH ?? null,
  allowedIps: values.PRAXIS_ALLOWED_IPS ?? [],
  allowUnauthenticated: values.PRAXIS_ALLOW_UNAUTHENTICATED,
  formBodies: values.PRAXIS_FORM_BODIES,
});

export const OPEN_CASHIER =
  'PRAXIS_ALLOW_UNAUTHENTICATED: is true, so every client that reaches /UpdatePayout can hold, ' +
  'release and stop payouts';

export function warnOfPlatform(
  values: Partial<PlatformValues>,
  isSet: (name: string) => boolean,
): string[] {
  const warnings: string[] = [];
  const { PRAXIS_NOTIFY_URL: url } = values;
  if (url !== undefined && url !== NO_PLATFORM && !isSet('PRAXIS_NOTIFY_SECRET')) {
    warnings.push('PRAXIS_NOTIFY_SECRET: is not set; notifications are sent unsigned');
  }
  if (values.PRAXIS_ALLOW_UNAUTHENTICATED === true) {
    warnings.push(OPEN_CASHIER);
  }
  const guarded = isSet('PRAXIS_BASIC_AUTH') || isSet('PRAXIS_ALLOWED_IPS');
  if (values.PRAXIS_ALLOW_UNAUTHENTICATED === true && guarded) {
    warnings.push(
      'PRAXIS_ALLOW_UNAUTHENTICATED: is true, so PRAXIS_BASIC_AUTH and ' +
        'PRAXIS_ALLOWED_IPS are not required',
    );
  }
  return warnings;
}
