/**
 * Goal: every ending a call can have is told apart correctly; above all, `not_sent` is only said
 * when the peer got no byte. Method: servers that count bytes and break connections by hand.
 */

import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';

import type { OutboundRequest } from '../../src/lib/outbound/call.ts';
import { freePort, httpAnswer, type RawServer } from './raw-server.ts';
import { answerOk, createOutboundWorld, post } from './outbound-world.ts';
import { selfSigned } from './self-signed.ts';

const world = createOutboundWorld({
  connectTimeoutMs: 2_000,
  totalTimeoutMs: 10_000,
  bodyBytesMax: 10_000,
  connectionsMax: 4,
});
const { serve, client } = world;
afterEach(() => world.close());

/** Waits until a connection has a whole request, then answers it. */
async function answerFirstRequest(server: RawServer, index: number): Promise<void> {
  await vi.waitFor(() => expect(server.connections[index]?.requests).toBe(1), 5_000);
  const connection = server.connections[index];
  if (connection !== undefined) answerOk(connection);
}

describe('an answer', () => {
  test('is handed over with its status, the headers that are read and its body', async () => {
    const server = await serve(({ socket }) => {
      const headers = ['content-type: text/html', 'retry-after: 3', 'date: today'];
      socket.write(httpAnswer('429 Too Many', 'später', headers));
    });
    const answer = await client().send(post(`${server.origin}/a?b=c`));
    expect(answer).toEqual({
      kind: 'answered',
      httpStatus: 429,
      headers: { contentType: 'text/html', retryAfter: '3', date: 'today' },
      body: 'später',
      durationMs: expect.any(Number),
    });
    expect(server.connections[0]?.received).toMatch(/^POST \/a\?b=c HTTP\/1.1\r\n/);
    expect(server.connections[0]?.received).toMatch(/\r\naccept-encoding: identity\r\n/);
  });

  test('has null for headers that did not come', async () => {
    const server = await serve(answerOk);
    expect(await client().send(post(server.origin))).toMatchObject({
      headers: { contentType: null, retryAfter: null, date: null },
    });
  });

  test('that redirects is handed over and not followed', async () => {
    const server = await serve(({ socket }) => {
      socket.write(httpAnswer('302 Found', '', ['location: /elsewhere']));
    });
    expect(await client().send(post(server.origin))).toMatchObject({ httpStatus: 302 });
    expect(server.connections.map(({ requests }) => requests)).toEqual([1]);
  });

  test('comes after a 103 that only announces it', async () => {
    const server = await serve(({ socket }) => {
      socket.write(`HTTP/1.1 103 Early Hints\r\n\r\n${httpAnswer('200 OK', 'fine')}`);
    });
    expect(await client().send(post(server.origin))).toMatchObject({ httpStatus: 200 });
  });

  test('leaves the connection open for the next call', async () => {
    const server = await serve(answerOk);
    const outbound = client({ connectionsMax: 1 });
    await outbound.send(post(server.origin));
    await outbound.send(post(server.origin));
    expect(server.connections.map(({ requests }) => requests)).toEqual([2]);
  });
});

describe('a call is not sent', () => {
  test('when the connection is refused', async () => {
    const answer = await client().send(post(`http://127.0.0.1:${await freePort()}`));
    expect(answer).toMatchObject({ kind: 'not_sent', cause: 'ECONNREFUSED' });
  });

  test('when the name has no address', async () => {
    const answer = await client().send(post('http://no-such-host.invalid/'));
    expect(answer).toMatchObject({ kind: 'not_sent' });
    expect(answer).toHaveProperty('cause', expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/));
  });

  test('when the peer does not speak TLS', async () => {
    const server = await serve(
      () => {},
      ({ socket }) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    const answer = await client().send(post(`https://127.0.0.1:${server.port}`));
    expect(answer).toMatchObject({ kind: 'not_sent', cause: 'tls' });
  });

  test('when the TLS handshake does not end in time', async () => {
    const server = await serve(() => {});
    const outbound = client({ connectTimeoutMs: 100 });
    const answer = await outbound.send(post(`https://127.0.0.1:${server.port}`));
    expect(answer).toMatchObject({ kind: 'not_sent', cause: 'connect_timeout' });
  });

  test.each([
    { version: 'TLSv1.3', name: 'a certificate that no authority signed' },
    { version: 'TLSv1.1', name: 'a TLS version below 1.2' },
  ] as const)('to a peer with $name', async ({ version }) => {
    const received: Buffer[] = [];
    const options = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
    const server = tls.createServer({ ...selfSigned(), ...options }, (socket) => {
      socket.on('data', (chunk) => received.push(chunk));
    });
    server.on('tlsClientError', () => {
      // The refused handshake is what the test is about.
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    world.alsoClose(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    const { port } = server.address() as AddressInfo;
    const answer = await client().send(post(`https://localhost:${port}`));
    expect(answer).toMatchObject({ kind: 'not_sent', cause: 'tls' });
    expect(received).toEqual([]);
  });

  test('on a fresh connection when it may no longer be sent: no byte leaves', async () => {
    const server = await serve(answerOk);
    const outbound = client();
    const answer = await outbound.send(post(server.origin, { mayStillSend: () => false }));
    expect(answer).toMatchObject({ kind: 'not_sent', cause: 'too_late' });
    // The next call proves that the server sees what is sent, and that nothing came before it.
    await outbound.send(post(server.origin));
    expect(server.connections.map(({ requests }) => requests)).toEqual([0, 1]);
    expect(server.connections[0]?.received).toBe('');
  });

  test('from the queue when it may no longer be sent once a connection is free', async () => {
    const server = await serve(() => {});
    const outbound = client({ connectionsMax: 1 });
    const first = outbound.send(post(server.origin, { body: 'first=1' }));
    const mayStillSend = vi.fn<() => boolean>(() => false);
    const second = outbound.send(post(server.origin, { body: 'second=1', mayStillSend }));
    expect(mayStillSend).not.toHaveBeenCalled();
    await answerFirstRequest(server, 0);
    expect(await first).toMatchObject({ kind: 'answered' });
    expect(await second).toMatchObject({ kind: 'not_sent', cause: 'too_late' });
    expect(mayStillSend).toHaveBeenCalledTimes(1);
    const third = outbound.send(post(server.origin, { body: 'third=1' }));
    await answerFirstRequest(server, 1);
    expect(await third).toMatchObject({ kind: 'answered' });
    const received = server.connections.map((connection) => connection.received).join('');
    expect(received.match(/\w+=1/g)).toEqual(['first=1', 'third=1']);
  });

  test('when the total timeout ends its wait in the queue, and not later either', async () => {
    const server = await serve(() => {});
    const outbound = client({ connectionsMax: 1 });
    const first = outbound.send(post(server.origin));
    const second = outbound.send(post(server.origin, { body: 'late=1', totalTimeoutMs: 50 }));
    expect(await second).toMatchObject({ kind: 'not_sent', cause: 'total_timeout' });
    await answerFirstRequest(server, 0);
    await first;
    const third = outbound.send(post(server.origin));
    await answerFirstRequest(server, 1);
    expect(await third).toMatchObject({ kind: 'answered' });
    expect(server.connections.some(({ received }) => received.includes('late'))).toBe(false);
  });

  test('when a header cannot be written, and its cause carries no value', async () => {
    const server = await serve(answerOk);
    const answer = await client().send(post(server.origin, { headers: { 'x-a': 'se\ncret' } }));
    expect(answer).toMatchObject({ kind: 'not_sent', cause: 'invalid_request' });
    expect(server.bytesReceived()).toBe(0);
  });

  test('after close', async () => {
    const server = await serve(answerOk);
    const outbound = client();
    await outbound.close();
    world.closedLast();
    const answer = await outbound.send(post(server.origin));
    expect(answer).toMatchObject({ kind: 'not_sent', cause: 'closed' });
  });
});

test('an answer without a request ends the connection and is not taken for the next one', async () => {
  const server = await serve(answerOk);
  const outbound = client({ connectionsMax: 1 });
  await outbound.send(post(server.origin));
  server.connections[0]?.socket.write(httpAnswer('200 OK', 'stray'));
  await vi.waitFor(() => expect(server.connections[0]?.socket.destroyed).toBe(true), 5_000);
  expect(await outbound.send(post(server.origin))).toMatchObject({ body: 'fine' });
});

test('an exception of mayStillSend rejects as the bug it is, without a byte', async () => {
  const server = await serve(answerOk);
  const bug = new Error('a bug');
  const mayStillSend = () => {
    throw bug;
  };
  await expect(client().send(post(server.origin, { mayStillSend }))).rejects.toBe(bug);
  expect(server.bytesReceived()).toBe(0);
});

test('mayStillSend is asked once, on a connection that stands, before any byte', async () => {
  const server = await serve(answerOk);
  const seen: number[] = [];
  const mayStillSend = () => {
    seen.push(server.bytesReceived());
    return true;
  };
  expect(await client().send(post(server.origin, { mayStillSend }))).toMatchObject({
    kind: 'answered',
  });
  expect(seen).toEqual([0]);
});

describe('the outcome is unknown', () => {
  test('when the peer resets the connection after reading the request', async () => {
    const server = await serve(({ socket }) => void socket.resetAndDestroy());
    const answer = await client().send(post(server.origin));
    expect(answer).toMatchObject({ kind: 'unknown', cause: 'reset' });
    expect(answer).not.toHaveProperty('httpStatus');
    expect(server.connections.map(({ requests }) => requests)).toEqual([1]);
  });

  test('when the peer resets the connection before it has read the whole request', async () => {
    const server = await serve(
      () => {},
      ({ socket }) => void socket.once('data', () => socket.resetAndDestroy()),
    );
    const answer = await client().send(post(server.origin, { body: 'a'.repeat(5_000_000) }));
    expect(answer).toMatchObject({ kind: 'unknown', cause: 'reset' });
    expect(server.connections.map(({ requests }) => requests)).toEqual([0]);
  });

  test('when the peer closes politely instead of answering', async () => {
    const server = await serve(({ socket }) => void socket.end());
    const answer = await client().send(post(server.origin));
    expect(answer).toMatchObject({ kind: 'unknown', cause: 'reset' });
    expect(server.connections).toHaveLength(1);
  });

  test.each(['GET', 'POST'] as const)(
    'when a kept-alive connection is reset under a second %s, which is not repeated',
    async (method) => {
      const server = await serve((connection) => {
        if (connection.requests === 1) answerOk(connection);
        else connection.socket.resetAndDestroy();
      });
      const outbound = client({ connectionsMax: 1 });
      const request: OutboundRequest = { url: server.origin, method, headers: {} };
      expect(await outbound.send(request)).toMatchObject({ kind: 'answered' });
      expect(await outbound.send(request)).toMatchObject({ kind: 'unknown', cause: 'reset' });
      expect(server.connections.map(({ requests }) => requests)).toEqual([2]);
    },
  );

  test('when no answer begins in time', async () => {
    const server = await serve(() => {});
    const answer = await client().send(post(server.origin, { totalTimeoutMs: 100 }));
    expect(answer).toMatchObject({ kind: 'unknown', cause: 'total_timeout' });
    expect(answer.durationMs).toBeGreaterThan(90);
  });

  test('when the body stops coming, with the status that had come', async () => {
    const server = await serve(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
    });
    const answer = await client({ totalTimeoutMs: 100 }).send(post(server.origin));
    expect(answer).toMatchObject({ kind: 'unknown', cause: 'total_timeout', httpStatus: 200 });
  });

  test.each(['content-length: 10', 'transfer-encoding: chunked'])(
    'when the body is cut (%s)',
    async (header) => {
      const server = await serve(({ socket }) => {
        socket.end(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n2\r\nab`);
      });
      const answer = await client().send(post(server.origin));
      expect(answer).toMatchObject({ kind: 'unknown', cause: 'body_cut', httpStatus: 200 });
    },
  );

  test('when the body is larger than the limit, however it is announced', async () => {
    const server = await serve(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${'x'.repeat(10_001)}`);
    });
    const answer = await client().send(post(server.origin));
    expect(answer).toMatchObject({ kind: 'unknown', cause: 'body_too_large', httpStatus: 200 });
  });

  test('when the answer is not HTTP', async () => {
    const server = await serve(({ socket }) => void socket.end('220 smtp ready\r\n\r\n'));
    const answer = await client().send(post(server.origin));
    expect(answer).toMatchObject({ kind: 'unknown', cause: 'malformed' });
  });

  test('when the headers are without end', async () => {
    const server = await serve(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nx-a: ${'x'.repeat(100_000)}\r\n\r\n`);
    });
    const answer = await client().send(post(server.origin));
    expect(answer).toMatchObject({ kind: 'unknown', cause: 'headers_too_large' });
  });
});
