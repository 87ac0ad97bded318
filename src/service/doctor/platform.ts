/**
 * Whether the platform's address accepts a connection. Nothing is sent: a notification would be
 * taken for a real one.
 */

import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Config } from '../../config/config.ts';
import type { Notifies } from '../../store/notifications/notifies.ts';
import { causeOf, type Finding, ok, warning, wrong } from './finding.ts';

const CONNECT_TIMEOUT_MS = 3000;

function open(url: URL): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol === 'http:') return connectPlain(Number(url.port || 80), host);
  const servername = isIP(host) === 0 ? { servername: host } : {};
  // Set explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment cannot switch it off.
  const options = { host, port: Number(url.port || 443), rejectUnauthorized: true, ...servername };
  return connectTls({ ...options, minVersion: 'TLSv1.2' });
}

/** Null once the connection stands, else why it does not. */
function tryConnecting(url: URL): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = open(url);
    const end = (cause: string | null): void => {
      socket.destroy();
      resolve(cause);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => end('connect_timeout'));
    socket.once('error', (error) => end(causeOf(error)));
    socket.once(url.protocol === 'http:' ? 'connect' : 'secureConnect', () => end(null));
  });
}

/**
 * `reading` is what the database says of the installation; null where that is not known. It is
 * awaited after the connection, so that a slow database does not delay that.
 */
export async function examinePlatform(
  { notify }: Config,
  reading: Promise<Notifies>,
): Promise<Finding[]> {
  const { platform } = notify;
  const cause = platform.kind === 'address' ? await tryConnecting(new URL(platform.url)) : null;
  const notifies = await reading;
  if (platform.kind === 'unset' && notifies === true) {
    return [
      wrong(
        'platform',
        'PRAXIS_NOTIFY_URL: is not set, and the installation notifies its platform: set the ' +
          'address here too, or none to switch notifications off',
      ),
    ];
  }
  if (platform.kind !== 'address') return [ok('platform', 'it is not notified')];
  if (cause !== null) {
    const says = `PRAXIS_NOTIFY_URL: no connection to the platform (${cause}); check the address, `;
    return [wrong('platform', `${says}its certificate, the network and the firewall`)];
  }
  const reached = ok('platform', 'its address accepts connections; nothing was sent');
  if (notifies !== false) return [reached];
  const off = 'the installation does not notify it yet: the next start with this address begins to';
  return [reached, warning('platform', off)];
}
