/**
 * A TCP proxy in front of the gateway whose far side vanishes in the middle of a call: from then on
 * nothing of that connection is read or passed on, and nothing closes it, as if a cable were cut.
 * Other connections stay as they are.
 */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** One call to spoil: the next one with this command that is sent. */
export type Vanishing = {
  command: 'payout-check' | 'payout-pay' | 'status';
  /** What still gets through before nothing does. */
  passes: 'nothing' | 'cut_request' | 'request' | 'cut_answer';
};

export type Vanished = Vanishing & {
  /** Whether the connection had carried a call before. */
  isReused: boolean;
  /** The network is back, and the far side knows nothing of the connection any more. */
  reset(): void;
};

export type VanishingPeer = {
  url: string;
  plan(vanishings: readonly Vanishing[]): void;
  vanished(): readonly Vanished[];
  close(): Promise<void>;
};

/** Short of this many bytes the peer waits for the rest of a message. */
const CUT_BYTES = 5;
const withoutEnd = (chunk: Buffer): Buffer => chunk.subarray(0, -CUT_BYTES);

type Planned = { next(request: Buffer): Vanishing | null; add(vanished: Vanished): void };

/** Passes one connection on until a planned call comes. */
function passOn(near: Socket, far: Socket, planned: Planned): void {
  let calls = 0;
  let spoiled: Vanishing | null = null;
  const vanish = (): void => {
    // Paused for good: neither bytes nor the end of the connection are noticed from here on.
    near.pause();
    far.pause();
  };
  near.on('data', (chunk) => {
    spoiled ??= planned.next(chunk);
    if (spoiled === null || spoiled.passes === 'request' || spoiled.passes === 'cut_answer') {
      far.write(chunk);
    } else {
      if (spoiled.passes === 'cut_request') far.write(withoutEnd(chunk));
      vanish();
    }
    if (!chunk.includes('POST ')) return;
    if (spoiled !== null) {
      planned.add({ ...spoiled, isReused: calls > 0, reset: () => void near.resetAndDestroy() });
    }
    calls += 1;
  });
  far.on('data', (chunk) => {
    if (spoiled === null) near.write(chunk);
    else {
      if (spoiled.passes === 'cut_answer') near.write(withoutEnd(chunk));
      vanish();
    }
  });
  for (const [socket, other] of [
    [near, far],
    [far, near],
  ] as const) {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (spoiled === null) other.destroy();
    });
  }
}

/** Listens on any port and passes everything on to this address. */
export async function startVanishingPeer(to: {
  host: string;
  port: number;
}): Promise<VanishingPeer> {
  const sockets = new Set<Socket>();
  const left: Vanishing[] = [];
  const vanished: Vanished[] = [];
  const planned: Planned = {
    next: (request) => {
      const index = left.findIndex(({ command }) => request.includes(`/${command}/`));
      return index === -1 ? null : (left.splice(index, 1)[0] ?? null);
    },
    add: (one) => vanished.push(one),
  };
  const server = createServer((near) => {
    const far = connect(to.port, to.host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    passOn(near, far, planned);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    plan: (vanishings) => void left.push(...vanishings),
    vanished: () => vanished,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
