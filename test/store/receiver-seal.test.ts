/**
 * Receiver data at rest: sealed under a key ring, bound to its payout, and fingerprinted without
 * being kept.
 */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReceiverSeal } from '../../src/store/payouts/receiver-seal.ts';

const key = (id: string) => ({ id, key: randomBytes(32) });
const [old, current] = [key('2029'), key('2030')];
const seal = createReceiverSeal([current, old], randomBytes);
const PLAIN = '{"bank_account":{"account_number":"DE00123456780001"}}';

describe('sealed data', () => {
  test('opens for its own payout, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plain, id) => {
        expect(seal.open(id, seal.seal(id, plain))).toBe(plain.toWellFormed());
      }),
    );
  });

  test('does not open for another payout', () => {
    const sealed = seal.seal('po_1', PLAIN);
    expect(() => seal.open('po_2', sealed)).toThrow();
  });

  test('does not open when any byte of it was changed', () => {
    const sealed = seal.seal('po_1', PLAIN);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => seal.open('po_1', changed)).toThrow();
    }
  });

  test('does not open when it was cut short', () => {
    const sealed = seal.seal('po_1', PLAIN);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => seal.open('po_1', sealed.slice(0, length))).toThrow();
    }
  });

  test('is never the same twice, and holds no piece of what it hides', () => {
    const [first, second] = [seal.seal('po_1', PLAIN), seal.seal('po_1', PLAIN)];
    expect(Buffer.from(first).equals(Buffer.from(second))).toBe(false);
    expect(Buffer.from(first).includes('DE0012')).toBe(false);
  });

  test('of an older key opens as long as the ring has that key, and new data takes the first key', () => {
    const before = createReceiverSeal([old], randomBytes).seal('po_1', PLAIN);
    expect(seal.open('po_1', before)).toBe(PLAIN);
    const onlyNew = createReceiverSeal([current], randomBytes);
    expect(onlyNew.open('po_1', seal.seal('po_1', PLAIN))).toBe(PLAIN);
    expect(() => onlyNew.open('po_1', before)).toThrow(/DATA_KEYS/);
  });
});

describe('a fingerprint', () => {
  test('distinguishes the same body from another one, also after the first key has changed', () => {
    const before = createReceiverSeal([old], randomBytes).fingerprint(PLAIN);
    expect(seal.isSameBody(PLAIN, before)).toBe(true);
    expect(seal.isSameBody(PLAIN.replace('1', '2'), before)).toBe(false);
    expect(seal.isSameBody(PLAIN, seal.fingerprint(PLAIN))).toBe(true);
  });

  test('cannot be made, or compared, without its key', () => {
    const other = createReceiverSeal([{ id: current.id, key: randomBytes(32) }], randomBytes);
    expect(other.isSameBody(PLAIN, seal.fingerprint(PLAIN))).toBe(false);
    const stranger = createReceiverSeal([key('2031')], randomBytes);
    expect(stranger.isSameBody(PLAIN, seal.fingerprint(PLAIN))).toBeNull();
  });
});

test('an empty ring is refused', () => {
  expect(() => createReceiverSeal([], randomBytes)).toThrow(/key ring/);
});
