/**
 * A host that is far away, on this machine: a listener whose queue of connections is full, so that
 * the kernel drops the first packet of the next one and the client sends it again after a second.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';

export type SlowListener = {
  port: number;
  /** Takes the waiting connections, and from now on every other one. */
  wake(): void;
  close(): Promise<void>;
};

const program = `
const answer = 'HTTP/1.1 200 OK\\r\\ncontent-length: 4\\r\\n\\r\\nslow';
const server = require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', () => socket.write(answer));
});
const [host, port] = process.argv.slice(1);
server.listen({ host, port: Number(port), backlog: 1 }, () => console.log(server.address().port));`;

/** A connection of the kernel's own stands within a millisecond; a dropped packet costs 1000. */
const DROPPED_AFTER_MS = 300;

/** Connects until one connection does not stand: the queue is full. */
async function fill(host: string, port: number): Promise<net.Socket[]> {
  const sockets: net.Socket[] = [];
  for (let isOpen = true; isOpen; ) {
    const socket = net.connect(port, host);
    socket.on('error', () => {
      // It is destroyed when the test ends.
    });
    sockets.push(socket);
    isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      setTimeout(() => resolve(false), DROPPED_AFTER_MS);
    });
  }
  return sockets;
}

const listening = async (child: ChildProcess): Promise<number> => {
  if (child.stdout === null) throw new Error('the listener has no output');
  const [line] = await once(child.stdout, 'data');
  return Number(String(line));
};

export async function startSlowListener(host: string, port = 0): Promise<SlowListener> {
  const child = spawn(process.execPath, ['-e', program, host, String(port)]);
  const listeningAt = await listening(child);
  child.kill('SIGSTOP');
  const sockets = await fill(host, listeningAt);
  return {
    port: listeningAt,
    wake: () => void child.kill('SIGCONT'),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
