/**
 * The watch alone, with a made-up query: who is told, who has a place, and what it costs.
 */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChangeWatch, type Wait } from '../../src/flow/change-watch.ts';
import type { Awaited, Changed } from '../../src/store/database/changes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createWatch() {
  const queries: (readonly Awaited[])[] = [];
  const errors: unknown[] = [];
  let answer: () => readonly Changed[] = () => [];
  const watch = createChangeWatch({
    find: async (awaited) => {
      queries.push(awaited);
      return answer();
    },
    onError: (error) => void errors.push(error),
  });
  const waitFor = (changes: Partial<Wait> = {}) => {
    const state = { ended: null as 'over' | 'full' | null };
    const wait = {
      payoutId: 'po_1',
      afterVersion: 1,
      waitMs: 60_000,
      keyName: 'platform',
      signal: new AbortController().signal,
      ...changes,
    };
    void watch.wait(wait).then((ended) => {
      state.ended = ended;
    });
    return state;
  };
  return {
    watch,
    queries,
    errors,
    waitFor,
    find: (found: () => readonly Changed[]) => {
      answer = found;
    },
  };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('a wait', () => {
  it('ends with a change of this process above the known version, immediately', async () => {
    const { watch, waitFor, queries } = createWatch();
    const [known, later, other] = [
      waitFor(),
      waitFor({ afterVersion: 2 }),
      waitFor({ payoutId: 'po_2' }),
    ];
    watch.changed('po_1', 1);
    await settle();
    expect(known.ended).toBeNull();
    watch.changed('po_1', 2);
    await settle();
    expect([known.ended, later.ended, other.ended]).toEqual(['over', null, null]);
    expect(watch.waiting()).toBe(2);
    expect(queries).toEqual([]);
  });

  it('ends with a change of another replica within half a second', async () => {
    const { waitFor, find, queries } = createWatch();
    const waiting = waitFor({ afterVersion: 3 });
    waitFor({ afterVersion: 5 });
    find(() => [{ payoutId: 'po_1', version: 4 }]);
    await vi.advanceTimersByTimeAsync(500);
    expect(waiting.ended).toBe('over');
    expect(queries).toEqual([[{ payoutId: 'po_1', afterVersion: 3 }]]);
  });

  it('ends when its time is over, its caller is gone, or the service stops', async () => {
    const { watch, waitFor } = createWatch();
    const caller = new AbortController();
    const timed = waitFor({ waitMs: 10_000 });
    const left = waitFor({ signal: caller.signal });
    const stopped = waitFor();
    caller.abort();
    await settle();
    expect(left.ended).toBe('over');
    await vi.advanceTimersByTimeAsync(10_000);
    expect([timed.ended, stopped.ended]).toEqual(['over', null]);
    watch.close();
    const late = waitFor();
    await settle();
    expect([stopped.ended, late.ended, watch.waiting()]).toEqual(['over', 'over', 0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on when the query fails', async () => {
    const { waitFor, find, errors } = createWatch();
    const waiting = waitFor();
    find(() => {
      throw new Error('database away');
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect([errors.length, waiting.ended]).toEqual([2, null]);
    find(() => [{ payoutId: 'po_1', version: 2 }]);
    await vi.advanceTimersByTimeAsync(500);
    expect(waiting.ended).toBe('over');
  });
});

describe('many waits', () => {
  it('share one query every half second, and none when no request waits', async () => {
    const { watch, waitFor, queries } = createWatch();
    for (let index = 0; index < 500; index += 1) waitFor({ payoutId: `po_${index}` });
    await vi.advanceTimersByTimeAsync(5000);
    expect(queries).toHaveLength(10);
    for (let index = 0; index < 500; index += 1) watch.changed(`po_${index}`, 2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(queries.length).toBeLessThanOrEqual(11);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are 1000 for one key and 2000 in all', async () => {
    const { watch, waitFor } = createWatch();
    const many = (count: number, keyName: string) =>
      Array.from({ length: count }, (_, index) => waitFor({ payoutId: `po_${index}`, keyName }));
    many(1000, 'first');
    const [refused] = many(1, 'first');
    many(1000, 'second');
    const [other] = many(1, 'third');
    await settle();
    expect([refused?.ended, other?.ended, watch.waiting()]).toEqual(['full', 'full', 2000]);
    watch.changed('po_0', 2);
    await settle();
    const [again] = many(1, 'first');
    await settle();
    expect([again?.ended, watch.waiting()]).toEqual([null, 1999]);
  });
});
