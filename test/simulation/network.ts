/**
 * The way from one process of the service to the gateway and back: requests and answers are lost,
 * delayed, repeated, mixed up, cut and replaced by pages of proxies. Every exchange is recorded,
 * with what really became of it; the service only ever learns what came back.
 */

import type { Outbound, OutboundRequest } from '../../src/lib/outbound/call.ts';
import { identityOf } from './account.ts';
import type { Gateway } from './gateway.ts';
import type { Process } from './process.ts';
import { type Call, createRoute, notSent, TOTAL_TIMEOUT_MS, unknown } from './route.ts';
import type { Weather } from './weather.ts';
import { type Command, type Fields, type GatewayRequest, loginOf, readRequest } from './wire.ts';
import type { World } from './world.ts';

/** One call, as no part of the service can see it. Times are the world's. */
export type Exchange = {
  no: number;
  process: string;
  command: Command;
  /** Which gateway it was sent to: address, endpoint, login. */
  identity: string;
  clientOrderId: string;
  orderId: string | null;
  requestedAt: number;
  /** When the bytes left; null where they did not. */
  leftAt: number | null;
  arrivedAt: number | null;
  /** What came back, intact; null for everything else. */
  told: { at: number; httpStatus: number; fields: Fields | null } | null;
  end: 'not_sent' | 'unknown' | 'answered' | null;
};

export type Network = {
  exchanges: readonly Exchange[];
  /** The way of one process; `onStart` is told when a request reached it. */
  sender(process: Process): (request: OutboundRequest) => Promise<Outbound>;
};

export type NetworkDeps = {
  world: World;
  weather: Weather;
  gateway: Gateway;
  isGatewayAway: () => boolean;
  /** Called when the bytes of a command leave, before anything else happens. */
  onLeave: (exchange: Exchange) => Promise<void>;
};

const REFUSED_MS = [1, 120] as const;
const CONNECT_MS = [500, 8000] as const;

const newExchange = (
  no: number,
  process: Process,
  read: GatewayRequest,
  requestedAt: number,
): Exchange => ({
  no,
  process: process.name,
  command: read.command,
  identity: identityOf({ ...read, login: loginOf(read) }),
  clientOrderId: read.fields.get('client_orderid') ?? '',
  orderId: read.fields.get('orderid') ?? null,
  requestedAt,
  leftAt: null,
  arrivedAt: null,
  told: null,
  end: null,
});

export function createNetwork(deps: NetworkDeps): Network {
  const { world, weather, gateway, isGatewayAway, onLeave } = deps;
  const random = world.random.fork('connections');
  const travel = createRoute(world, weather, gateway);
  const exchanges: Exchange[] = [];

  const leave = async (call: Call): Promise<void> => {
    if (call.isEnded()) return;
    if (call.request.mayStillSend?.() === false) {
      return call.end(0, notSent('too_late'));
    }
    call.exchange.leftAt = world.now();
    if (call.exchange.command !== 'status') await onLeave(call.exchange);
    travel(call);
  };

  const begin = (call: Call): void => {
    const refused = isGatewayAway() || weather.happens('connection_refused');
    if (refused) {
      return call.end(random.int(...REFUSED_MS), notSent('ECONNREFUSED'));
    }
    const slow = weather.happens('connection_slow') ? random.int(...CONNECT_MS) : random.int(0, 5);
    call.process.deliver(slow, `${call.exchange.command} leaves`, () => leave(call), true);
    call.process.deliver(TOTAL_TIMEOUT_MS, `${call.exchange.command} times out`, () => {
      const written = call.exchange.leftAt !== null;
      call.end(0, written ? unknown('total_timeout') : notSent('total_timeout'));
    });
  };

  return {
    exchanges,
    sender: (process) => (request) =>
      new Promise((resolve) => {
        const read = readRequest(String(request.url), request.headers, request.body ?? '');
        const exchange = newExchange(exchanges.length, process, read, world.now());
        exchanges.push(exchange);
        let ended = false;
        const isDelicate = read.command !== 'status';
        begin({
          exchange,
          request,
          process,
          isEnded: () => ended,
          end: (delayMs, outbound, given) => {
            const label = `${read.command} ${outbound.kind}`;
            const act = (): void => {
              if (ended) return;
              ended = true;
              exchange.end = outbound.kind;
              if (given !== undefined) {
                const { httpStatus, fields } = given;
                exchange.told = { at: world.now(), httpStatus, fields };
              }
              resolve(outbound);
            };
            process.deliver(delayMs, label, act, isDelicate);
          },
        });
      }),
  };
}
