/**
 * What becomes of one call on its way: whether the request arrives, and what of the answer comes
 * back.
 */

import type { Outbound, OutboundRequest } from '../../src/lib/outbound/call.ts';
import type { OutboundCause } from '../../src/lib/outbound/cause.ts';
import type { Gateway } from './gateway.ts';
import type { Exchange } from './network.ts';
import type { Process } from './process.ts';
import type { Weather } from './weather.ts';
import { type Answer, page, readRequest, reply } from './wire.ts';
import type { World } from './world.ts';

export type Call = {
  exchange: Exchange;
  request: OutboundRequest;
  process: Process;
  /** Gives the service its answer after a while; the first one counts. */
  end(delayMs: number, outbound: Outbound, given?: Answer): void;
  isEnded(): boolean;
};

/**
 * payneteasy: 30 s overall in the newest official client; nothing arrives after the caller hung up.
 */
export const TOTAL_TIMEOUT_MS = 30_000;
const QUICK_MS = [1, 120] as const;
/** Of the replies about another order, how many are that order's own reply, word for word. */
const SWAPPED_SHARE = 0.6;
/** In some runs a filter or a rate limit before the gateway rejects payout-pay, on either way. */
const FILTER_SHARE = 0.04;
const FILTERED_SHARE = 0.6;

export const unknown = (cause: OutboundCause, httpStatus?: number): Outbound =>
  httpStatus === undefined
    ? { kind: 'unknown', cause, durationMs: 1 }
    : { kind: 'unknown', cause, httpStatus, durationMs: 1 };

export const notSent = (cause: OutboundCause): Outbound => ({
  kind: 'not_sent',
  cause,
  durationMs: 1,
});

function answer(call: Call, given: Answer, delayMs: number): void {
  const { httpStatus, body, contentType, retryAfter } = given;
  const headers = { contentType, retryAfter, date: null };
  call.end(delayMs, { kind: 'answered', httpStatus, headers, body, durationMs: 1 }, given);
}

/** The way of a call whose bytes have left. */
export function createRoute(world: World, weather: Weather, gateway: Gateway) {
  const random = world.random.fork('network');
  const quick = (): number => random.int(...QUICK_MS);
  const within = (call: Call): number =>
    random.int(1, Math.max(1, call.exchange.requestedAt + TOTAL_TIMEOUT_MS - 1 - world.now()));

  const swaps = random.fork('swaps');

  /** The same reply with the ids of another order, or the whole reply of that order. */
  const mixedUp = ({ exchange }: Call, given: Answer): Answer => {
    const others = gateway.orders.filter((one) => one.clientOrderId !== exchange.clientOrderId);
    if (given.fields === null || others.length === 0) return given;
    const other = random.pick(others);
    const ids = { 'merchant-order-id': other.clientOrderId, 'paynet-order-id': other.id };
    const stage = { 'order-stage': 'payout_check_validated', status: 'processing' };
    const mixed = { ...given.fields, ...random.pick([{}, stage]), ...ids };
    return reply(random, swaps.chance(SWAPPED_SHARE) ? gateway.reports(other) : mixed);
  };

  const filter = world.random.fork('filter');
  const hasFilter = filter.chance(FILTER_SHARE);
  /** The filter's answer to this call; null where the filter lets it pass. */
  const filtered = ({ exchange }: Call): Answer | null => {
    if (!hasFilter || weather.isClear() || exchange.command !== 'payout-pay') return null;
    if (!filter.chance(FILTERED_SHARE)) return null;
    return filter.chance(0.5) ? page(403) : page(429, '2');
  };

  const back = (call: Call, given: Answer): void => {
    const rejection = filtered(call);
    if (rejection !== null) return answer(call, rejection, quick());
    if (weather.happens('reset_after_effect')) return call.end(quick(), unknown('reset'));
    if (weather.happens('reply_lost')) return;
    if (weather.happens('body_cut')) return call.end(quick(), unknown('body_cut', 200));
    if (weather.happens('html_page')) return answer(call, page(200), quick());
    if (weather.happens('http_500_after_effect')) return answer(call, page(502), quick());
    // A filter on the way back replaces an answer; what was requested is done all the same.
    if (weather.happens('http_403_after_effect')) return answer(call, page(403), quick());
    if (weather.happens('http_429_after_effect')) return answer(call, page(429, '2'), quick());
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

  return (call: Call): void => {
    const rejection = filtered(call);
    if (rejection !== null) return answer(call, rejection, quick());
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
}
