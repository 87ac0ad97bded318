/**
 * The merchants that may call the fake gateway: logins, their keys and their endpoints. Keys are
 * parsed once, because parsing a PEM costs more than verifying a signature with it.
 */

import { createPublicKey, type KeyObject } from 'node:crypto';

/** Below this an RSA key is not accepted, as the gateway asks for at least 2048 bits. */
const RSA_BITS_MIN = 2048;

/** payneteasy: a command names an endpoint, or an endpoint group, in its path. */
export interface Endpoint {
  readonly form: 'endpoint' | 'group';
  readonly id: string;
}

export interface MerchantOptions {
  readonly login: string;
  readonly controlKey: string;
  readonly publicKeyPem: string;
  readonly endpointIds: readonly string[];
  readonly groupIds: readonly string[];
}

export interface Merchant {
  readonly login: string;
  readonly controlKey: string;
  readonly publicKey: KeyObject;
  readonly endpointIds: readonly string[];
  readonly groupIds: readonly string[];
}

export type Merchants = ReadonlyMap<string, Merchant>;

/** @throws Error when `pem` is not an RSA key of at least 2048 bits. */
export function parsePublicKey(pem: string): KeyObject {
  const key = createPublicKey(pem);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < RSA_BITS_MIN) {
    throw new Error(`the public key must be RSA with at least ${RSA_BITS_MIN} bits`);
  }
  return key;
}

/** @throws Error when a public key cannot be used. */
export function createMerchants(options: readonly MerchantOptions[]): Merchants {
  return new Map(
    options.map(({ publicKeyPem, ...merchant }) => [
      merchant.login,
      { ...merchant, publicKey: parsePublicKey(publicKeyPem) },
    ]),
  );
}

export function ownsEndpoint(merchant: Merchant, endpoint: Endpoint): boolean {
  const owned = endpoint.form === 'group' ? merchant.groupIds : merchant.endpointIds;
  return owned.includes(endpoint.id);
}
