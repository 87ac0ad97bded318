/**
 * What the tests of outbound calls share: servers that count bytes and clients that call them,
 * closed together after each test.
 */

import type { OutboundRequest } from '../../src/lib/outbound/call.ts';
import { createOutbound, type OutboundLimits } from '../../src/lib/outbound/outbound.ts';
import { httpAnswer, type RawConnection, type RawServer, startRawServer } from './raw-server.ts';

export const post = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  url,
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'a=1',
  ...more,
});

export const answerOk = ({ socket }: RawConnection) =>
  void socket.write(httpAnswer('200 OK', 'fine'));

/** `defaults` are the limits of a client where a test names no others. */
export function createOutboundWorld(defaults: OutboundLimits) {
  const closers: (() => unknown)[] = [];
  return {
    serve: async (
      onRequest: (connection: RawConnection) => void,
      onConnection?: (connection: RawConnection) => void,
    ): Promise<RawServer> => {
      const server = await startRawServer(onRequest, onConnection);
      closers.push(() => server.close());
      return server;
    },
    client: (limits: Partial<OutboundLimits> = {}) => {
      const outbound = createOutbound({ ...defaults, ...limits });
      closers.push(() => outbound.close());
      return outbound;
    },
    /** Closes this too, before what was opened earlier. */
    alsoClose: (close: () => unknown) => void closers.push(close),
    /** The test has closed what was opened last itself. */
    closedLast: () => void closers.pop(),
    close: async (): Promise<void> => {
      for (const close of closers.splice(0).toReversed()) await close();
    },
  };
}
