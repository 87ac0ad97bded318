/**
 * The service's real client of one account, over the simulated network.
 */

import type { KeyObject } from 'node:crypto';
import type { OutboundClient } from '../../src/lib/outbound/outbound.ts';
import { createGatewayClient, type GatewayClient } from '../../src/payneteasy/client.ts';
import { type Account, baseUrlOf } from './account.ts';
import type { Network } from './network.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

/** Signatures of one process, which happen in another thread. */
export type Signing = {
  /** Signs when all before have signed; the world waits until then. */
  inTurn<T>(sign: () => Promise<T>): Promise<T>;
  /** The one whose turn it is has signed. */
  signed(): void;
};

/**
 * Signatures take turns, since threads do not end in an order that the seed decides: two commands
 * begin in one moment where one statement has committed both intents.
 */
export function createSigning(world: World): Signing {
  const turns: (() => void)[] = [];
  let last: Promise<void> = Promise.resolve();
  return {
    inTurn: async (sign) => {
      const release = world.hold();
      const before = last;
      last = new Promise((resolve) => {
        turns.push(() => {
          release();
          resolve();
        });
      });
      await before;
      return sign();
    },
    signed: () => turns.shift()?.(),
  };
}

export type ClientDeps = {
  network: Network;
  process: Process;
  account: Account;
  privateKey: KeyObject;
  signing: Signing;
  randomBytes: (count: number) => Uint8Array;
};

export function createClient(deps: ClientDeps): GatewayClient {
  const { process, account, signing } = deps;
  const send = deps.network.sender(process);
  const outbound: Pick<OutboundClient, 'send'> = {
    send: (request) => {
      const sent = send(request);
      if (request.headers['authorization'] !== undefined) signing.signed();
      return sent;
    },
  };
  const client = createGatewayClient({
    outbound,
    baseUrl: baseUrlOf(account),
    endpoint: { kind: 'endpoint', id: account.gatewayId },
    login: account.login,
    controlKey: account.controlKey,
    privateKey: deps.privateKey,
    accept: 'form',
    loginInCheck: false,
    clock: process.clock,
    randomHex: (count) => Buffer.from(deps.randomBytes(count)).toString('hex'),
  });
  const held = <T, P extends { send(mayStillSend: () => boolean): Promise<T> }>(
    prepared: P,
  ): P => ({
    ...prepared,
    send: (mayStillSend: () => boolean) => signing.inTurn(() => prepared.send(mayStillSend)),
  });
  return {
    preparePayoutCheck: (order) => held(client.preparePayoutCheck(order)),
    preparePayoutPay: (ids) => held(client.preparePayoutPay(ids)),
    status: (ids) => client.status(ids),
  };
}
