/**
 * A TCP proxy whose connections a test can cut, as a network or a restarting server does, and whose
 * answers can be slow.
 */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Address = { host: string; port: number };

export type CuttableProxy = {
  port: number;
  /** Ends every connection immediately and refuses new ones until `restore`. */
  cut(): void;
  /** Takes connections again, to another server where one is named. */
  restore(to?: Address): void;
  /** From now on every answer takes this much longer. */
  slow(answersAfterMs: number): void;
  /** How many sockets are open, both ends counted. */
  connections(): number;
  close(): Promise<void>;
};

/** Listens on any port and passes everything on to this address. */
export async function startCuttableProxy(to: Address): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let target = to;
  let answersAfterMs = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Broken connections are the purpose; both ends notice by themselves.
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((socket) => {
    if (isCut) {
      socket.resetAndDestroy();
      return;
    }
    const upstream = connect(target.port, target.host);
    keep(socket);
    keep(upstream);
    socket.pipe(upstream);
    upstream.on('data', (chunk) => {
      if (answersAfterMs === 0) socket.write(chunk);
      else setTimeout(() => socket.write(chunk), answersAfterMs);
    });
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  const cutAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: address.port,
    cut: () => {
      isCut = true;
      cutAll();
    },
    restore: (next = target) => {
      target = next;
      isCut = false;
    },
    slow: (ms) => {
      answersAfterMs = ms;
    },
    connections: () => sockets.size,
    close: async () => {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
