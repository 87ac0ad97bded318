/**
 * A reader of the feed, as the platform's books are kept by one: goes on from the last number it
 * knows, and begins anew where the service says that this number is beyond its history.
 */

import { readFeed } from '../../src/flow/api/queries.ts';
import type { Door } from './door.ts';
import type { World } from './world.ts';

export type FeedReader = {
  /** Numbers under which two different events were read. */
  twice: readonly number[];
};

const LIMIT = 50;
const EVERY_MS = [2000, 20 * 60_000] as const;
/** Later nothing is new but what an operator does. */
const READS_MAX = 60;

export function createFeedReader(world: World, door: Door): FeedReader {
  const random = world.random.fork('feed reader');
  const known = new Map<number, string>();
  const twice: number[] = [];

  const go = async (): Promise<void> => {
    let after = 0;
    for (let reads = 0; reads < READS_MAX; reads += 1) {
      await world.sleep(random.int(...EVERY_MS), 'the feed is read');
      const reply = await door.ask('feed', (app) => readFeed(app, after, LIMIT));
      if (reply.kind === 'problem') after = 0;
      if (reply.kind !== 'answered') continue;
      for (const { seq, type, at, stored } of reply.value.items) {
        const text = `${type} ${at} ${stored.payout.id}`;
        if ((known.get(seq) ?? text) !== text) twice.push(seq);
        known.set(seq, text);
      }
      after = reply.value.nextAfter;
    }
  };
  void go();
  return { twice };
}
