/**
 * Errors that mean that the database is away. Goal: a caller is asked to come back, and not
 * that the service has a bug.
 */

import { DatabaseError } from 'pg';
import { expect, test } from 'vitest';
import { isLost } from '../../src/store/database/database-errors.ts';
import { createDatabase, isUnavailable, isUnreachable } from '../../src/store/database/pool.ts';
import { createTestDatabase } from '../support/database.ts';

test('a pool whose connections are all in use is away', async () => {
  const database = await createTestDatabase();
  const db = createDatabase(database.connectionString, () => {});
  const sleeps = Array.from({ length: 20 }, () => db.query({ text: 'select pg_sleep(8)' }));

  const error = await db.query({ text: 'select 1' }).catch((reason: unknown) => reason);

  expect(isUnreachable(error)).toBe(true);
  await Promise.all(sleeps);
  await db.close();
  await database.drop();
}, 60_000);

test('a statement that got no answer is away', () => {
  expect(isUnreachable(new Error('Query read timeout'))).toBe(true);
});

const refusal = (severity: string, code: string): DatabaseError =>
  Object.assign(new DatabaseError('refused', 0, 'error'), { severity, code });

test.for(['57P05', '57P04', '25P03', '25P04', '28P01', '28000', '3D000', '53300'])(
  'a session that the server ended or refused with %s is tried again by requests',
  (code) => {
    expect(isUnavailable(refusal('FATAL', code))).toBe(true);
  },
);

test.for(['57P01', '57P02', '57P05', '25P03', '28P01'])(
  'a session that was ended or refused with %s is lost, also where the server speaks Russian',
  (code) => {
    expect([isLost(refusal('ВАЖНО', code)), isUnavailable(refusal('ВАЖНО', code))]).toEqual([
      true,
      true,
    ]);
  },
);

test('too many connections are no loss: the server answered', () => {
  expect(isLost(refusal('FATAL', '53300'))).toBe(false);
  expect(isLost(refusal('ERROR', '57014'))).toBe(false);
});

test.for(['40001', '40P01', '53100', '53400', '55P03', '57014', '58030'])(
  'a statement refused with %s, whatever it said, is tried again too',
  (code) => {
    expect(isUnavailable(refusal('ERROR', code))).toBe(true);
  },
);

test.for(['28P01', '28000', '3D000', '53100', '57P05'])(
  'a start that meets %s does not wait: an operator has to act',
  (code) => {
    expect(isUnreachable(refusal('FATAL', code))).toBe(false);
  },
);

test.for(['22000', '23505', '42P01', '42703'])('a statement refused with %s is not', (code) => {
  expect(isUnavailable(refusal('ERROR', code))).toBe(false);
});

test.for(['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'SELF_SIGNED_CERT_IN_CHAIN'])(
  'a certificate that a running service cannot verify (%s) is tried again by requests only',
  (code) => {
    const error = Object.assign(new Error('refused'), { code });
    expect([isUnavailable(error), isUnreachable(error)]).toEqual([true, false]);
  },
);
