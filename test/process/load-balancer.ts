/**
 * The least that a load balancer has to do for a rolling restart to fail no request: it asks every
 * replica for readiness more often than a leaving one goes on serving, sends nothing to one that
 * says no, and tries the next one where a connection was refused. It repeats nothing that was sent.
 */

import {
  Agent,
  createServer,
  type IncomingMessage,
  type ServerResponse,
  request as send,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export type LoadBalancer = {
  url: string;
  /** What it answered 502 to, which is what a rolling restart must not bring about. */
  failures: readonly string[];
  close(): Promise<void>;
};

/** Twenty times in the time for which a leaving replica goes on serving in the test. */
const CHECK_EVERY_MS = 200;

type Sent = { kind: 'answered' } | { kind: 'refused' } | { kind: 'failed'; cause: string };

/** Hands one request on; `refused` is certain: nothing of it was written. */
function handOn(
  agent: Agent,
  replica: string,
  incoming: IncomingMessage,
  body: Buffer,
  reply: ServerResponse,
): Promise<Sent> {
  return new Promise((resolve) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const { connection: _connection, ...kept } = headers;
    const outgoing = send(`${replica}${url}`, { method, headers: kept, agent });
    outgoing.once('response', (answer) => {
      const { connection: _hop, ...answered } = answer.headers;
      reply.writeHead(answer.statusCode ?? 502, answered);
      answer.pipe(reply);
      answer.once('end', () => resolve({ kind: 'answered' }));
      answer.once('error', (error) => resolve({ kind: 'failed', cause: error.message }));
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      const refused = error.code === 'ECONNREFUSED';
      resolve(refused ? { kind: 'refused' } : { kind: 'failed', cause: error.message });
    });
    outgoing.end(body);
  });
}

/** Listens on this port and spreads what comes over the replicas, in turn. */
export async function startLoadBalancer(
  port: number,
  replicas: readonly string[],
): Promise<LoadBalancer> {
  const agent = new Agent({ keepAlive: true });
  const failures: string[] = [];
  const ready = new Set<string>();
  let turn = 0;
  let closed = false;

  const check = async (replica: string): Promise<void> => {
    while (!closed) {
      const answer = await fetch(`${replica}/health/ready`).catch(() => null);
      if (answer?.status === 200) ready.add(replica);
      else ready.delete(replica);
      await sleep(CHECK_EVERY_MS);
    }
  };
  const checks = replicas.map(check);

  const server = createServer((incoming, reply) => {
    void (async () => {
      const body = await buffer(incoming);
      turn += 1;
      const inTurn = replicas.map((_, index) => replicas[(turn + index) % replicas.length] ?? '');
      let cause = 'no replica is ready';
      for (const replica of inTurn.filter((url) => ready.has(url))) {
        const sent = await handOn(agent, replica, incoming, body, reply);
        if (sent.kind === 'answered') return;
        cause = sent.kind;
        if (sent.kind === 'failed') {
          cause = sent.cause;
          break;
        }
      }
      failures.push(`${incoming.method} ${incoming.url}: ${cause}`);
      if (!reply.headersSent) reply.writeHead(502).end();
      else reply.destroy();
    })();
  });
  // Longer than the test: its caller must not meet a connection that closes under its request.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    failures,
    close: async () => {
      closed = true;
      server.closeAllConnections();
      server.close();
      agent.destroy();
      await Promise.all(checks);
    },
  };
}
