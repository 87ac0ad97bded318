/**
 * The simulated gateway: takes commands, keeps orders, answers. It enforces nothing that the
 * protocol does not promise: two checks make two orders, and a careless one executes every
 * payout-pay it gets. Accounts are strangers to each other.
 */

import type { Policy } from '../../src/payout/model/limits.ts';
import type { Account } from './account.ts';
import { type Bank, createBank } from './bank.ts';
import { RECEIVER_MARK } from './callers.ts';
import type { Fleet } from './fleet.ts';
import { isPayable, latest, type Order, type Shown, shownAt } from './order.ts';
import type { Random } from './random.ts';
import type { Weather } from './weather.ts';
import {
  type Answer,
  type Fields,
  type GatewayRequest,
  isStatusSigned,
  loginOf,
  page,
  reply,
} from './wire.ts';
import type { World } from './world.ts';

export type Gateway = {
  handle(request: GatewayRequest): Answer;
  orders: readonly Order[];
  bank: Bank;
  orderOf(orderId: string): Order | undefined;
  /** What a status reply about this order says now. */
  reports(order: Order): Fields;
  /** Lookups may lose the orders of that time on, in the outage that the database went back in. */
  unlistSince(since: number): void;
};

export type GatewayDeps = {
  world: World;
  weather: Weather;
  /** Whose books an address and a login stand for; null where no merchant's. */
  ledgerOf: Fleet['ledgerOf'];
  /** What the service was told about how orders are not found. */
  policy: Pick<Policy, 'orderNotFoundCodes' | 'payRepeat' | 'repeatQuietMs' | 'checkQuietMs'>;
  /** Until then every payout-check is refused as invalid, as where the endpoint is a wrong one. */
  refusesUntil: number;
  onShown: (order: Order) => void;
};

/** A replica of the gateway may lag by this; any quiet period of a run is longer. */
const LAG_MS = 8000;
/** By so much the clocks that measure a quiet period may differ, and a little more. */
const CLOCKS_MS = 8000;
/** How often lookups go back together with the database, and how many orders they lose. */
const LISTING_LOST_SHARE = 0.1;
const UNLISTED_SHARE = 0.8;
/** Codes of refusals of every kind. */
const CODES_MAX = 40;
/** The last 2^53 is far away, yet a number would already lose digits here. */
const FIRST_ORDER_ID = 9_007_199_254_741_001n;

type Parts = GatewayDeps & {
  orders: Order[];
  bank: Bank;
  careless: boolean;
  /** Whether it keeps one order for a client_orderid; else it opens another one. */
  refusesKnown: boolean;
  random: World['random'];
};

/** Never as long as the quiet period after which the service takes it that there is no order. */
const hiddenFor = ({ weather, random, policy }: Parts): number =>
  weather.happens('order_found_late') ? random.int(0, policy.checkQuietMs - CLOCKS_MS) : 0;

/** The receiver as payout-check named it: what a careless gateway puts into its messages. */
const echoOf = (fields: ReadonlyMap<string, string>): string | null =>
  [...fields.values()].find((value) => value.includes(RECEIVER_MARK)) ?? null;

function openOrder(parts: Parts, account: Account, fields: ReadonlyMap<string, string>): Order {
  const { world, orders } = parts;
  const of = (name: string): string => fields.get(name) ?? '';
  const order: Order = {
    id: String(FIRST_ORDER_ID + BigInt(orders.length * 7)),
    clientOrderId: of('client_orderid'),
    account,
    amount: of('amount'),
    currency: of('currency'),
    callbackUrl: of('server_callback_url'),
    redirectUrl: of('redirect_url'),
    createdAt: world.now(),
    foundAt: world.now() + hiddenFor(parts),
    isUnlisted: false,
    shown: [{ at: world.now(), what: { status: 'processing', stage: 'payout_check_validating' } }],
    shownAmount: null,
    executions: [],
    paidAt: null,
    echo: parts.weather.happens('receiver_echoed') ? echoOf(fields) : null,
    lie: null,
  };
  orders.push(order);
  world.note(`gateway opens ${order.id} for ${order.clientOrderId}`);
  return order;
}

const accepted = (parts: Parts, order: Order): Answer =>
  reply(parts.random, {
    type: 'async-response',
    'serial-number': `sn-${parts.random.int(1, 1e9)}`,
    'merchant-order-id': order.clientOrderId,
    'paynet-order-id': order.id,
  });

/** payneteasy: form-encoded a rejection comes with 200, in JSON with 4xx. */
function rejected(parts: Parts, message: string, code = parts.random.int(1, CODES_MAX)): Answer {
  const fields: Fields = {
    type: 'validation-error',
    'serial-number': `sn-${parts.random.int(1, 1e9)}`,
    'error-message': message,
    'error-code': String(code),
  };
  return reply(parts.random, fields, parts.random.pick([200, 400]));
}

/** Mostly by its own code where it has one; that code is kept for nothing else. */
function noSuchOrder(parts: Parts): Answer {
  const [code] = parts.policy.orderNotFoundCodes;
  const isCoded = code !== undefined && parts.random.chance(0.8);
  return rejected(parts, 'no such order', isCoded ? Number(code) : undefined);
}

function takeCheck(parts: Parts, account: Account, request: GatewayRequest): Answer {
  if (parts.world.now() < parts.refusesUntil) return rejected(parts, 'no such project');
  const known = parts.orders.filter(
    (order) =>
      order.account === account && order.clientOrderId === request.fields.get('client_orderid'),
  );
  const isKnown = known.some(({ isUnlisted }) => parts.refusesKnown || isUnlisted);
  if (isKnown) return rejected(parts, 'this client_orderid is known');
  if (parts.random.chance(0.02)) {
    const echo = parts.weather.happens('receiver_echoed') ? echoOf(request.fields) : '';
    return rejected(parts, `the receiver is malformed ${echo}`);
  }
  const order = openOrder(parts, account, request.fields);
  parts.bank.takeCheck(order);
  return accepted(parts, order);
}

function takePay(parts: Parts, account: Account, { fields }: GatewayRequest): Answer {
  const own = parts.orders.filter((one) => one.account === account);
  const order = own.find((one) => one.id === fields.get('orderid'));
  if (order === undefined || order.clientOrderId !== fields.get('client_orderid')) {
    return noSuchOrder(parts);
  }
  const again = order.executions.length > 0;
  const mayExecute = parts.careless ? again || isPayable(order) : isPayable(order) && !again;
  if (!mayExecute) return rejected(parts, 'the order is in another stage');
  order.executions.push({ at: parts.world.now() });
  parts.world.note(`gateway executes payout-pay of ${order.id}`);
  parts.bank.takePay(order);
  return accepted(parts, order);
}

function statusFields(order: Order, what: Shown): Fields {
  return {
    type: 'status-response',
    status: what.status,
    ...(what.stage === null ? {} : { 'order-stage': what.stage }),
    'merchant-order-id': order.clientOrderId,
    'paynet-order-id': order.id,
    amount: order.shownAmount ?? order.amount,
    currency: order.currency,
    ...(what.redirectTo === undefined ? {} : { 'redirect-to': what.redirectTo }),
    'transaction-type': what.transactionType ?? 'payout',
    ...(what.status === 'approved' ? { 'processor-tx-id': `PNTX${order.id}` } : {}),
    ...(what.status === 'declined'
      ? { 'error-message': `Declined ${order.echo ?? ''}`, 'error-code': '5' }
      : {}),
    ...(order.echo === null ? {} : { 'card-holder-name': order.echo, name: order.echo }),
  };
}

/** A second order that was not requested: the same payout, opened again by the gateway. */
function openSecond(parts: Parts, order: Order): Order {
  const second = openOrder(
    parts,
    order.account,
    new Map([
      ['client_orderid', order.clientOrderId],
      ['amount', order.amount],
      ['currency', order.currency],
      ['server_callback_url', order.callbackUrl],
      ['redirect_url', order.redirectUrl],
    ]),
  );
  const what: Shown = { status: 'processing', stage: 'payout_check_validated' };
  second.shown.push({ at: parts.world.now(), what });
  return second;
}

function takeStatus(parts: Parts, account: Account, request: GatewayRequest): Answer {
  const { world, weather, random, orders } = parts;
  if (!isStatusSigned(request, account)) return page(403);
  const clientOrderId = request.fields.get('client_orderid');
  const orderId = request.fields.get('orderid');
  const ours = orders.filter(
    (order) => order.account === account && order.clientOrderId === clientOrderId,
  );
  const byIds = ours.filter(({ id, foundAt }) =>
    orderId === undefined ? foundAt <= world.now() : id === orderId,
  );
  const lagMs = weather.happens('stale_status') ? random.int(0, LAG_MS) : 0;
  const visible = byIds.filter((order) => shownAt(order, world.now() - lagMs) !== null);
  const isUnlisted = ours.some((order) => order.isUnlisted && order.foundAt > world.now());
  // The code that means that there is no order is kept for orders that do not exist.
  if (visible.length === 0 && isUnlisted) return rejected(parts, 'not found');
  if (visible.length === 0) return noSuchOrder(parts);
  if (orderId === undefined && weather.happens('lookup_refused')) return rejected(parts, 'busy');
  let order = random.pick(visible);
  if (weather.happens('second_order_shown')) order = openSecond(parts, order);
  const what = shownAt(order, world.now() - (order.createdAt === world.now() ? 0 : lagMs));
  if (what === null) return noSuchOrder(parts);
  const { 'merchant-order-id': named, 'paynet-order-id': id, ...rest } = statusFields(order, what);
  const keepsIds = !weather.happens('reply_without_ids');
  const ids: Fields = keepsIds
    ? { 'merchant-order-id': named ?? '', 'paynet-order-id': id ?? '' }
    : {};
  return reply(random, { ...rest, ...ids });
}

/**
 * Lookups lose orders for more than one quiet period and less than two: after the first one the
 * service sends payout-check, which is refused; after the second one it would believe the refusal.
 */
function unlist({ world, orders, policy }: Parts, random: Random, since: number): void {
  if (!random.chance(LISTING_LOST_SHARE)) return;
  for (const order of orders) {
    if (order.createdAt <= since || !random.chance(UNLISTED_SHARE)) continue;
    const forMs = random.int(policy.checkQuietMs, 2 * policy.checkQuietMs - CLOCKS_MS);
    order.foundAt = Math.max(order.foundAt, world.now() + forMs);
    order.isUnlisted = true;
    world.note(`gateway does not list ${order.id} for ${forMs} ms`);
  }
}

export function createGateway(deps: GatewayDeps): Gateway {
  const { world, ledgerOf } = deps;
  const random = world.random.fork('gateway');
  const orders: Order[] = [];
  const nonces = new Set<string>();
  const bank = createBank(deps);
  const refusesKnown = deps.weather.happens('gateway_refuses_known');
  const parts: Parts = {
    ...deps,
    orders,
    bank,
    careless: random.chance(0.6),
    refusesKnown,
    random,
  };
  const listing = random.fork('register outage');
  return {
    orders,
    bank,
    reports: (order) => {
      const what = latest(order);
      return what === null ? {} : statusFields(order, what);
    },
    unlistSince: (since) => unlist(parts, listing, since),
    orderOf: (orderId) => orders.find((order) => order.id === orderId),
    handle: (request) => {
      const account = ledgerOf({ ...request, login: loginOf(request) });
      if (account === null) return page(404);
      if (request.command === 'status') return takeStatus(parts, account, request);
      // A request that a network hands over twice is told from a new one by its nonce.
      if (request.nonce === null || nonces.has(request.nonce)) return page(403);
      nonces.add(request.nonce);
      return request.command === 'payout-check'
        ? takeCheck(parts, account, request)
        : takePay(parts, account, request);
    },
  };
}
