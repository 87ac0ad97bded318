/**
 * Declarations that a gateway goes on with the orders of another one, followed as far as they lead.
 */

import { expect, test } from 'vitest';
import { continuedBy } from '../../src/store/gateway-identities.ts';

const declared = (oldIdentity: string, newIdentity: string) => ({
  oldIdentity,
  newIdentity,
  declaredBy: 'Ada',
  declaredAt: 0,
  proofPayoutId: 'po_1',
});

test('a gateway goes on with what the one that it continues goes on with', () => {
  const moves = [declared('a', 'b'), declared('b', 'c'), declared('x', 'c'), declared('d', 'e')];
  expect(continuedBy('c', moves)).toEqual(['b', 'a', 'x']);
  expect(continuedBy('b', moves)).toEqual(['a']);
  expect(continuedBy('a', moves)).toEqual([]);
});

test('declarations in a circle end', () => {
  const moves = [declared('a', 'b'), declared('b', 'a')];
  expect(continuedBy('a', moves)).toEqual(['b']);
  expect(continuedBy('b', moves)).toEqual(['a']);
});
