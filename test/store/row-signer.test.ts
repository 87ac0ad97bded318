/** MACs of rows: what each covers, that none stands for another, and keys of a ring. */

import { describe, expect, test } from 'vitest';
import {
  createRowSigner,
  noMacs,
  type RowKey,
  type SignedRow,
} from '../../src/store/integrity/row-signer.ts';
import { readMigrations } from '../../src/store/database/migration-files.ts';
import { SIGNING_SINCE } from '../../src/store/row-keys.ts';
import { storyIn } from '../support/payouts.ts';
import { newStored } from '../support/stored-payouts.ts';

const keyOf = (id: string, fill: number): RowKey => ({ id, key: Buffer.alloc(32, fill) });
const signer = createRowSigner([keyOf('a', 1)]);

function signed(status: keyof typeof storyIn = 'bank_confirmed'): SignedRow {
  const { payout } = storyIn[status]();
  const { details } = newStored();
  return { payout, details, macs: signer.sign(payout, details) };
}

/** As it is read again: a row is judged by what it holds. */
const read = (row: SignedRow): SignedRow => ({ ...row, macs: { ...row.macs } });

test('a row is good as it was signed', () => {
  expect(signer.judge(read(signed()))).toBe('ok');
  expect(signer.judge({ ...signed(), macs: noMacs })).toBe('unsigned');
});

describe('a MAC does not stand for another one', () => {
  test('of the same row', () => {
    const row = signed();
    const { macs } = row;
    const moved = { row: macs.order, authorization: macs.row, order: macs.authorization };
    expect(signer.judge({ ...row, macs: moved })).toBe('altered');
    expect(
      signer.judge({ ...row, macs: { ...macs, authorization: macs.order, order: macs.order } }),
    ).toBe('unsigned');
  });

  test('where values are shifted between two fields', () => {
    const row = signed();
    const texts = (description: string | null, purpose: string | null): SignedRow => {
      const details = { ...row.details, description, purpose };
      return { ...row, details, macs: signer.sign(row.payout, details) };
    };
    const first = texts('a","b', 'c');
    const { description: _is, purpose: _was, ...rest } = first.details;
    const second = { ...rest, description: 'a', purpose: 'b","c' };
    expect(signer.judge(read({ ...first, details: second }))).toBe('altered');
    expect(
      signer.judge(
        read({ ...texts(null, ''), details: { ...rest, description: '', purpose: null } }),
      ),
    ).toBe('altered');
  });
});

describe('an authorization that was taken back', () => {
  test('does not fit once the sequence has grown', () => {
    const row = signed();
    const { payout } = row;
    const authorized = {
      ...payout,
      authorization: { ...payout.authorization, authorizedAt: 1, by: 'desk' },
      tracking: { ...payout.tracking, sequence: { ...payout.tracking.sequence, authorization: 1 } },
    };
    const given = signer.resign(row, authorized);
    const again = {
      ...authorized,
      tracking: { ...payout.tracking, sequence: { ...payout.tracking.sequence, authorization: 2 } },
    };
    expect(signer.judge({ ...row, payout: authorized, macs: { ...given } })).toBe('ok');
    expect(signer.judge({ ...row, payout: again, macs: { ...given } })).toBe('unsigned');
  });
});

describe('signing again', () => {
  test('keeps the MACs where nothing that they cover has changed', () => {
    const row = signed();
    expect(signer.resign(row, { ...row.payout, version: 9 })).toBe(row.macs);
  });

  test('keeps the MACs of an altered row', () => {
    const row = signed();
    const altered = read({ ...row, payout: { ...row.payout, reference: 'another' } });
    const after = { ...altered.payout, gateway: { ...row.payout.gateway, orderId: '2' } };
    expect(signer.resign(altered, after)).toBe(altered.macs);
  });

  test('gives a row from before its other MACs, and no MAC of what it cannot vouch for', () => {
    const row = { ...signed(), macs: noMacs };
    const macs = signer.resign(row, row.payout);
    expect(macs).toMatchObject({ row: null, authorization: expect.any(String) });
    expect(signer.judge({ ...row, macs })).toBe('unsigned');
  });

  test('gives nothing without a key', () => {
    const keyless = createRowSigner([]);
    const row = signed();
    expect(keyless.sign(row.payout, row.details)).toEqual(noMacs);
    expect(
      keyless.resign(row, { ...row.payout, gateway: { ...row.payout.gateway, orderId: '2' } }),
    ).toBe(row.macs);
    expect(keyless.judge(row)).toBe('unsigned');
  });
});

describe('a ring', () => {
  test('verifies with each key, and signs with the first', () => {
    const row = signed();
    const ring = createRowSigner([keyOf('b', 2), keyOf('a', 1)]);
    expect(ring.judge(read(row))).toBe('ok');
    expect(ring.sign(row.payout, row.details).row).toMatch(/^b:[0-9a-f]{64}$/);
  });

  test('without the key, or with other bytes under its id, verifies nothing', () => {
    const row = signed();
    for (const key of [keyOf('b', 1), keyOf('a', 2)]) {
      expect(createRowSigner([key]).judge(read(row))).toBe('altered');
    }
  });

  test('takes no MAC that is not written in full', () => {
    const row = signed();
    for (const mac of ['', 'a', 'a:', `${row.macs.row?.slice(0, -2)}`, `${row.macs.row}00`]) {
      expect(signer.judge({ ...row, macs: { ...row.macs, row: mac } })).toBe('altered');
    }
  });
});

test('once MACs are required, a row without them is altered, for good', () => {
  const strict = createRowSigner([keyOf('a', 1)]);
  const row = { ...signed(), macs: { ...noMacs } };
  expect(strict.judge(row)).toBe('unsigned');
  expect(strict.lacksKey()).toBe(false);
  strict.require();
  expect(strict.judge(row)).toBe('altered');
  const keyless = createRowSigner([]);
  expect(keyless.lacksKey()).toBe(false);
  keyless.require();
  expect(keyless.lacksKey()).toBe(true);
  expect(keyless.judge(signed())).toBe('altered');
});

test('the version that signs is the one of the migration', async () => {
  const migrations = await readMigrations();
  expect(migrations.find(({ name }) => name.endsWith('-row-macs'))?.version).toBe(SIGNING_SINCE);
});
