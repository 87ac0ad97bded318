/**
 * The way from one process of the service to the gateway and back: requests and answers are lost,
 * delayed, repeated, mixed up, cut and replaced by pages of proxies. Every exchange is taken down,
 * with what really became of it; the service only ever learns what came back.
 */

import type { Outbound, OutboundRequest } from '../../src/lib/outbound.ts';
import type { Gateway } from './gateway.ts';
import type { Process } from './process.ts';
import type { Weather } from './weather.ts';
import { type Answer, type Command, type Fields, page, readRequest, reply } from './wire.ts';
import type { World } from './world.ts';

/** One call, as nobody in the service can see it. Times are the world's. */
export type Exchange = {
  no: number;
  process: string;
  command: Command;
  clientOrderId: string;
  orderId: string | null;
  askedAt: number;
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
  sender(process: Process, onStart: () => void): (request: OutboundRequest) => Promise<Outbound>;
};

export type NetworkDeps = {
  world: World;
  weather: Weather;
  gateway: Gateway;
  isGatewayAway: () => boolean;
  /** Called when the bytes of a command leave, before anything else happens. */
  onLeave: (exchange: Exchange) => Promise<void>;
};

/**
 * payneteasy: 30 s overall in the newest official client; nothing arrives after the caller hung up.
 */
const TOTAL_TIMEOUT_MS = 30_000;
const QUICK_MS = [1, 120] as const;
const CONNECT_MS = [500, 8000] as const;

type Call = {
  exchange: Exchange;
  request: OutboundRequest;
  process: Process;
  /** Gives the service its answer after a while; the first one counts. */
  end(delayMs: number, outbound: Outbound, given?: Answer): void;
  isEnded(): boolean;
};

const headersOf = ({ contentType, retryAfter }: Answer) => ({
  contentType,
  retryAfter,
  date: null,
});

export function createNetwork(deps: NetworkDeps): Network {
  const { world, weather, gateway, isGatewayAway, onLeave } = deps;
  const random = world.random.fork('network');
  const exchanges: Exchange[] = [];
  const quick = (): number => random.int(...QUICK_MS);
  const within = (call: Call): number =>
    random.int(1, Math.max(1, call.exchange.askedAt + TOTAL_TIMEOUT_MS - 1 - world.now()));
  const unknown = (cause: string, httpStatus?: number): Outbound =>
    httpStatus === undefined
      ? { kind: 'unknown', cause, durationMs: 1 }
      : { kind: 'unknown', cause, httpStatus, durationMs: 1 };

  const answer = (call: Call, given: Answer, delayMs: number): void => {
    const { httpStatus, body } = given;
    const headers = headersOf(given);
    call.end(delayMs, { kind: 'answered', httpStatus, headers, body, durationMs: 1 }, given);
  };

  /** The same reply, but about some other order. */
  const mixedUp = ({ exchange }: Call, given: Answer): Answer => {
    const others = gateway.orders.filter((one) => one.clientOrderId !== exchange.clientOrderId);
    if (given.fields === null || others.length === 0) return given;
    const other = random.pick(others);
    const ids = { 'merchant-order-id': other.clientOrderId, 'paynet-order-id': other.id };
    const stage = { 'order-stage': 'payout_check_validated', status: 'processing' };
    return reply(random, { ...given.fields, ...random.pick([{}, stage]), ...ids });
  };

  const back = (call: Call, given: Answer): void => {
    if (weather.happens('reset_after_effect')) return call.end(quick(), unknown('reset'));
    if (weather.happens('reply_lost')) return;
    if (weather.happens('body_cut')) return call.end(quick(), unknown('body_cut', 200));
    if (weather.happens('html_page')) return answer(call, page(200), quick());
    if (weather.happens('http_500_after_effect')) return answer(call, page(502), quick());
    if (weather.happens('error_reply')) {
      return answer(call, reply(random, { type: 'error', 'error-message': 'busy' }), quick());
    }
    const isStatus = call.exchange.command === 'status';
    const other = isStatus && weather.happens('reply_for_other_order');
    const late = weather.happens('reply_delayed') ? within(call) : quick();
    answer(call, other ? mixedUp(call, given) : given, late);
  };

  const arrive = (call: Call): void => {
    const { exchange, request } = call;
    exchange.arrivedAt = world.now();
    const read = readRequest(String(request.url), request.headers, request.body ?? '');
    const given = gateway.handle(read);
    back(call, given);
    if (exchange.command !== 'status' && weather.happens('request_twice')) {
      world.in(quick(), `${exchange.command} arrives twice`, () => void gateway.handle(read));
    }
  };

  const travel = (call: Call): void => {
    if (weather.happens('request_lost')) return;
    if (weather.happens('reset_before_effect')) return call.end(quick(), unknown('reset'));
    if (weather.happens('http_500_before_effect')) return answer(call, page(503), quick());
    if (weather.happens('http_403')) return answer(call, page(403), quick());
    if (weather.happens('http_429')) return answer(call, page(429, '2'), quick());
    if (weather.happens('http_404')) return answer(call, page(404), quick());
    const resets = weather.happens('reset_then_effect');
    if (resets) call.end(quick(), unknown('reset'));
    const slow = resets || weather.happens('request_delayed');
    world.in(slow ? within(call) : quick(), `${call.exchange.command} arrives`, () => arrive(call));
  };

  const leave = async (call: Call): Promise<void> => {
    if (call.isEnded()) return;
    if (call.request.mayStillSend?.() === false) {
      return call.end(0, { kind: 'not_sent', cause: 'too_late', durationMs: 1 });
    }
    call.exchange.leftAt = world.now();
    if (call.exchange.command !== 'status') await onLeave(call.exchange);
    travel(call);
  };

  const begin = (call: Call): void => {
    const refused = isGatewayAway() || weather.happens('connection_refused');
    if (refused) {
      return call.end(quick(), { kind: 'not_sent', cause: 'ECONNREFUSED', durationMs: 1 });
    }
    const slow = weather.happens('connection_slow') ? random.int(...CONNECT_MS) : random.int(0, 5);
    call.process.deliver(slow, `${call.exchange.command} leaves`, () => leave(call), true);
    call.process.deliver(TOTAL_TIMEOUT_MS, `${call.exchange.command} times out`, () => {
      const written = call.exchange.leftAt !== null;
      if (written) call.end(0, unknown('total_timeout'));
      else call.end(0, { kind: 'not_sent', cause: 'total_timeout', durationMs: 1 });
    });
  };

  return {
    exchanges,
    sender: (process, onStart) => (request) =>
      new Promise((resolve) => {
        onStart();
        const read = readRequest(String(request.url), request.headers, request.body ?? '');
        const exchange: Exchange = {
          no: exchanges.length,
          process: process.name,
          command: read.command,
          clientOrderId: read.fields.get('client_orderid') ?? '',
          orderId: read.fields.get('orderid') ?? null,
          askedAt: world.now(),
          leftAt: null,
          arrivedAt: null,
          told: null,
          end: null,
        };
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
