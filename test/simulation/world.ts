/**
 * Virtual time: one queue of events, run one after the other. Between two events everything that
 * can go on by itself has gone on, so what happens next is decided by the queue, and the queue by
 * the seed.
 */

import { createHash } from 'node:crypto';
import { createRandom, type Random } from './random.ts';

export type World = {
  /** Milliseconds since 1970, as a perfect clock shows them. */
  now(): number;
  random: Random;
  /** Runs `act` at that moment; events of one moment run in an order that the seed decides. */
  at(time: number, label: string, act: () => void | Promise<void>): void;
  in(delayMs: number, label: string, act: () => void | Promise<void>): void;
  sleep(delayMs: number, label: string): Promise<void>;
  /** Records what happened; two runs are the same if they recorded the same. */
  note(line: string): void;
  /** Real work, such as a signature in another thread, without which the next event may not run. */
  hold(): () => void;
  /** Runs events until `isDone`, or up to `until`; false where time ran out. */
  run(until: number, isDone: () => boolean): Promise<boolean>;
  digest(): string;
  events(): number;
};

/** Monday morning, 8 January 2029: far from every change of clocks. */
export const START = Date.UTC(2029, 0, 8, 8);

type Queued = { at: number; tie: number; label: string; act: () => void | Promise<void> };

const isBefore = (a: Queued, b: Queued): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie);

/** A binary heap: the next event on top. */
function createQueue() {
  const heap: Queued[] = [];
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]];
    if (a === undefined || b === undefined) return;
    heap[i] = b;
    heap[j] = a;
  };
  const before = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]];
    return a !== undefined && b !== undefined && isBefore(a, b);
  };
  return {
    peek: (): Queued | undefined => heap[0],
    push: (queued: Queued): void => {
      let at = heap.push(queued) - 1;
      for (let up = (at - 1) >> 1; at > 0 && before(at, up); up = (at - 1) >> 1) {
        swap(at, up);
        at = up;
      }
    },
    pop: (): Queued | undefined => {
      swap(0, heap.length - 1);
      const top = heap.pop();
      for (let at = 0; ; ) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        const least = before(right, left) ? right : left;
        if (!before(least, at)) return top;
        swap(least, at);
        at = least;
      }
    },
  };
}

/** Far above what any run needs: a run that comes here turns in a circle. */
const EVENTS_MAX = 400_000;

/** A world that starts at {@link START}; `echo` sees every line of the trace. */
export function createWorld(seed: string, echo: (line: string) => void = () => undefined): World {
  const random = createRandom(`${seed}/world`);
  const queue = createQueue();
  const trace = createHash('sha256');
  let now = START;
  let events = 0;
  let held = 0;
  let letGo: () => void = () => undefined;

  const note = (line: string): void => {
    const text = `${now - START} ${line}`;
    trace.update(`${text}\n`);
    echo(text);
  };
  const at: World['at'] = (time, label, act) =>
    queue.push({ at: Math.max(time, now), tie: random.next(), label, act });

  /** Microtasks have all run when the next turn of the event loop begins. */
  const settle = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    while (held > 0) {
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  return {
    now: () => now,
    random,
    at,
    in: (delayMs, label, act) => at(now + delayMs, label, act),
    sleep: (delayMs, label) =>
      new Promise((resolve) => {
        at(now + delayMs, label, resolve);
      }),
    note,
    hold: () => {
      held += 1;
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        held -= 1;
        if (held === 0) letGo();
      };
    },
    run: async (until, isDone) => {
      await settle();
      while (!isDone()) {
        const next = queue.peek();
        if (next === undefined || next.at > until) {
          now = until;
          return false;
        }
        queue.pop();
        now = next.at;
        events += 1;
        if (events > EVENTS_MAX) throw new Error(`more than ${EVENTS_MAX} events: ${next.label}`);
        note(next.label);
        await next.act();
        await settle();
      }
      return true;
    },
    digest: () => trace.copy().digest('hex'),
    events: () => events,
  };
}
