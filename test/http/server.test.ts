import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { createBareServer } from './bare-server.ts';

/** Everything that arrives on a socket until it is closed. */
async function receivedOn(socket: Socket): Promise<string> {
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk;
  });
  await once(socket, 'close');
  return received;
}

it('a service that stops finishes what was begun and refuses what comes after', async () => {
  const { server } = createBareServer();
  const started = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const stopping = Promise.withResolvers<void>();
  server.get('/slow', () => {
    started.resolve();
    return released.promise.then(() => 'slow is done');
  });
  server.get('/next', () => 'next was served');
  server.addHook('preClose', async () => stopping.resolve());
  await server.listen({ host: '127.0.0.1', port: 0 });

  const sockets: Socket[] = [];
  server.server.on('connection', (socket) => sockets.push(socket));
  const { port } = server.server.address() as AddressInfo;
  const busy = connect(port, '127.0.0.1');
  const late = connect(port, '127.0.0.1');
  const answers = [receivedOn(busy), receivedOn(late)];
  busy.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
  await started.promise;
  // In the middle of its request, a connection is not closed with the idle ones.
  late.write('GET /next HTTP/1.1\r\nhost: x\r\n');
  await waitFor('both to be read', () => sockets.filter((one) => one.bytesRead > 0).length === 2);
  const closed = server.close();
  await stopping.promise;
  late.write('\r\n');
  released.resolve();
  const [slow, next] = await Promise.all(answers);
  await closed;

  expect(slow).toContain('slow is done');
  expect(slow).toContain('connection: close');
  expect(next).not.toContain('next was served');
  expect(next).toContain('HTTP/1.1 503 ');
  expect(next).toContain('retry-after: 1');
  expect(next).toContain('"code":"UNAVAILABLE"');
});

/** Five times the second that is left to requests on their way. */
const CLOSED_WITHIN_MS = 5000;

it.each([
  { about: 'nothing ever came', bytes: '' },
  { about: 'half a request came', bytes: 'GET /next HTTP/1.1\r\nhost: x\r\n' },
  { about: 'half of a second request came', bytes: 'GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /b' },
])('a service that stops does not wait for a connection on which $about', async ({ bytes }) => {
  const { server } = createBareServer();
  await server.listen({ host: '127.0.0.1', port: 0 });
  const accepted = once(server.server, 'connection');
  const { port } = server.server.address() as AddressInfo;
  const quiet = connect(port, '127.0.0.1');
  const received = receivedOn(quiet);
  const [socket] = (await accepted) as [Socket];
  quiet.write(bytes);
  await waitFor('what came to be read', () => socket.bytesRead === bytes.length);
  const begun = performance.now();
  await server.close();
  await received;
  expect(performance.now() - begun).toBeLessThan(CLOSED_WITHIN_MS);
});
