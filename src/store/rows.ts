/**
 * Rows of the payouts table as the core knows them. Parsed with zod on the way in, so that a row
 * that cannot be stops the work on that payout instead of being acted on.
 */

import { z } from 'zod';
import { attentionCodes } from '../payout/attention.ts';
import {
  assertPayout,
  moneyMovedWords,
  type Payout,
  reasonSources,
  releases,
} from '../payout/payout.ts';
import { FIRST_EPOCH } from '../payout/epoch.ts';
import { statuses } from '../payout/status.ts';

/** What the platform said at create and the service only keeps and gives back. */
export type Brief = {
  apiKeyName: string;
  idempotencyKey: string;
  fingerprint: string;
  description: string | null;
  purpose: string | null;
  returnUrl: string | null;
  cashier: Cashier | null;
  metadata: Record<string, string> | null;
  /** Sealed receiver data; opened only to send it, or to show it masked. */
  receiver: Uint8Array;
};

export type Cashier = {
  pin?: string | undefined;
  front_end_name?: string | undefined;
  site_id?: number | undefined;
  trace_id?: string | undefined;
};

export type StoredPayout = {
  payout: Payout;
  brief: Brief;
  /** Counts every write; a save compares it, so that two decisions never build on one state. */
  revision: number;
  dueAt: number | null;
  updatedAt: number;
};

const instantSchema = z.date().transform((date) => date.getTime());
const textOrNull = z.string().nullable();
const instantOrNull = instantSchema.nullable();

const attemptsShape = {
  open: z.strictObject({ id: z.string(), at: z.int(), sendBefore: z.int() }).nullable(),
  made: z.int().min(0),
  closedIds: z.array(z.string()).default([]),
  endedAt: z.int().nullable(),
  settledAt: z.int().nullable(),
  notSentInARow: z.int().min(0),
};

const runShape = { key: z.string(), since: z.int(), until: z.int(), count: z.int() };

const sequenceSchema = z.looseObject({
  reply: z.int(),
  attempt: z.int(),
  authorization: z.int(),
});

/** Rows from before these were kept: nothing has been counted. */
const NO_SEQUENCE = { reply: 0, attempt: 0, authorization: 0 };
/** A reply from before sequences is never fresh. */
const BEFORE_SEQUENCES = { reply: -1, attempt: -1, authorization: -1 };

const memorySchema = z.looseObject({
  check: z.looseObject({
    ...attemptsShape,
    begunAt: z.int().nullable(),
    refusedLookups: z
      .looseObject({ ...runShape, knownAnsweredAt: z.int().nullable().default(null) })
      .nullable(),
    refusedWith: z.looseObject({ code: textOrNull, message: textOrNull }).nullable().default(null),
    released: z.boolean().default(false),
  }),
  pay: z.looseObject(attemptsShape),
  sequence: sequenceSchema.default(NO_SEQUENCE),
  reply: z
    .looseObject({
      askedAt: z.int(),
      asOf: sequenceSchema.default(BEFORE_SEQUENCES),
      epoch: z.int().default(FIRST_EPOCH),
      status: z.string(),
      validated: z.boolean(),
    })
    .nullable(),
  equal: z.looseObject(runShape).nullable(),
  approvedBeforePay: z.boolean(),
  adopted: z.boolean().default(false),
  answeredLostIntent: z.boolean().default(false),
  stopWish: z
    .looseObject({
      status: z.enum(['canceled', 'rejected']),
      source: z.enum(['platform', 'cashier']),
      by: z.string(),
    })
    .nullable()
    .default(null),
  authorizedEpoch: z.int().nullable().default(null),
  verifiedEpoch: z.int().default(FIRST_EPOCH),
  hints: z.int().default(0),
  hintedAt: z.int().default(0),
  // Rows from before it was kept have none.
  namedOrderId: textOrNull.default(null),
  secondOrderId: textOrNull,
  touchedAt: z.int(),
  askAtOnce: z.boolean(),
  asks: z.int(),
  failedAsks: z.int(),
  lettersSent: z.string(),
});

const attentionSchema = z.array(
  z.strictObject({
    code: z.enum(attentionCodes),
    since: z.int(),
    detail: textOrNull,
    acknowledgedBy: textOrNull,
  }),
);

const reasonSchema = z
  .strictObject({
    source: z.enum(reasonSources),
    code: textOrNull,
    message: textOrNull,
  })
  .nullable();

const cashierSchema = z.strictObject({
  pin: z.string().optional(),
  front_end_name: z.string().optional(),
  site_id: z.int().optional(),
  trace_id: z.string().optional(),
});

const rowSchema = z.object({
  id: z.string(),
  reference: z.string(),
  api_key_name: z.string(),
  idempotency_key: z.string(),
  fingerprint: z.string(),
  endpoint: z.string(),
  release: z.enum(releases),
  amount_minor: z.string().transform((text) => BigInt(text)),
  currency: z.string(),
  description: textOrNull,
  purpose: textOrNull,
  return_url: textOrNull,
  cashier: cashierSchema.nullable(),
  metadata: z.record(z.string(), z.string()).nullable(),
  receiver: z.instanceof(Uint8Array),
  epoch: z.int(),
  client_order_id: textOrNull,
  gateway_identity: textOrNull,
  gateway_amount: textOrNull,
  gateway_currency: textOrNull,
  status: z.enum(statuses),
  status_since: instantSchema,
  money_moved: z.enum(moneyMovedWords),
  reason: reasonSchema,
  finalized_at: instantOrNull,
  order_id: textOrNull,
  stage: textOrNull,
  processor_tx_id: textOrNull,
  redirect_url: textOrNull,
  authorized_at: instantOrNull,
  authorized_by: textOrNull,
  expires_at: instantOrNull,
  release_withheld: z.boolean(),
  attention: attentionSchema,
  memory: memorySchema,
  version: z.int(),
  revision: z.int(),
  due_at: instantOrNull,
  created_at: instantSchema,
  updated_at: instantSchema,
});

type Row = z.infer<typeof rowSchema>;

function toPayout(row: Row): Payout {
  return {
    id: row.id,
    reference: row.reference,
    endpoint: row.endpoint,
    money: { amountMinor: row.amount_minor, currency: row.currency },
    release: row.release,
    epoch: row.epoch,
    clientOrderId: row.client_order_id ?? row.id,
    createdAt: row.created_at,
    version: row.version,
    status: row.status,
    statusSince: row.status_since,
    moneyMoved: row.money_moved,
    reason: row.reason,
    finalizedAt: row.finalized_at,
    gateway: {
      identity: row.gateway_identity,
      orderId: row.order_id,
      amount: row.gateway_amount,
      currency: row.gateway_currency,
      stage: row.stage,
      processorTxId: row.processor_tx_id,
      redirectUrl: row.redirect_url,
    },
    authorization: {
      authorizedAt: row.authorized_at,
      by: row.authorized_by,
      expiresAt: row.expires_at,
      withheld: row.release_withheld,
    },
    attention: row.attention,
    memory: row.memory,
  };
}

/** Reads a row; throws where it breaks what holds for every payout. */
export function toStoredPayout(raw: unknown): StoredPayout {
  const row = rowSchema.parse(raw);
  const payout = toPayout(row);
  assertPayout(payout);
  return {
    payout,
    brief: {
      apiKeyName: row.api_key_name,
      idempotencyKey: row.idempotency_key,
      fingerprint: row.fingerprint,
      description: row.description,
      purpose: row.purpose,
      returnUrl: row.return_url,
      cashier: row.cashier,
      metadata: row.metadata,
      receiver: row.receiver,
    },
    revision: row.revision,
    dueAt: row.due_at,
    updatedAt: row.updated_at,
  };
}
