import { expect, test } from 'vitest';
import { renderAttentionDoc } from '../../src/dev/generate/attention-doc.ts';
import { attentionCodes } from '../../src/payout/model/attention.ts';
import { attentionFacts } from '../../src/payout/model/attention-facts.ts';

test('every code has its row, with its sentence and what an operator does', () => {
  const rows = renderAttentionDoc()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.map((row) => row.split('`')[1])).toEqual(attentionCodes);
  for (const [index, code] of attentionCodes.entries()) {
    const { severity, message, action } = attentionFacts[code];
    for (const text of [severity, message, action]) expect(rows[index]).toContain(text);
  }
});

test('every sentence is one: it begins as one, ends as one and breaks no table', () => {
  for (const { message, action } of Object.values(attentionFacts)) {
    for (const text of [message, action]) expect(text).toMatch(/^[A-Z][^|\n]*\.$/);
  }
});
