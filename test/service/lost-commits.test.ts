/**
 * Commits that the database has lost are noticed by what replicas remember of them, whichever made
 * them and whatever was written since; what lost nothing begins no epoch.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { QUIET_AFTER_LOSS_MS } from '../../src/service/database/history.ts';
import type { Queryable } from '../../src/store/database/pool.ts';
import type { TestDatabase } from '../support/database.ts';
import {
  createHistoryWorld,
  type HistoryWorld,
  lookAgain,
  type Replica,
} from '../support/history-world.ts';
import { putRawEvent, putRawPayout } from '../support/raw-payouts.ts';

/** Of an entry that the database does not hold. */
const LOST_AT = Date.UTC(2026, 4, 1);

let world: HistoryWorld;
let database: TestDatabase;
beforeEach(async () => {
  world = await createHistoryWorld();
  ({ database } = world);
});
afterEach(() => world.close());

/** A payout with this revision that the replica has committed. */
async function commitOf({ keeper }: Replica, revision: number): Promise<string> {
  const id = await putRawPayout(database, { revision });
  keeper.appParts.onCommitted(id, revision, await putRawEvent(database, id));
  return id;
}

const historyOf = ({ keeper }: Replica) => keeper.appParts.history();
const becomeNew = () => database.query(`update installation set timeline = 'FFFFFFFF'`);
const lose = (id: string, at: number) =>
  database.query('delete from payout_events where payout_id = $1 and at = $2', [id, new Date(at)]);

/** The server is another one now: its timeline is new, and every connection is gone. */
async function failOver(): Promise<void> {
  await becomeNew();
  await world.endConnections();
}

const LOST = { epoch: 2, isOpen: true };
const WHOLE = { epoch: 1, isOpen: false };

describe('a new timeline', () => {
  test('begins an epoch where no replica remembers anything', async () => {
    await world.start();
    await putRawPayout(database);
    await becomeNew();
    expect(historyOf(await world.start())).toMatchObject(LOST);
  });

  test('is recorded by a replica that finds all it remembers', async () => {
    const replica = await world.start();
    await commitOf(replica, 4);
    await becomeNew();
    await world.loseConnections(replica);
    expect(historyOf(replica)).toMatchObject(WHOLE);
    expect((await world.installation())['timeline']).toMatch(/^0[0-9A-F]{7}$/);
  });

  test('is recorded by an idle replica that finds what it has seen others commit', async () => {
    const idle = await world.start();
    await putRawEvent(database, await putRawPayout(database));
    await idle.keeper.heartbeat(idle.db);
    await failOver();
    await lookAgain(idle);
    expect(historyOf(idle)).toMatchObject(WHOLE);
  });

  test.each([
    { suspendedMs: 4000, history: WHOLE, about: 'recorded after' },
    { suspendedMs: 6000, history: LOST, about: 'not recorded after' },
  ])('is $about $suspendedMs ms in which nothing was seen', async ({ suspendedMs, history }) => {
    let now = 0;
    const replica = world.replicaOf(undefined, { monotonic: () => now });
    await replica.keeper.start(replica.db);
    await commitOf(replica, 4);
    await replica.keeper.heartbeat(replica.db);
    now += suspendedMs;
    await failOver();
    await lookAgain(replica);
    expect(historyOf(replica)).toMatchObject(history);
  });

  test('is recorded however long the database was away', async () => {
    let now = 0;
    const replica = world.replicaOf(undefined, { monotonic: () => now });
    await replica.keeper.start(replica.db);
    await commitOf(replica, 4);
    now += 2000;
    const away: Queryable = { query: () => Promise.reject(new Error('away')) };
    await expect(replica.keeper.heartbeat(away)).rejects.toThrow('away');
    now += 60_000;
    await failOver();
    await lookAgain(replica);
    expect(historyOf(replica)).toMatchObject(WHOLE);
  });

  test('is left to the service by a command line', async () => {
    await world.start();
    await putRawPayout(database);
    await becomeNew();
    const replica = world.replicaOf(undefined, { judgesTimeline: false });
    await replica.keeper.refresh(replica.db);
    expect(historyOf(replica)).toMatchObject(WHOLE);
    expect(await world.installation()).toMatchObject({ timeline: 'FFFFFFFF' });
    // Until then it ends nothing by what the rows say.
    expect(historyOf(replica).repliesFrom).toBe(Infinity);
  });
});

describe('after a lost connection', () => {
  test('nothing begins where nothing is missing', async () => {
    const replica = await world.start();
    const id = await commitOf(replica, 4);
    replica.keeper.appParts.onCommitted(id, 3, LOST_AT);
    await world.loseConnections(replica);
    expect(historyOf(replica)).toMatchObject(WHOLE);
  });

  test('a lower revision than was committed begins an epoch', async () => {
    const replica = await world.start();
    const id = await putRawPayout(database, { revision: 4 });
    replica.keeper.appParts.onCommitted(id, 5, LOST_AT);
    await world.loseConnections(replica);
    expect(historyOf(replica)).toMatchObject(LOST);
    expect((await world.installation())['epoch_reason']).toBe(
      `${id} has revision 4, although 5 was committed`,
    );
  });

  test('a row that is gone begins an epoch, also where the database is empty now', async () => {
    const replica = await world.start();
    replica.keeper.appParts.onCommitted('po_gone', 1, LOST_AT);
    await world.loseConnections(replica);
    expect(historyOf(replica)).toMatchObject(LOST);
    expect((await world.installation())['epoch_reason']).toContain('the row of po_gone is gone');
  });

  test('several replicas that miss commits begin one epoch', async () => {
    const replicas = await Promise.all([world.start(), world.start(), world.start()]);
    const id = await putRawPayout(database, { revision: 4 });
    for (const { keeper } of replicas) keeper.appParts.onCommitted(id, 5, LOST_AT);
    replicas[0]?.keeper.appParts.onCommitted('po_gone', 1, LOST_AT);
    await Promise.all(replicas.map((replica) => world.loseConnections(replica)));
    for (const replica of replicas) {
      await replica.keeper.refresh(replica.db);
      expect(historyOf(replica)).toMatchObject(LOST);
    }
    expect(await world.payout(id)).toMatchObject({ revision: 4 + (await world.stepOf()) });
  });

  test('an epoch that was lost itself is followed by one with a new number', async () => {
    await world.start();
    const id = await putRawPayout(database);
    await database.query('update installation set epoch = 2');
    const replica = await world.start();
    await database.query('update installation set epoch = 1');
    await world.loseConnections(replica);
    expect(historyOf(replica)).toMatchObject({ epoch: 3, isOpen: true });
    expect(await world.payout(id)).toMatchObject({ version: 1 + (await world.stepOf()) });
  });

  test('commits are compared only within the epoch that they were made in', async () => {
    const replica = await world.start();
    replica.keeper.appParts.onCommitted('po_gone', 1, LOST_AT);
    const id = await putRawPayout(database);
    const at = await putRawEvent(database, id);
    await replica.keeper.heartbeat(replica.db);
    await lose(id, at);
    await database.query('update installation set epoch = 2');
    await world.loseConnections(replica);
    expect(historyOf(replica)).toMatchObject({ epoch: 2, isOpen: false });
    await world.loseConnections(replica);
    expect(await world.installation()).toMatchObject({ epoch: 2 });
  });
});

describe('a failover that lost commits of one replica', () => {
  test('is not vouched for by another one, which lost nothing of its own', async () => {
    const idle = await world.start();
    await commitOf(idle, 4);
    const paying = await world.start();
    const paid = await commitOf(paying, 11);
    const at = await putRawEvent(database, paid, Date.now() + 5);
    await idle.keeper.heartbeat(idle.db);
    // The replica that sent payout-pay dies with the old server: it looks no more.
    await lose(paid, at);
    await database.query('update payouts set revision = 10 where id = $1', [paid]);
    await failOver();
    await lookAgain(idle);
    expect(historyOf(idle)).toMatchObject(LOST);
    const reason = String((await world.installation())['epoch_reason']);
    expect(reason).toMatch(new RegExp(`the journal lacks entry \\d+ of ${paid}`));
  });

  test('is seen, too, where the number of the lost entry was given again', async () => {
    const idle = await world.start();
    const [paid, other] = [await putRawPayout(database), await putRawPayout(database)];
    await putRawEvent(database, paid, LOST_AT);
    await idle.keeper.heartbeat(idle.db);
    await database.query('update payout_events set payout_id = $1', [other]);
    await failOver();
    await lookAgain(idle);
    expect(historyOf(idle)).toMatchObject(LOST);
  });

  test.each([11, 12])(
    'is not hidden from that replica by revision %i of another one',
    async (revision) => {
      const idle = await world.start();
      await commitOf(idle, 4);
      const witness = await world.start();
      const canceled = await putRawPayout(database, { revision: 10 });
      witness.keeper.appParts.onCommitted(canceled, 11, LOST_AT);
      await failOver();
      await lookAgain(idle);
      expect(historyOf(idle)).toMatchObject(WHOLE);
      // It polls the restored row: the same number or a higher one, another content.
      await database.query('update payouts set revision = $2 where id = $1', [canceled, revision]);
      await putRawEvent(database, canceled);
      await lookAgain(witness);
      expect(historyOf(witness)).toMatchObject(LOST);
      expect((await world.installation())['epoch_reason']).toBe(
        `the journal of ${canceled} lacks the entry of 2026-05-01T00:00:00.000Z, ` +
          'which revision 11 committed',
      );
    },
  );
});

describe('no connection is lost', () => {
  test('where a server that lost commits answers a process that had none open', async () => {
    const replica = await world.start();
    const id = await putRawPayout(database, { revision: 4 });
    replica.keeper.appParts.onCommitted(id, 5, LOST_AT);
    await world.reopen(replica).query({ text: 'select 1' });
    expect(historyOf(replica)).toMatchObject(LOST);
  });

  test('where a pooler goes on with another server, and an entry is missing', async () => {
    const replica = await world.start();
    const id = await putRawPayout(database);
    const at = await putRawEvent(database, id);
    await replica.keeper.heartbeat(replica.db);
    await lose(id, at);
    await replica.keeper.heartbeat(replica.db);
    expect(historyOf(replica)).toMatchObject(LOST);
  });

  test('where a pooler goes on with another server, and a commit of ours is missing', async () => {
    const replica = await world.start();
    const id = await putRawPayout(database, { revision: 4 });
    replica.keeper.appParts.onCommitted(id, 5, LOST_AT);
    await becomeNew();
    await replica.keeper.heartbeat(replica.db);
    expect(historyOf(replica)).toMatchObject(LOST);
  });
});

describe('replies count for payment', () => {
  const now = async (): Promise<number> => {
    const [row] = await database.query<{ now: Date }>('select clock_timestamp() as now');
    return row?.now.getTime() ?? 0;
  };

  test('immediately after a start without payouts, since nothing was lost', async () => {
    const replica = await world.start();
    expect(historyOf(replica).repliesFrom).toBeLessThanOrEqual((await now()) + 1);
  });

  test.each([true, false])(
    'ten seconds after any other start, as others may have lost the server (service: %s)',
    async (judgesTimeline) => {
      await world.start();
      await putRawPayout(database);
      const before = await now();
      const replica = world.replicaOf(undefined, { judgesTimeline });
      await replica.keeper.refresh(replica.db);
      expect(historyOf(replica).repliesFrom).toBeGreaterThan(before + QUIET_AFTER_LOSS_MS);
    },
  );

  test('ten seconds after the comparison that follows the last loss, not of them all', async () => {
    const replica = await world.start();
    for (let losses = 0; losses < 3; losses += 1) {
      const before = await now();
      await world.loseConnections(replica);
      const { repliesFrom } = historyOf(replica);
      expect(repliesFrom).toBeGreaterThan(before + QUIET_AFTER_LOSS_MS);
      expect(repliesFrom).toBeLessThanOrEqual((await now()) + QUIET_AFTER_LOSS_MS);
    }
  });

  test('no later because of further looks and new connections', async () => {
    const replica = await world.start();
    await world.loseConnections(replica);
    const { repliesFrom } = historyOf(replica);
    await replica.keeper.heartbeat(replica.db);
    await world.reopen(replica).query({ text: 'select 1' });
    expect(historyOf(replica).repliesFrom).toBe(repliesFrom);
  });
});
