import { expect, test } from 'vitest';
import { findMoves } from '../../src/dev/generate/state-moves.ts';
import { renderStatesDoc } from '../../src/dev/generate/states-doc.ts';
import { eventMeanings } from '../../src/payout/model/event.ts';
import { isBeforePay, isFinal, statuses } from '../../src/payout/model/status.ts';
import { rules } from '../../src/payout/table.ts';

const moves = findMoves();

test('every status is reached, and none but the first without a move', () => {
  const reached = new Set(['requested', ...moves.map(({ to }) => to)]);
  expect([...reached].toSorted()).toEqual([...statuses].toSorted());
});

test('no move leaves a final status', () => {
  expect(moves.filter(({ from }) => isFinal(from))).toEqual([]);
});

test('paying begins in bank_confirmed alone, and no command stops what comes after it', () => {
  expect(moves.filter(({ to }) => to === 'paying').map(({ from }) => from)).toEqual([
    'bank_confirmed',
  ]);
  const stops = moves.filter(({ to }) => ['canceled', 'rejected', 'expired'].includes(to));
  expect(stops.filter(({ from }) => isBeforePay(from))).toHaveLength(12);
  // A wish to stop is carried out only where payout-pay certainly did not happen.
  const late = stops.filter(({ from }) => !isBeforePay(from)).flatMap((move) => move.labels);
  expect([...new Set(late)].toSorted()).toEqual([
    'pay not sent',
    'resolved unseen: not paid',
    'resolved: not paid',
  ]);
});

test('back to before payout-pay leads only a payment that did not happen', () => {
  const back = moves.filter(({ from, to }) => !isBeforePay(from) && isBeforePay(to));
  expect(back).toEqual([{ from: 'paying', to: 'bank_confirmed', labels: ['pay not sent'] }]);
});

test('approved is reached by a status reply or by an operator', () => {
  const labels = moves.filter(({ to }) => to === 'approved').flatMap((move) => move.labels);
  expect([...new Set(labels)].toSorted()).toEqual([
    'resolved unseen: paid',
    'resolved: paid',
    'status: approved',
  ]);
});

test('the page names every status, event and rule, and says the same each time', () => {
  const page = renderStatesDoc();
  const names = [...statuses, ...Object.keys(eventMeanings), ...Object.keys(rules)];
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  expect(page).toContain('stateDiagram-v2\n  [*] --> requested\n');
  expect(renderStatesDoc()).toBe(page);
});
