/**
 * Goal: a call finds the host that answers, wherever its name points, and says who calls. Method:
 * a name whose addresses the test chooses, and hosts that are far away or dead.
 */

import dns from 'node:dns';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { answerOk, createOutboundWorld, post } from './outbound-world.ts';
import { freePort, type RawConnection } from './raw-server.ts';
import { startSlowListener } from './slow-listener.ts';

const world = createOutboundWorld({
  connectTimeoutMs: 40_000,
  totalTimeoutMs: 60_000,
  bodyBytesMax: 10_000,
  connectionsMax: 4,
});
const { serve, client } = world;
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await world.close();
});

/** Every name has these addresses from now on, in this order. */
function pointNamesTo(...addresses: string[]): void {
  const found = addresses.map((address) => ({ address, family: 4 }));
  vi.spyOn(dns, 'lookup').mockImplementation(((
    _name: string,
    _options: object,
    done: (error: null, all: object[]) => void,
  ) => done(null, found)) as unknown as typeof dns.lookup);
}

describe('a name with two addresses', () => {
  test('is reached where the first is far away and the second is dead', async () => {
    const far = await startSlowListener('127.0.0.1');
    world.alsoClose(far.close);
    pointNamesTo('127.0.0.1', '127.0.0.9');
    const answer = client().send(post(`http://gateway.test:${far.port}`));
    far.wake();
    expect(await answer).toMatchObject({ kind: 'answered', body: 'slow' });
  });

  test('is reached where the first never answers', async () => {
    const server = await serve(answerOk);
    const dead = await startSlowListener('127.0.0.9', server.port);
    world.alsoClose(dead.close);
    pointNamesTo('127.0.0.9', '127.0.0.1');
    const answer = await client({ connectTimeoutMs: 8000 }).send(
      post(`http://gateway.test:${server.port}`),
    );
    expect(answer).toMatchObject({ kind: 'answered', body: 'fine' });
  });

  test('gets nothing, and certainly so, where both are dead', async () => {
    pointNamesTo('127.0.0.8', '127.0.0.9');
    const answer = await client().send(post(`http://gateway.test:${await freePort()}`));
    expect(answer).toMatchObject({ kind: 'not_sent', cause: 'ECONNREFUSED' });
  });
});

describe('a busy connection', () => {
  /** The age is counted by the wall clock, which the test moves. */
  const passSeconds = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

  test.each([1, 4])('is replaced after a minute (at most %d)', async (connectionsMax) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = await serve(answerOk);
    pointNamesTo('127.0.0.1');
    const outbound = client({ connectionsMax });
    const send = async (times: number) => {
      const request = post(`http://gateway.test:${server.port}`);
      for (let sent = 0; sent < times; sent += 1) {
        expect(await outbound.send(request)).toMatchObject({ kind: 'answered' });
      }
    };
    await send(8);
    passSeconds(59);
    await send(8);
    const old = server.connections.length;
    expect(old).toBeLessThanOrEqual(connectionsMax);
    expect(dns.lookup).toHaveBeenCalledTimes(old);
    passSeconds(2);
    await send(8);
    const counts = server.connections.map(({ requests }) => requests);
    expect(counts.slice(0, old).reduce((sum, count) => sum + count)).toBe(16);
    expect(counts.slice(old).reduce((sum, count) => sum + count)).toBe(8);
    expect(dns.lookup).toHaveBeenCalledTimes(counts.length);
  });

  test('finishes its call first, and nothing in the queue is lost or sent twice', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const waiting: RawConnection[] = [];
    const server = await serve((connection) => void waiting.push(connection));
    const outbound = client({ connectionsMax: 1 });
    const send = (body: string) => outbound.send({ ...post(server.origin), body });
    const answerNext = async () => {
      await vi.waitFor(() => expect(waiting).not.toEqual([]), 5000);
      const connection = waiting.pop();
      if (connection !== undefined) answerOk(connection);
    };
    const first = send('first=1');
    await vi.waitFor(() => expect(server.connections[0]?.requests).toBe(1), 5000);
    const second = send('second=1');
    passSeconds(61);
    const third = send('third=1');
    await vi.waitFor(() => expect(server.connections[1]?.requests).toBe(1), 5000);
    // The newest first, so that the old connection is still in use when the new one is free.
    await answerNext();
    await answerNext();
    await answerNext();
    const answers = await Promise.all([first, second, third]);
    expect(answers.map(({ kind }) => kind)).toEqual(['answered', 'answered', 'answered']);
    const received = server.connections.map((connection) => connection.received).join('');
    expect(received.match(/\w+=1/g)?.toSorted()).toEqual(['first=1', 'second=1', 'third=1']);
  });
});

describe('every request', () => {
  test('says by User-Agent who calls, in which version', async () => {
    const server = await serve(answerOk);
    await client().send(post(server.origin));
    expect(server.connections[0]?.received).toMatch(
      /\r\nuser-agent: payout-service\/\d+\.\d+\.\d+\r\n/,
    );
  });
});
