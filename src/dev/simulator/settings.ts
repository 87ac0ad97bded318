/**
 * Reads the settings of a simulator that runs on its own. Reports all problems together, by name,
 * and never the value of a secret.
 */

import { readFileSync } from 'node:fs';
import { type MerchantOptions, parsePublicKey } from './merchants.ts';

/** Loopback, because the control API is open to every client that reaches the port. */
const HOST_DEFAULT = '127.0.0.1';
const PORT_DEFAULT = '8090';

export interface SimulatorSettings {
  readonly host: string;
  readonly port: number;
  readonly merchant: MerchantOptions;
  /** The address of the simulator for a browser, without a slash at its end. */
  readonly publicUrl?: string;
  /** The secret with which the platform verifies notifications; without it, none is verified. */
  readonly webhookSecret?: string;
}

export type SettingsReading =
  | { readonly kind: 'settings'; readonly settings: SimulatorSettings }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

export function readSettings(env: Readonly<Record<string, string | undefined>>): SettingsReading {
  const problems: string[] = [];
  const required = (name: string): string => {
    const value = env[name] ?? '';
    if (value === '') problems.push(`${name} is not set`);
    return value;
  };
  const port = env['SIMULATOR_PORT'] || PORT_DEFAULT;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    problems.push('SIMULATOR_PORT is not a port number');
  }
  const login = required('SIMULATOR_LOGIN');
  const controlKey = readSecret(env, problems, 'SIMULATOR_CONTROL_KEY');
  if (controlKey === '' && !env['SIMULATOR_CONTROL_KEY_FILE']) {
    problems.push('SIMULATOR_CONTROL_KEY is not set');
  }
  const publicKeyPem = readPublicKey(env, problems);
  const endpointIds = toList(env['SIMULATOR_ENDPOINT_ID']);
  const groupIds = toList(env['SIMULATOR_ENDPOINT_GROUP_ID']);
  if (endpointIds.length + groupIds.length === 0) {
    problems.push('neither SIMULATOR_ENDPOINT_ID nor SIMULATOR_ENDPOINT_GROUP_ID is set');
  }
  const webhookSecret = readSecret(env, problems, 'SIMULATOR_WEBHOOK_SECRET');
  const publicUrl = (env['SIMULATOR_PUBLIC_URL'] ?? '').replace(/\/+$/, '');
  if (publicUrl !== '' && !/^https?:\/\/[^/?#]+$/.test(publicUrl)) {
    problems.push('SIMULATOR_PUBLIC_URL is not an http address without a path');
  }
  if (problems.length > 0) return { kind: 'problems', problems };
  const merchant = { login, controlKey, publicKeyPem, endpointIds, groupIds };
  const host = env['SIMULATOR_HOST'] || HOST_DEFAULT;
  const settings = {
    host,
    port: Number(port),
    merchant,
    ...(publicUrl === '' ? {} : { publicUrl }),
    ...(webhookSecret === '' ? {} : { webhookSecret }),
  };
  return { kind: 'settings', settings };
}

/** The text of a variable, or of the file that NAME_FILE names; empty where neither is set. */
function readSecret(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
  name: string,
): string {
  const file = env[`${name}_FILE`] ?? '';
  if (file === '') return env[name] ?? '';
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // The message of the operating system contains no more than that.
    problems.push(`${name}_FILE: cannot be read`);
    return '';
  }
}

function readPublicKey(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): string {
  const file = env['SIMULATOR_PUBLIC_KEY_FILE'] ?? '';
  // Tools that cannot carry line breaks in a variable write them as backslash and n.
  const text = (env['SIMULATOR_PUBLIC_KEY'] ?? '').replaceAll('\\n', '\n');
  if (file === '' && text === '') {
    problems.push('neither SIMULATOR_PUBLIC_KEY nor SIMULATOR_PUBLIC_KEY_FILE is set');
    return '';
  }
  const name = file === '' ? 'SIMULATOR_PUBLIC_KEY' : 'SIMULATOR_PUBLIC_KEY_FILE';
  try {
    const pem = file === '' ? text : readFileSync(file, 'utf8');
    parsePublicKey(pem);
    return pem;
  } catch (error) {
    problems.push(`${name}: ${error instanceof Error ? error.message : 'cannot be read'}`);
    return '';
  }
}

function toList(value: string | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : [value];
}
