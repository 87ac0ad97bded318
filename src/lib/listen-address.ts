/**
 * Whether this process can listen where it is configured to. It is asked before the start does
 * anything else: a shell that sets HOST to the machine's triplet, or a port in use, would otherwise
 * show only after the schema is migrated.
 */

import { createServer } from 'node:net';

/** A resolver without an answer may take much longer than this, and the answer would be no. */
const RESOLVED_WITHIN_MS = 5000;

export type ListenAddress = {
  host: string;
  port: number;
  /** The variable that sets the port. */
  variable: 'PORT' | 'METRICS_PORT';
};

/** `problem` names the variable and what to do, without its value. */
export type Listening = { kind: 'free' } | { kind: 'in_use' | 'refused'; problem: string };

const refused = (problem: string): Listening => ({ kind: 'refused', problem });

function explain(code: string, variable: ListenAddress['variable']): Listening {
  switch (code) {
    case 'EADDRINUSE':
      return {
        kind: 'in_use',
        problem: `${variable}: another program of this machine listens on it (EADDRINUSE)`,
      };
    case 'EACCES':
    case 'EPERM':
      return refused(`${variable}: this user may not listen on it (${code}); use one from 1024 up`);
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return refused(
        `HOST: is no address of this machine (${code}); leave it out for all addresses`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ETIMEDOUT':
      return refused(
        `HOST: is neither an address nor a name that this machine can resolve (${code}); leave ` +
          'it out for all addresses. Some shells set HOST to the type of the machine',
      );
    default:
      return refused(`HOST, ${variable}: cannot be listened on (${code})`);
  }
}

/** Listens there for a moment, and closes again before it resolves. Never rejects. */
export function tryListening({ host, port, variable }: ListenAddress): Promise<Listening> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    const end = (result: Listening): void => {
      clearTimeout(timer);
      server.close(() => resolve(result));
    };
    const timer = setTimeout(() => end(explain('ETIMEDOUT', variable)), RESOLVED_WITHIN_MS);
    server.once('error', (error: NodeJS.ErrnoException) => {
      end(explain(error.code ?? error.name, variable));
    });
    server.listen({ host, port }, () => end({ kind: 'free' }));
  });
}
