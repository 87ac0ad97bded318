/**
 * The derived client_orderid: stable indefinitely, and another one for each installation.
 */

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { derivedClientOrderId } from '../../src/store/history/client-order-id.ts';

/** The same by another way: bits in groups of five, most significant first. */
function byHand(installation: string, reference: string): string {
  const hash = createHash('sha256').update(`${installation}\0${reference}`).digest();
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.slice(0, 160).match(/.{5}/g) ?? [];
  const letters = groups.map((group) => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(group, 2)]);
  return `p_${letters.join('')}`;
}

test.each([
  ['main', '1526773664'],
  ['a', 'b'],
  ['main', 'Überweisung 7'],
  ['x'.repeat(64), 'y'.repeat(50)],
])('%s and %s give 34 characters, as computed by hand', (installation, reference) => {
  const id = derivedClientOrderId(installation, reference);
  expect(id).toMatch(/^p_[a-z2-7]{32}$/);
  expect(id).toBe(byHand(installation, reference));
});

test('an id that was given once stays the same', () => {
  expect(derivedClientOrderId('main', '1526773664')).toBe('p_ptugo4z6v3xgs2kxtm3u566okuom3fvg');
});

test('name and reference cannot be shifted into each other', () => {
  expect(derivedClientOrderId('ab', 'c')).not.toBe(derivedClientOrderId('a', 'bc'));
});
