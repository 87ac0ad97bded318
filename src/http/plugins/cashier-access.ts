/**
 * Decides who may call as the cashier: by address, by Basic credentials, or by both where both are
 * set. It compares in constant time and stores nothing that was presented. How often an address may
 * try is decided in cashier-limits.ts.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { createNetworks } from './client-address.ts';

export type CashierAccess = {
  /** `user:password`; null where no credentials are required. */
  basicAuth: string | null;
  /** Addresses or networks; empty where any address may call. */
  allowedIps: readonly string[];
  /** PRAXIS_ALLOW_UNAUTHENTICATED: neither an address nor credentials are required. */
  allowUnauthenticated: boolean;
  /** PRAXIS_FORM_BODIES: bodies may be forms, which any page can have a browser send. */
  formBodies: boolean;
};

/** 403: the address is not allowed, or no access is configured. 401: wrong or no credentials. */
export type Admission =
  /** `isAuthenticated`: admitted by address or credentials, not because every client may call. */
  { kind: 'admitted'; isAuthenticated: boolean } | { kind: 'refused'; httpStatus: 401 | 403 };

/** Decides about one call; `address` is the client's own, behind the trusted proxies. */
export type Admit = (address: string, authorization: string | undefined) => Admission;

/** Longer than any user and password that the configuration accepts, in base64. */
const PRESENTED = /^Basic +([A-Za-z0-9+/=_-]{1,2048})$/i;

const digest = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest();

/** With none of the three set, no call is admitted. */
export function createAdmit(access: CashierAccess): Admit {
  const { basicAuth, allowedIps, allowUnauthenticated } = access;
  const isAllowed = createNetworks(allowedIps);
  const expected = basicAuth === null ? null : digest(basicAuth);
  const isOpenToSome = basicAuth !== null || allowedIps.length > 0;

  const decide: Admit = (address, authorization) => {
    const isFromThere = allowedIps.length === 0 || isAllowed(address);
    if (!isOpenToSome || !isFromThere) return { kind: 'refused', httpStatus: 403 };
    if (expected === null) return { kind: 'admitted', isAuthenticated: true };
    const presented = PRESENTED.exec(authorization ?? '')?.[1] ?? '';
    // Hashes have one length, so that the comparison does not reveal the password's length.
    return timingSafeEqual(digest(Buffer.from(presented, 'base64')), expected)
      ? { kind: 'admitted', isAuthenticated: true }
      : { kind: 'refused', httpStatus: 401 };
  };
  return (address, authorization) => {
    const decided = decide(address, authorization);
    return allowUnauthenticated && decided.kind === 'refused'
      ? { kind: 'admitted', isAuthenticated: false }
      : decided;
  };
}
