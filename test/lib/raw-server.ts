/**
 * A TCP server that counts every byte it is sent and answers by hand, so that a test sees what has
 * really left the client and can break a connection at any moment.
 */

import net from 'node:net';

export type RawConnection = {
  socket: net.Socket;
  /** Everything received on this connection so far. */
  received: string;
  /** Whole requests received on this connection so far. */
  requests: number;
};

export type RawServer = {
  origin: string;
  port: number;
  connections: RawConnection[];
  bytesReceived(): number;
  close(): Promise<void>;
};

/** `onRequest` runs when a whole request (head and declared body) has come. */
export async function startRawServer(
  onRequest: (connection: RawConnection) => void,
  onConnection: (connection: RawConnection) => void = () => {},
): Promise<RawServer> {
  const connections: RawConnection[] = [];
  const server = net.createServer((socket) => {
    const connection: RawConnection = { socket, received: '', requests: 0 };
    connections.push(connection);
    let pending = '';
    socket.on('error', () => {
      // A client that goes away is what many of these tests are about.
    });
    socket.on('data', (chunk) => {
      connection.received += chunk.toString('latin1');
      pending += chunk.toString('latin1');
      const head = pending.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(pending)?.[1] ?? 0);
      if (pending.length < head + 4 + length) return;
      pending = pending.slice(head + 4 + length);
      connection.requests += 1;
      onRequest(connection);
    });
    onConnection(connection);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    connections,
    bytesReceived: () => connections.reduce((sum, { received }) => sum + received.length, 0),
    close: () =>
      new Promise((resolve) => {
        for (const { socket } of connections) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** A whole HTTP/1.1 answer with the right length. */
export function httpAnswer(status: string, body: string, headers: string[] = []): string {
  const lines = [`HTTP/1.1 ${status}`, `content-length: ${Buffer.byteLength(body)}`, ...headers];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A port of this machine on which no process listens. */
export async function freePort(): Promise<number> {
  const server = await startRawServer(() => {});
  await server.close();
  return server.port;
}
