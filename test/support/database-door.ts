/**
 * A door to the test database that can be shut: what a service sees when its database is gone.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type DatabaseDoor = {
  /** The connection string that leads through the door. */
  connectionString: string;
  /** Breaks every connection and refuses new ones. */
  shut(): Promise<void>;
};

export async function openDatabaseDoor(connectionString: string): Promise<DatabaseDoor> {
  const target = new URL(connectionString);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      // Either end may break at any time, which is what the door is for.
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = new URL(connectionString);
  near.hostname = '127.0.0.1';
  near.port = String((server.address() as AddressInfo).port);
  return {
    connectionString: near.href,
    shut: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
