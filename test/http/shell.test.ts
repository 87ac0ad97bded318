import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { createShellApp } from './shell-app.ts';

it('a request that reaches a stopping service on a busy connection is refused', async () => {
  const { app } = createShellApp();
  const started = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const stopping = Promise.withResolvers<void>();
  app.get('/slow', () => {
    started.resolve();
    return released.promise.then(() => 'slow is done');
  });
  app.get('/next', () => 'next was served');
  app.addHook('preClose', async () => stopping.resolve());
  await app.listen({ host: '127.0.0.1', port: 0 });

  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk;
  });
  socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
  await started.promise;
  const closed = app.close();
  await stopping.promise;
  const nextArrived = once(app.server, 'request');
  socket.write('GET /next HTTP/1.1\r\nhost: x\r\n\r\n');
  await nextArrived;
  released.resolve();
  await Promise.all([once(socket, 'close'), closed]);

  expect(received).toContain('slow is done');
  expect(received).not.toContain('next was served');
  expect(received).toContain('HTTP/1.1 503 ');
  expect(received).toContain('retry-after: 1');
  expect(received).toContain('"code":"UNAVAILABLE"');
});
