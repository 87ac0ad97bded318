/**
 * The feed against PostgreSQL: many writers at the same time, some of them slow to commit, while
 * readers go on from where they were. What a reader has seen in the end is compared with everything
 * that was committed.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFeed } from '../../src/flow/api/queries.ts';
import { createDatabase, type Database } from '../../src/store/database/pool.ts';
import { numberCommitted, readNumbered } from '../../src/store/payouts/feed.ts';
import { createDrivenFlow, type DrivenFlow } from '../support/driven-flow.ts';
import { waitFor } from '../support/wait-for.ts';

let driven: DrivenFlow;
let db: Database;

beforeAll(async () => {
  driven = await createDrivenFlow();
  db = createDatabase(driven.database.connectionString, () => {});
});

afterAll(async () => {
  await db.close();
  await driven.close();
});

/** One journal entry, committed this long after its statement. */
async function write(payoutId: string, mark: string, types: string[], lateMs: number) {
  await db.transaction(async (inside) => {
    await inside.query({
      text: `insert into payout_events (payout_id, at, kind, version, status, says, data, feed)
        values ($1, now(), 'held', 1, 'requested', $2, '{}', $3)`,
      values: [payoutId, mark, types],
    });
    if (lateMs > 0) await sleep(lateMs);
  });
}

type Seen = { seq: number; type: string };

/**
 * Reads until as much was seen as was written, and once more. An empty page is not the end: another
 * reader may be numbering at that moment.
 */
async function follow(
  pageSize: number,
  after: number,
  count: () => number | null,
): Promise<Seen[]> {
  const seen: Seen[] = [];
  let next = after;
  const read = async (): Promise<number> => {
    const { items, nextAfter } = await readFeed(driven.app, next, pageSize);
    seen.push(...items.map(({ seq, type }) => ({ seq, type })));
    next = nextAfter;
    return seen.length;
  };
  await waitFor('everything that was written', async () => (await read()) >= (count() ?? Infinity));
  await read();
  return seen;
}

const headOf = async (): Promise<number> => {
  const [head] = await driven.database.query<{ seq: string }>('select seq from feed_head');
  return Number(head?.seq ?? 0);
};

/** The last number, once everything that is there has one. */
async function settledHead(): Promise<number> {
  await waitFor('every entry to have its number', async () => !(await numberCommitted(db)));
  return headOf();
}

const TYPES = ['payout.updated', 'payout.attention', 'payout.later_event'];

describe('the feed with several writers', () => {
  it('skips nothing and repeats nothing, whatever commits when', async () => {
    const payoutId = await driven.create();
    const entry = fc.record({
      types: fc.integer({ min: 1, max: 3 }).map((count) => TYPES.slice(0, count)),
      lateMs: fc.constantFrom(0, 0, 0, 1, 5, 20),
    });
    const plan = fc.record({
      writers: fc.array(fc.array(entry, { maxLength: 12 }), { minLength: 1, maxLength: 8 }),
      pageSizes: fc.array(fc.constantFrom(1, 2, 7, 100), { minLength: 1, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ writers, pageSizes }) => {
        await waitFor(
          'what was there before to be numbered',
          async () => !(await numberCommitted(db)),
        );
        const start = await headOf();
        const expected = writers.flat(2).flatMap(({ types }) => types);
        let count: number | null = null;
        const written = Promise.all(
          writers.map(async (entries) => {
            for (const { types, lateMs } of entries) {
              await write(payoutId, randomUUID(), types, lateMs);
            }
          }),
        ).finally(() => {
          count = expected.length;
        });
        const readers = pageSizes.map((size) => follow(size, start, () => count));
        await written;
        for (const seen of await Promise.all(readers)) {
          expect(seen.map(({ seq }) => seq)).toEqual(
            expected.map((_type, index) => start + index + 1),
          );
          expect(seen.map(({ type }) => type).toSorted()).toEqual(expected.toSorted());
        }
      }),
      { numRuns: 12 },
    );
  });

  it('does not pass by a writer that commits late', async () => {
    const payoutId = await driven.create();
    const start = await settledHead();
    const released = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const late = db.transaction(async (inside) => {
      await inside.query({
        text: `insert into payout_events (payout_id, at, kind, version, status, says, data, feed)
          values ($1, now(), 'held', 1, 'requested', 'late', '{}', '{payout.updated}')`,
        values: [payoutId],
      });
      begun.resolve();
      await released.promise;
    });
    await begun.promise;
    await write(payoutId, 'early', ['payout.attention'], 0);
    const first = await readFeed(driven.app, start, 200);
    released.resolve();
    await late;
    expect(first.items.map(({ type }) => type)).toEqual(['payout.attention']);
    const second = await readFeed(driven.app, first.nextAfter, 200);
    expect(second.items.map(({ type }) => type)).toEqual(['payout.updated']);
    expect(second.nextAfter).toBe(first.nextAfter + 1);
  });

  it('is not held up by a reader that stopped in the middle of numbering', async () => {
    const start = await settledHead();
    const payoutId = await driven.create();
    await db.transaction(async (inside) => {
      await inside.query({ text: 'select seq from feed_head for update' });
      await write(payoutId, 'waits', ['payout.updated'], 0);
      expect((await readFeed(driven.app, start, 200)).nextAfter).toBe(start);
    });
    const { items } = await readFeed(driven.app, start, 200);
    expect(items.map(({ type }) => type)).toEqual(['payout.created', 'payout.updated']);
  });
});

describe('the feed of a payout', () => {
  it('has one update for every version, in their order', async () => {
    const start = await settledHead();
    const id = await driven.create();
    const ended = await driven.runUntilStatus(id, 'approved');
    const { items } = await readFeed(driven.app, start, 200);
    const own = items.filter(({ stored }) => stored.payout.id === id);
    expect(own.map(({ type }) => type)).toEqual([
      'payout.created',
      ...Array.from({ length: ended.version - 1 }, () => 'payout.updated'),
    ]);
    expect(own.every(({ stored }) => stored.payout.version === ended.version)).toBe(true);
    const [row] = await readNumbered(driven.app.db, start + 1, 1);
    expect(row?.seq).toBe(start + 2);
  });

  it('numbers at most a thousand entries in one read, and goes on with the next read', async () => {
    const id = await driven.create();
    const start = await settledHead();
    await driven.database.query(
      `insert into payout_events (payout_id, at, kind, version, status, says, data, feed)
       select $1, now(), 'held', 1, 'requested', '', '{}', '{payout.updated}'
       from generate_series(1, 2500)`,
      [id],
    );
    const heads: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await numberCommitted(db);
      heads.push((await headOf()) - start);
    }
    expect(heads).toEqual([1000, 2000, 2500, 2500]);
  });
});
