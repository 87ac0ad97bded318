import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../src/dev/simulator/settings.ts';
import { PUBLIC_KEY_PEM } from './client.ts';

const env = {
  SIMULATOR_LOGIN: 'merchantlogin',
  SIMULATOR_CONTROL_KEY: 'secret-control-key',
  SIMULATOR_PUBLIC_KEY: PUBLIC_KEY_PEM,
  SIMULATOR_ENDPOINT_ID: '39915',
};

describe('settings', () => {
  it('have a loopback address and a port of their own by default', () => {
    expect(readSettings(env)).toEqual({
      kind: 'settings',
      settings: {
        host: '127.0.0.1',
        port: 8090,
        merchant: {
          login: 'merchantlogin',
          controlKey: 'secret-control-key',
          publicKeyPem: PUBLIC_KEY_PEM,
          endpointIds: ['39915'],
          groupIds: [],
        },
      },
    });
  });

  it('take the key from a file, or from one line with written line breaks', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'simulator-')), 'key.pem');
    writeFileSync(file, PUBLIC_KEY_PEM);
    const fromFile = { ...env, SIMULATOR_PUBLIC_KEY: '', SIMULATOR_PUBLIC_KEY_FILE: file };
    expect(readSettings(fromFile).kind).toBe('settings');
    const oneLine = PUBLIC_KEY_PEM.replaceAll('\n', '\\n');
    expect(readSettings({ ...env, SIMULATOR_PUBLIC_KEY: oneLine })).toEqual(readSettings(env));
  });

  it('name every problem in one go', () => {
    const reading = readSettings({ SIMULATOR_PORT: '99999' });
    const problems = reading.kind === 'problems' ? reading.problems : [];
    expect(problems).toEqual([
      'SIMULATOR_PORT is not a port number',
      'SIMULATOR_LOGIN is not set',
      'SIMULATOR_CONTROL_KEY is not set',
      'neither SIMULATOR_PUBLIC_KEY nor SIMULATOR_PUBLIC_KEY_FILE is set',
      'neither SIMULATOR_ENDPOINT_ID nor SIMULATOR_ENDPOINT_GROUP_ID is set',
    ]);
  });

  it.each([
    [{ SIMULATOR_PUBLIC_KEY: 'not a key' }, 'SIMULATOR_PUBLIC_KEY:'],
    [{ SIMULATOR_PUBLIC_KEY_FILE: '/does/not/exist' }, 'SIMULATOR_PUBLIC_KEY_FILE:'],
  ])('refuse a key that cannot be read: %j', (change, name) => {
    const reading = readSettings({ ...env, ...change });
    const problems = reading.kind === 'problems' ? reading.problems : [];
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });
});

/** Runs the command as `npm run simulator` does, with nothing but `settings` in its environment. */
function start(settings: Record<string, string>) {
  const child = spawn(process.execPath, ['src/dev/simulator.ts'], {
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return { child, output, ended: once(child, 'close') };
}

describe('npm run simulator', () => {
  it('prints one line with its addresses, serves, and ends on SIGTERM', async () => {
    const { child, output, ended } = start({ ...env, SIMULATOR_PORT: '0' });
    await once(child.stdout, 'data');
    expect(output.stdout).toMatch(
      /^simulator: gateway at (http:\/\/127\.0\.0\.1:\d+)\/paynet, control API at \1\/control\n$/,
    );
    const control = /control API at (\S+)/.exec(output.stdout)?.[1];
    expect((await fetch(`${control}/ledger`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(output.stderr).toBe('');
  });

  it('ends with 1 and a list of problems, without values of secrets', async () => {
    const { output, ended } = start({ ...env, SIMULATOR_LOGIN: '', SIMULATOR_PORT: 'x' });
    expect(await ended).toEqual([1, null]);
    expect(output.stderr).toContain('SIMULATOR_LOGIN is not set');
    expect(output.stderr).toContain('SIMULATOR_PORT is not a port number');
    expect(output.stderr).not.toContain('secret-control-key');
  });
});

describe('secrets and addresses of a simulator in a container', () => {
  it('come from files, and the form is shown where a browser reaches it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'simulator-')), 'control-key');
    writeFileSync(file, 'secret-control-key\n');
    const reading = readSettings({
      ...env,
      SIMULATOR_CONTROL_KEY: '',
      SIMULATOR_CONTROL_KEY_FILE: file,
      SIMULATOR_PUBLIC_URL: 'http://localhost:18090/',
    });
    const settings = reading.kind === 'settings' ? reading.settings : null;
    expect(settings?.merchant.controlKey).toBe('secret-control-key');
    expect(settings?.publicUrl).toBe('http://localhost:18090');
  });

  it('are refused by name when they cannot be used', () => {
    const reading = readSettings({
      ...env,
      SIMULATOR_CONTROL_KEY_FILE: '/does/not/exist',
      SIMULATOR_PUBLIC_URL: 'localhost:8090/form',
    });
    expect(reading.kind === 'problems' ? reading.problems : []).toEqual([
      'SIMULATOR_CONTROL_KEY_FILE: cannot be read',
      'SIMULATOR_PUBLIC_URL is not an http address without a path',
    ]);
  });
});
