/**
 * The tracking of a payout as its row stores it, in the column `memory`. While replicas are
 * replaced, three versions write rows at the same time: a missing member gets the value that held
 * before it existed, and an unknown one stays and is written back. Members whose released names are
 * older than the code's terms are renamed here, in both directions. `payout/model/tracking.ts` owns
 * the type.
 */

import { z } from 'zod';
import type {
  AppliedReply,
  Attempts,
  CheckAttempts,
  Streak,
  Tracking,
} from '../../payout/model/tracking.ts';
import { FIRST_EPOCH } from '../../payout/policy/epoch.ts';

const textOrNull = z.string().nullable();
const instantOrNull = z.int().nullable();
const count = z.int().min(0);

const attemptsShape = {
  open: z.looseObject({ id: z.string(), at: z.int(), sendBefore: z.int() }).nullable(),
  made: count,
  closedIds: z.array(z.string()).default([]),
  endedAt: instantOrNull,
  settledAt: instantOrNull,
  notSentInARow: count,
};

const streakShape = { key: z.string(), since: z.int(), until: z.int(), count: z.int() };

const sequenceSchema = z.looseObject({ reply: z.int(), attempt: z.int(), authorization: z.int() });

/** Rows from before sequences were stored: nothing has been counted. */
const NO_SEQUENCE = { reply: 0, attempt: 0, authorization: 0 };
/** A reply from before sequences is never fresh. */
const BEFORE_SEQUENCES = { reply: -1, attempt: -1, authorization: -1 };

type StoredAttempts<T> = Omit<T, 'finishedAt'> & { settledAt: number | null };
type StoredReply = Omit<AppliedReply, 'requestedAt'> & { askedAt: number };

/** The column `memory`: the tracking under the names of its first release. */
type StoredTracking = Omit<Tracking, 'check' | 'pay' | 'streak' | 'reply'> & {
  check: StoredAttempts<CheckAttempts>;
  pay: StoredAttempts<Attempts>;
  equal: Streak | null;
  reply: StoredReply | null;
};

const storedSchema: z.ZodType<StoredTracking> = z.looseObject({
  check: z.looseObject({
    ...attemptsShape,
    begunAt: instantOrNull,
    refusedLookups: z
      .looseObject({ ...streakShape, knownAnsweredAt: instantOrNull.default(null) })
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
  equal: z.looseObject(streakShape).nullable(),
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
  deauthorizeWish: z.boolean().default(false),
  // An authorization from before epochs belongs to the first one, for every reader.
  authorizedEpoch: z.int().nullable().default(null),
  verifiedEpoch: z.int().default(FIRST_EPOCH),
  namedOrderId: textOrNull.default(null),
  secondOrderId: textOrNull,
  touchedAt: z.int(),
  askAtOnce: z.boolean(),
  asks: count,
  failedAsks: count,
  hints: count.default(0),
  hintedAt: z.int().default(0),
  lettersSent: z.string(),
});

const fromAttempts = <T extends { settledAt: number | null }>({ settledAt, ...rest }: T) => ({
  ...rest,
  finishedAt: settledAt,
});

const toAttempts = <T extends Attempts>({ finishedAt, ...rest }: T) => ({
  ...rest,
  settledAt: finishedAt,
});

const fromReply = ({ askedAt, ...rest }: StoredReply): AppliedReply => ({
  ...rest,
  requestedAt: askedAt,
});

const toReply = ({ requestedAt, ...rest }: AppliedReply): StoredReply => ({
  ...rest,
  askedAt: requestedAt,
});

export const trackingSchema: z.ZodType<Tracking> = storedSchema.transform(
  ({ check, pay, equal, reply, ...rest }) => ({
    ...rest,
    check: fromAttempts(check),
    pay: fromAttempts(pay),
    streak: equal,
    reply: reply === null ? null : fromReply(reply),
  }),
);

/** The column `memory` of a tracking; {@link trackingSchema} reads it. */
export const memoryOf = ({ check, pay, streak, reply, ...rest }: Tracking): StoredTracking => ({
  ...rest,
  check: toAttempts(check),
  pay: toAttempts(pay),
  equal: streak,
  reply: reply === null ? null : toReply(reply),
});
