/** The whole table on one screen, written by hand and compared cell by cell with the code's. */

import { describe, expect, it } from 'vitest';
import { letters } from '../../src/payout/model/letter.ts';
import { isBeforePay, isFinal, statuses } from '../../src/payout/model/status.ts';
import { cashierCell, cashierTable } from '../../src/praxis/cashier-table.ts';

/** Answer and act; the attention that a refusal leaves is in the table of the route's test. */
const expected = `
                    A            P         Y           J        C
requested           0authorize   0record   0withhold   0stop    0stop
checking            0authorize   0record   0withhold   0stop    0stop
bank_confirming     0authorize   0record   0withhold   0stop    0stop
bank_confirmed      0authorize   0record   0withhold   0stop    0stop
paying              0none        0none     0record     4none    4none
processing          0none        0none     0record     4none    4none
awaiting_receiver   0none        0none     0record     4none    4none
approved            0none        0none     0none       4none    4none
declined            4none        4none     4none       0none    0none
filtered            4none        4none     4none       0none    0none
error               4none        4none     4none       0none    0none
canceled            4none        4none     4none       0none    0none
rejected            4none        4none     4none       0none    0none
expired             4none        4none     4none       0none    0none
`;

describe("the cashier's table", () => {
  it('is the table of the design, cell by cell', () => {
    const written = statuses.map((status) => {
      const cells = letters.map((letter) => {
        const { answer, act } = cashierTable[status][letter];
        return `${answer}${act}`;
      });
      return [status, ...cells];
    });
    const [head, ...rows] = expected
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    expect(head).toEqual(letters);
    expect(written).toEqual(rows);
  });

  it('lets A release only where it may, and changes no other cell by that', () => {
    for (const status of statuses) {
      for (const letter of letters) {
        const allowed = cashierTable[status][letter];
        expect(cashierCell(status, letter, true)).toBe(allowed);
        const isRelease = letter === 'A' && isBeforePay(status);
        const held = isRelease ? { answer: 4, act: 'none' } : allowed;
        expect(cashierCell(status, letter, false)).toEqual(held);
      }
    }
  });

  it('stops and releases nothing once payout-pay may have been sent', () => {
    const late = statuses.filter((status) => !isBeforePay(status));
    for (const status of late) {
      for (const letter of letters) {
        expect(['none', 'record']).toContain(cashierTable[status][letter].act);
      }
    }
    expect(late).toHaveLength(10);
  });

  it('never takes J or C for a payout whose money may have moved', () => {
    const moving = statuses.filter((status) => !isBeforePay(status) && !isFinal(status));
    for (const status of [...moving, 'approved'] as const) {
      expect(cashierTable[status].J.answer).toBe(4);
      expect(cashierTable[status].C.answer).toBe(4);
    }
    expect(moving).toEqual(['paying', 'processing', 'awaiting_receiver']);
  });
});
