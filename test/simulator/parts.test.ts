/** The small parts that are easier to measure alone: checksums, magic amounts, bounded lists. */

import { describe, expect, it, vi } from 'vitest';
import { ENDINGS, endingOf } from '../../src/dev/simulator/bank/magic-amounts.ts';
import { createBoundedLog } from '../../src/dev/simulator/bounded-log.ts';
import {
  controlOf,
  isStatusControl,
  outcomeControl,
} from '../../src/dev/simulator/gateway/control-check.ts';
import { createTimers } from '../../src/dev/simulator/timers.ts';

const KEY = 'B17F59B4-A7DC-41B4-8FF9-37D986B43D20';
const order = { login: 'merchantlogin', clientOrderId: 'po-0001', orderId: '6768788' };

describe('control', () => {
  it('has the published values', () => {
    expect(controlOf(['approved', '1234567', 'hf-abc'], 'test-merchant-control')).toBe(
      '652ace404c4dfe8bba069ecee594ec23a89340e1',
    );
    expect(outcomeControl({ ...order, status: 'approved' }, KEY)).toBe(
      '501fcf957aaddb4192187b1cf7f46c0d092417d2',
    );
    expect(outcomeControl({ ...order, status: 'declined' }, KEY)).toBe(
      '095c8edd7b95ee1de3c6164c5aab3071730bd916',
    );
  });

  it('of a status request is believed with the order id and without one', () => {
    const withId = { ...order, control: 'd8ed8bd8ff303d362957c456be4a062a3a7891e4' };
    const without = { ...order, orderId: '', control: 'e1d8a499ca02e1c732e22ad16f6bb5164ee5f100' };
    expect(isStatusControl(withId, KEY)).toBe(true);
    expect(isStatusControl(without, KEY)).toBe(true);
    expect(isStatusControl({ ...withId, orderId: '' }, KEY)).toBe(false);
    expect(isStatusControl({ ...withId, control: 'short' }, KEY)).toBe(false);
    expect(isStatusControl(withId, 'another key')).toBe(false);
  });
});

describe('magic amounts', () => {
  it.each([
    ['10.02', 'USD', 'declined_after_pay'],
    ['10.2', 'USD', 'approved'],
    ['1002', 'USD', 'approved'],
    ['1002', 'JPY', 'declined_after_pay'],
    ['2', 'JPY', 'declined_after_pay'],
    ['1.002', 'KWD', 'declined_after_pay'],
    ['1.020', 'KWD', 'approved'],
    ['100.50', 'EUR', 'approved'],
    ['10.10', 'EUR', 'approved'],
    ['0.11', 'EUR', 'chain_declined_then_approved'],
  ])('%s %s ends as %s', (amount, currency, name) => {
    expect(endingOf(amount, currency).name).toBe(name);
  });

  it('have one name and two digits each', () => {
    expect(new Set(ENDINGS.map(({ name }) => name)).size).toBe(ENDINGS.length);
    expect(new Set(ENDINGS.map(({ digits }) => digits)).size).toBe(ENDINGS.length);
    expect(ENDINGS.every(({ digits }) => /^\d\d$/.test(digits))).toBe(true);
  });
});

describe('a bounded list', () => {
  it('keeps the newest entries and counts the others', () => {
    const log = createBoundedLog<number>(3);
    for (let entry = 1; entry <= 8; entry += 1) log.add(entry);
    expect(log.entries()).toEqual([6, 7, 8]);
    expect(log.dropped()).toBe(5);
  });
});

describe('timers', () => {
  it('act when due, and never again once they are cleared', () => {
    vi.useFakeTimers();
    const timers = createTimers();
    const acted: string[] = [];
    timers.after(10, () => acted.push('early'));
    timers.after(20, () => acted.push('late'));
    vi.advanceTimersByTime(10);
    timers.clear();
    timers.after(1, () => acted.push('after clear'));
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(100);
    expect(acted).toEqual(['early']);
    vi.useRealTimers();
  });
});
