/**
 * A small gateway client for these tests. It signs and reads replies by itself, so that the
 * simulator is measured against the published rules and not against its own code.
 */

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BehaviourPatch } from '../../src/dev/simulator/behaviour.ts';
import { createSimulator } from '../../src/dev/simulator/simulator.ts';

export const LOGIN = 'merchantlogin';
export const CONTROL_KEY = 'B17F59B4-A7DC-41B4-8FF9-37D986B43D20';
export const ENDPOINT = '39915';
export const GROUP = 'group/7001';
/** Looks for itself in everything the simulator shows. */
export const CANARY_ACCOUNT = '99887766554433221100';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const PUBLIC_KEY_PEM = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

export type Values = Readonly<Record<string, string>>;

export interface Reply {
  readonly httpStatus: number;
  readonly contentType: string;
  readonly date: string | null;
  readonly body: string;
  readonly fields: Values;
}

export interface CallOptions {
  readonly endpoint?: string;
  readonly json?: boolean;
  /** Overrides oauth_* parameters before signing; an empty text leaves one out. */
  readonly oauth?: Values;
  /** Changes the body after signing. */
  readonly tampered?: Values;
  /** Replaces the Authorization header as a whole. */
  readonly authorization?: string;
  readonly control?: string;
}

const MARKS: Values = { '!': '%21', "'": '%27', '(': '%28', ')': '%29', '*': '%2A' };

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => MARKS[mark] ?? mark);
}

/** The Authorization header for a POST of `body` to `url`. */
export function authorize(url: string, body: Values, overrides: Values = {}): string {
  const wanted: Values = {
    oauth_consumer_key: LOGIN,
    oauth_nonce: randomBytes(16).toString('hex'),
    oauth_signature_method: 'RSA-SHA256',
    oauth_timestamp: String(Math.floor(Date.now() / 1000)),
    oauth_version: '1.0',
    ...overrides,
  };
  const oauth = Object.entries(wanted).filter(([, value]) => value !== '');
  const lines = [...Object.entries(body), ...oauth]
    .sort(([nameA], [nameB]) => (nameA < nameB ? -1 : 1))
    .map((pair) => pair.map(encode).join('='));
  const base = ['POST', url, lines.join('&')].map(encode).join('&');
  const signature = sign('sha256', Buffer.from(base), keys.privateKey).toString('base64');
  const all: [string, string][] = [...oauth, ['oauth_signature', signature]];
  return `OAuth ${all.map(([name, value]) => `${name}="${encode(value)}"`).join(', ')}`;
}

export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

export type Client = ReturnType<typeof createClient>;

export function createClient(url: string) {
  async function post(path: string, body: Values, headers: Values): Promise<Reply> {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(body).toString(),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    const contentType = response.headers.get('content-type') ?? '';
    return {
      httpStatus: response.status,
      contentType,
      date: response.headers.get('date'),
      body: text,
      fields: contentType.includes('json') ? fromJson(text) : fromForm(text),
    };
  }

  function signed(command: string, body: Values, options: CallOptions): Promise<Reply> {
    const path = `/paynet/api/v4/${command}/${options.endpoint ?? ENDPOINT}`;
    const authorization = options.authorization ?? authorize(url + path, body, options.oauth);
    return post(path, { ...body, ...options.tampered }, { authorization, ...accept(options) });
  }

  return {
    check: (body: Values, options: CallOptions = {}) =>
      signed('payout-check', { ...receiver(), ...body }, options),
    pay: (body: Values, options: CallOptions = {}) =>
      signed('payout-pay', { login: LOGIN, ...body }, options),
    status(body: Values, options: CallOptions = {}) {
      const { login = LOGIN, client_orderid = '', orderid = '' } = body;
      const control = options.control ?? sha1(login + client_orderid + orderid + CONTROL_KEY);
      const path = `/paynet/api/v2/status/${options.endpoint ?? ENDPOINT}`;
      return post(path, { login, ...body, control }, accept(options));
    },
  };
}

/** What a payout-check needs next to the order itself; `client_orderid` is a fresh one. */
function receiver(): Values {
  return {
    client_orderid: `po-${randomBytes(6).toString('hex')}`,
    amount: '10.50',
    currency: 'USD',
    account_number: CANARY_ACCOUNT,
    bank_name: "Cool bank & 'sons' + (co)*!",
    bank_branch: 'Branch 1',
    first_name: 'José',
    last_name: 'O’Neil',
  };
}

function accept(options: CallOptions): Values {
  return options.json === true ? { accept: 'application/vnd.pay+json' } : {};
}

function fromForm(text: string): Values {
  return Object.fromEntries(
    [...new URLSearchParams(text)].map(([name, value]) => [name.trim(), value.trim()]),
  );
}

function fromJson(text: string): Values {
  const parsed: Record<string, unknown> = JSON.parse(text);
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}

/** Fast enough for a test, slow enough for every step to be seen. */
export const QUICK = {
  validateDelayMs: 20,
  payDelayMs: 20,
  unclearMs: 150,
  callbackRetryDelaysMs: [20, 40],
} satisfies BehaviourPatch;

export async function startSimulator(behaviour: BehaviourPatch = {}, clock?: () => number) {
  const simulator = createSimulator({
    merchants: [
      {
        login: LOGIN,
        controlKey: CONTROL_KEY,
        publicKeyPem: PUBLIC_KEY_PEM,
        endpointIds: [ENDPOINT, '39916'],
        groupIds: ['7001'],
      },
    ],
    behaviour: { ...QUICK, ...behaviour },
    ...(clock !== undefined && { clock }),
  });
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 });
  return { ...simulator, url, client: createClient(url) };
}

/** Asks until `find` gives something, for at most ten seconds. */
export async function until<Found>(
  what: string,
  find: () => Promise<Found | undefined> | Found | undefined,
): Promise<Found> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited ten seconds for ${what}`);
}

/** Asks for the status until the order shows `stage`. */
export function untilStage(client: Client, ids: Values, stage: string, options?: CallOptions) {
  return until(`stage ${stage}`, async () => {
    const { fields } = await client.status(ids, options);
    return fields['order-stage'] === stage ? fields : undefined;
  });
}

/** Checks an order and gives its two ids. */
export async function openOrder(client: Client, body: Values = {}, options?: CallOptions) {
  const { fields } = await client.check(body, options);
  return {
    client_orderid: fields['merchant-order-id'] ?? '',
    orderid: fields['paynet-order-id'] ?? '',
  };
}

/** Checks an order, waits for the bank and pays. */
export async function payOrder(client: Client, body: Values = {}, options?: CallOptions) {
  const ids = await openOrder(client, body, options);
  await untilStage(client, ids, 'payout_check_validated', options);
  const reply = await client.pay(ids, options);
  return { ids, reply };
}

/** A merchant's callback address; answers the next HTTP statuses of `answers`, then 200. */
export async function startReceiver(answers: number[] = []) {
  const received: { method: string; path: string; query: Values }[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://receiver');
    const query = Object.fromEntries(searchParams);
    received.push({ method: request.method ?? '', path: pathname, query });
    response.writeHead(answers.shift() ?? 200, { location: '/elsewhere' }).end('OK');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/callbacks/payneteasy/default`,
    received,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
