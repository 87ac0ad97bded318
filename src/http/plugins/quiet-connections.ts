/**
 * Closes, while the replica stops, what Node's own close waits for without end: connections on
 * which no request is under way and that are not idle to Node, since nothing or half a request has
 * come on them. Load balancers and browsers open connections in advance; a service was measured to
 * hang on one of them for longer than the 40 s after which the process is ended without its drain.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** For a request that is on its way: it is answered rather than cut off. */
const GRACE_MS = 1000;

export function registerQuietConnections(app: FastifyInstance): void {
  /** The requests under way on each open connection. */
  const open = new Map<Socket, number>();
  const add = (socket: Socket, count: number): void => {
    const requests = open.get(socket);
    if (requests !== undefined) open.set(socket, requests + count);
  };
  app.server.on('connection', (socket: Socket) => {
    open.set(socket, 0);
    socket.once('close', () => open.delete(socket));
  });
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    add(socket, 1);
    response.once('close', () => add(socket, -1));
  });
  app.addHook('preClose', async () => {
    const closeQuiet = (): void => {
      for (const [socket, requests] of open) if (requests === 0) socket.destroy();
    };
    // Not waited for, and no reason to stay: where nothing is open, the close is over before it.
    setTimeout(closeQuiet, GRACE_MS).unref();
  });
}
