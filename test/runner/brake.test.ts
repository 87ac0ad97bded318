import { beforeEach, expect, test } from 'vitest';
import { type Brake, createBrake } from '../../src/runner/brake.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

const MINUTE_MS = 60_000;

let clock: ManualClock;
let brake: Brake;

/** As it is before anybody has ever resumed anything. */
const mayStart = () => brake.mayStart(0);
const refuse = (count: number) => {
  for (let index = 0; index < count; index += 1) brake.report('refused');
};

beforeEach(() => {
  clock = createManualClock();
  brake = createBrake(clock, () => 0.5);
});

test('twenty refusals in a row stop everything that starts', () => {
  refuse(19);
  expect(mayStart()).toBe(true);
  refuse(1);
  expect(mayStart()).toBe(false);
});

test('one that is taken in between starts the count anew', () => {
  refuse(19);
  brake.report('taken');
  refuse(19);
  expect(mayStart()).toBe(true);
});

test('one probe goes through after a minute, the next ones ever more rarely', () => {
  refuse(20);
  const waits = Array.from({ length: 7 }, () => {
    let waited = 0;
    while (!mayStart()) {
      clock.advance(MINUTE_MS / 2);
      waited += 0.5;
    }
    brake.report('refused');
    return waited;
  });
  expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
});

test('a second one does not start beside the probe, and a probe that is lost is followed by another', () => {
  refuse(20);
  clock.advance(MINUTE_MS);
  expect(mayStart()).toBe(true);
  expect(mayStart()).toBe(false);
  clock.advance(2 * MINUTE_MS);
  expect(mayStart()).toBe(true);
});

test('a probe that is taken lets everything go on', () => {
  refuse(20);
  clock.advance(MINUTE_MS);
  expect(mayStart()).toBe(true);
  brake.report('taken');
  expect([mayStart(), mayStart()]).toEqual([true, true]);
});

test('a person who resumes lets everything go on, wherever the word was given', () => {
  refuse(20);
  const before = clock.now() - 1;
  expect(brake.mayStart(before)).toBe(false);
  clock.advance(10);
  expect(brake.mayStart(clock.now())).toBe(true);
  refuse(19);
  expect(mayStart()).toBe(true);
});

test('many late refusals of calls that were under way do not make the waits longer', () => {
  refuse(70);
  clock.advance(MINUTE_MS);
  expect(mayStart()).toBe(true);
});
