/**
 * Makes and verifies the MACs of a payout's row, by which a row that was changed outside of the
 * service is noticed. There are three, since the parts of a row change at different times: what is
 * written once, what releases or stops the payment, and the gateway's order. What follows from an
 * altered row is decided in payout/policy/may-pay.ts; `config/secrets.ts` reads the keys.
 */

import {
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import type { Integrity } from '../../payout/model/decision.ts';
import type { Payout } from '../../payout/model/payout.ts';
import { isFinal } from '../../payout/model/status.ts';

export type RowKey = { id: string; key: Uint8Array };

/** Each MAC is `KEY_ID:HEX`; null where none was made. */
export type Macs = { row: string | null; authorization: string | null; order: string | null };

export const noMacs: Macs = { row: null, authorization: null, order: null };

/** What is signed of the details that the client sent. */
type Details = {
  apiKeyName: string;
  description: string | null;
  purpose: string | null;
  cashier: {
    pin?: string | undefined;
    front_end_name?: string | undefined;
    site_id?: number | undefined;
  } | null;
  /** Sealed. */
  receiver: Uint8Array;
};

export type SignedRow = { payout: Payout; details: Details; macs: Macs };

export type RowSigner = {
  /** The ids of the ring; the first one signs. Empty without ROW_KEY. */
  keyIds: readonly string[];
  /**
   * The installation refuses rows without MACs. It stays so for the life of the process: a hand
   * that changes rows could take the flag back as well.
   */
  require(): void;
  /** Whether rows have to be signed and there is no key: then this process must write none. */
  lacksKey(): boolean;
  /** The MACs of a new payout. */
  sign(payout: Payout, details: Details): Macs;
  /**
   * The MACs of a payout after a decision. An altered row keeps the ones that it has: its next save
   * would otherwise make it a good one.
   */
  resign(before: SignedRow, after: Payout): Macs;
  /** Whether a row, as it was read, is as the service wrote it. */
  judge(row: SignedRow): Integrity;
  /** A text that only this key of the ring makes. */
  proofOf(keyId: string): string;
};

/** Rows have to be signed, and this process has no ROW_KEY. */
export class RowKeyMissing extends Error {
  override readonly name = 'RowKeyMissing';
  constructor() {
    super('ROW_KEY is not set here, although the rows of this installation are signed');
  }
}

type Fields = readonly (string | number | boolean | null)[];

/**
 * Written once. The names of key and cashier decide who may release the payout; the epoch decides
 * whether it needs a new authorization.
 */
function rowFields({ id, reference, money, ...payout }: Payout, details: Details): Fields {
  const { apiKeyName, description, purpose, cashier, receiver } = details;
  return [
    id,
    reference,
    payout.clientOrderId,
    payout.endpoint,
    payout.release,
    payout.epoch,
    money.amountMinor.toString(),
    money.decimals,
    money.currency,
    apiKeyName,
    description,
    purpose,
    cashier?.pin ?? null,
    cashier?.front_end_name ?? null,
    cashier?.site_id ?? null,
    hash('sha256', receiver),
  ];
}

/**
 * Everything that releases the payment or stops it. The sequence grows with each authorization, so
 * that one that was taken back does not fit any more.
 */
function authorizationFields({ id, status, authorization, tracking }: Payout): Fields {
  const { authorizedAt, by, expiresAt, withheld } = authorization;
  const { authorizedEpoch, stopWish, deauthorizeWish, sequence, pay } = tracking;
  return [
    id,
    authorizedAt,
    by,
    authorizedEpoch,
    sequence.authorization,
    expiresAt,
    withheld,
    stopWish?.status ?? null,
    deauthorizeWish,
    isFinal(status) ? status : null,
    pay.made,
  ];
}

/** The order, the gateway that it lives at, and why it may not be paid. */
function orderFields({ id, gateway, tracking }: Payout): Fields {
  const { namedOrderId, secondOrderId, adopted, answeredLostIntent, approvedBeforePay } = tracking;
  return [
    id,
    gateway.identity,
    gateway.orderId,
    namedOrderId,
    secondOrderId,
    adopted,
    answeredLostIntent,
    approvedBeforePay,
  ];
}

const isSame = (a: Fields, b: Fields): boolean => a.every((value, index) => value === b[index]);

/** Makes a MAC with one key of the ring, and compares one with the key that its id names. */
function createRing(keys: readonly RowKey[]) {
  // A key of its own for this purpose, whatever else the bytes may be used for. Key objects: see
  // payouts/receiver-seal.ts.
  const ring = new Map<string, KeyObject>(
    keys.map(({ id, key }) => [
      id,
      createSecretKey(Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'row-mac', 32))),
    ]),
  );
  const digest = (key: KeyObject, domain: string, fields: Fields): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([`payout ${domain}`, ...fields]))
      .digest();

  const make = (keyId: string, domain: string, fields: Fields): string => {
    const key = ring.get(keyId);
    if (key === undefined) throw new TypeError('a key that is not in the ring');
    return `${keyId}:${digest(key, domain, fields).toString('hex')}`;
  };

  const fits = (mac: string, domain: string, fields: Fields): boolean => {
    const at = mac.lastIndexOf(':');
    const key = ring.get(mac.slice(0, at));
    if (key === undefined) return false;
    const given = Buffer.from(mac.slice(at + 1), 'hex');
    const made = digest(key, domain, fields);
    return given.length === made.length && timingSafeEqual(given, made);
  };

  return { make, fits };
}

/** `keys[0]` signs, and every key verifies; without keys nothing is signed or verified. */
export function createRowSigner(keys: readonly RowKey[]): RowSigner {
  const { make, fits } = createRing(keys);
  const [first] = keys;
  /** What was found of MACs as they were read, which takes 20 µs; a row is judged several times. */
  const judged = new WeakMap<Macs, Integrity>();
  let isRequired = false;

  /**
   * No version changes what is written once, so a wrong MAC of the row is a change by hand. The
   * other parts may have been changed by a replica without the key.
   */
  const examine = ({ payout, details, macs }: SignedRow): Integrity => {
    const { row, authorization, order } = macs;
    if (row === null) return 'unsigned';
    // guard: row-mac
    if (!fits(row, 'row', rowFields(payout, details))) return 'altered';
    const areParts =
      authorization !== null &&
      order !== null &&
      fits(authorization, 'authorization', authorizationFields(payout)) &&
      fits(order, 'order', orderFields(payout));
    return areParts ? 'ok' : 'unsigned';
  };

  const judge = (row: SignedRow): Integrity => {
    let found = judged.get(row.macs);
    if (found === undefined) {
      found = first === undefined ? 'unsigned' : examine(row);
      judged.set(row.macs, found);
    }
    // guard: unsigned-refused
    return found === 'unsigned' && isRequired ? 'altered' : found;
  };

  /** The MACs of the parts that change. */
  const partsOf = (keyId: string, payout: Payout) => ({
    authorization: make(keyId, 'authorization', authorizationFields(payout)),
    order: make(keyId, 'order', orderFields(payout)),
  });

  return {
    keyIds: keys.map(({ id }) => id),
    require: () => {
      isRequired = true;
    },
    lacksKey: () => isRequired && first === undefined,
    sign: (payout, details) => {
      if (first === undefined) return noMacs;
      const row = make(first.id, 'row', rowFields(payout, details));
      return { row, ...partsOf(first.id, payout) };
    },
    resign: (before, after) => {
      const { payout, macs } = before;
      const isKept =
        macs.authorization !== null &&
        macs.order !== null &&
        isSame(authorizationFields(payout), authorizationFields(after)) &&
        isSame(orderFields(payout), orderFields(after));
      if (first === undefined || isKept || judge(before) === 'altered') return macs;
      const renewed = { row: macs.row, ...partsOf(first.id, after) };
      judged.set(renewed, macs.row === null ? 'unsigned' : 'ok');
      return renewed;
    },
    judge,
    proofOf: (keyId) => make(keyId, 'key', [keyId]),
  };
}
