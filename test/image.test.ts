/**
 * The image starts the service as `npm start` does: what is measured and tested is what runs. Its
 * health check fails only where a restart would help.
 */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');

const packageSchema = z.object({ scripts: z.object({ start: z.string() }) });

const composeSchema = z.object({
  services: z.object({
    service: z.object({ healthcheck: z.object({ test: z.array(z.string()) }) }),
  }),
});

/** The JSON list behind this instruction of the Dockerfile; the last one counts. */
function listOf(instruction: string): string[] {
  const [, list] =
    [...read('Dockerfile').matchAll(new RegExp(`^${instruction} (\\[.*\\])$`, 'gm'))].at(-1) ?? [];
  return z.array(z.string()).parse(JSON.parse(list ?? '[]'));
}

test('entrypoint and command are what npm start runs', () => {
  const { scripts } = packageSchema.parse(JSON.parse(read('package.json')));
  expect([...listOf('ENTRYPOINT'), ...listOf('CMD')].join(' ')).toBe(scripts.start);
});

describe('while the database is away, the health check', () => {
  /** Answers as the service does then: the process lives, and is not ready. */
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/health/live' ? 200 : 503).end();
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => void server.close());

  /** Runs a check as the container does; its exit code. */
  async function exitCodeOf([, program = '', ...args]: readonly string[]): Promise<number | null> {
    const path = program.replace('/app/', '');
    const { port } = server.address() as AddressInfo;
    const script = fileURLToPath(new URL(`../${path}`, import.meta.url));
    const env = { PORT: String(port) };
    const child = execFile(process.execPath, [script, ...args], { env });
    const [code] = await once(child, 'exit');
    return z.number().nullable().parse(code);
  }

  test('of the image passes: Swarm must not replace what recovers by itself', async () => {
    const [, list = ''] = /^HEALTHCHECK .*\\\n +CMD (\[.*\])$/m.exec(read('Dockerfile')) ?? [];
    expect(await exitCodeOf(z.array(z.string()).parse(JSON.parse(list)))).toBe(0);
  });

  test('of compose fails: `up --wait` waits for readiness', async () => {
    const { services } = composeSchema.parse(parse(read('docker-compose.yml')));
    const [kind, ...command] = services.service.healthcheck.test;
    expect([kind, await exitCodeOf(command)]).toEqual(['CMD', 1]);
  });
});
