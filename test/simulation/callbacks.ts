/**
 * Callbacks of the simulated gateway: sent when an order ends or becomes unknown, again until the
 * service answers 200, and sometimes lost, repeated, late, forged, about nothing of ours, about an
 * order of another account, or ahead of the truth.
 */

import { takeCallback } from '../../src/flow/gateway/take-callback.ts';
import { takeReturn } from '../../src/flow/gateway/take-return.ts';
import { type Account, endpointAt } from './account.ts';
import type { Door } from './door.ts';
import type { Fleet } from './fleet.ts';
import { endStatuses, latest, type Order } from './order.ts';
import type { Random } from './random.ts';
import type { Weather } from './weather.ts';
import { callbackControl } from './wire.ts';
import type { World } from './world.ts';

type TakenCallback = {
  clientOrderId: string;
  status: string;
  type: string;
  /** When it was sent, and when the answer to it came. */
  sentAt: number;
  at: number;
};

export type Callbacks = {
  /** The order shows something new. */
  shown(order: Order): void;
  /** The receiver's browser comes back from the form. */
  receiverReturns(order: Order): void;
  /** Callbacks that were answered 200 with a verified checksum, by client_orderid. */
  taken: readonly TakenCallback[];
  /** How often one was believed whose fields are not those that were signed: never. */
  shiftsTaken(): number;
  /** How often one was believed that its signer had no right to send: never. */
  forgeriesTaken(): number;
  pending(): number;
};

const MINUTE = 60_000;
/** payneteasy: up to 30 tries over 14 days, at growing intervals that are not published. */
const TRIES_AFTER_MS = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * 60 * MINUTE, 12 * 60 * MINUTE];
const LATE_MS = [5000, 3 * 3_600_000] as const;
const SOON_MS = [5, 3000] as const;
/** So often one signed text is repeated in a flood, and within which time. */
export const FLOOD = 80;
const FLOOD_WITHIN_MS = 20_000;

/** What is to become of it: believed, taken without touching any payout, or refused twice. */
type Right = 'genuine' | 'stray' | 'forged' | 'shifted';

type Said = {
  /** The endpoint whose address it is sent to. */
  to: string;
  status: string;
  orderId: string;
  clientOrderId: string;
  type: string;
  control: string;
};

/** What the gateway says of an order, where it was asked to, with the checksum of an account. */
function sign(order: Order, status: string, type = 'payout', by: Account = order.account): Said {
  const { id: orderId, clientOrderId, callbackUrl } = order;
  const control = callbackControl(by, status, orderId, clientOrderId);
  return { to: endpointAt(callbackUrl), status, orderId, clientOrderId, type, control };
}

/** One digit of the checksum is another one. */
const forge = (said: Said): Said => ({
  ...said,
  control: said.control.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
});

const queryOf = (order: Order, said: Said, amount: string): URLSearchParams =>
  new URLSearchParams({
    status: said.status,
    orderid: said.orderId,
    client_orderid: said.clientOrderId,
    merchant_order: said.clientOrderId,
    type: said.type,
    amount,
    currency: order.currency,
    control: said.control,
  });

/** The same signed text, read as other fields: no separator is signed. */
function shift(said: Said, random: Random): Said {
  const { status, orderId, clientOrderId } = said;
  const joined = status + orderId + clientOrderId;
  const first = Math.max(1, status.length + random.pick([0, 0, 1, 2, -1]));
  const moved = random.pick(first === status.length ? [1, 2, -1, -2] : [0, 0, 1]);
  const second = first + Math.max(1, orderId.length + moved);
  return {
    ...said,
    status: joined.slice(0, first),
    orderId: joined.slice(first, second),
    clientOrderId: joined.slice(second),
  };
}

/** What the receiver's browser brings back from the form. */
function returnOf(order: Order): URLSearchParams {
  const { status, orderId, clientOrderId, control } = sign(order, 'processing');
  return new URLSearchParams({
    status,
    orderid: orderId,
    client_orderid: clientOrderId,
    control,
  });
}

export type CallbacksDeps = {
  world: World;
  weather: Weather;
  door: Door;
  fleet: Fleet;
};

export function createCallbacks({ world, weather, door, fleet }: CallbacksDeps): Callbacks {
  const random = world.random.fork('callbacks');
  const taken: TakenCallback[] = [];
  let forgeriesTaken = 0;
  let shiftsTaken = 0;
  let pending = 0;

  const send = async (order: Order, said: Said, right: Right): Promise<void> => {
    pending += 1;
    // The checksum does not cover the amount, so a wrong one has to be of no effect.
    const query = queryOf(order, said, random.chance(0.1) ? '1.00' : order.amount);
    const late = weather.happens('callback_delayed');
    const [soonest, longest] = late ? LATE_MS : SOON_MS;
    await world.sleep(random.int(soonest, longest), `callback of ${said.orderId}`);
    for (const again of TRIES_AFTER_MS) {
      const lost = weather.happens('callback_lost');
      let misread = !fleet.isKeyRight();
      const sentAt = world.now();
      const reply = lost
        ? null
        : await door.ask(`callback ${said.status} of ${said.orderId}`, (app) =>
            takeCallback(app, said.to, { query, body: null }),
          );
      misread ||= !fleet.isKeyRight();
      if (reply?.kind === 'answered') {
        const { kind } = reply.value;
        if (right === 'shifted') {
          if (kind === 'stored') shiftsTaken += 1;
          break;
        }
        if (right !== 'forged' && kind === 'refused') {
          if (!misread) throw new Error('a genuine callback was refused');
          await world.sleep(again, `callback of ${said.orderId} again`);
          continue;
        }
        if (right === 'forged' && kind !== 'refused') forgeriesTaken += 1;
        if (right === 'stray' && kind === 'stored') forgeriesTaken += 1;
        if (right === 'genuine') taken.push({ ...said, sentAt, at: world.now() });
        break;
      }
      await world.sleep(again, `callback of ${said.orderId} again`);
    }
    pending -= 1;
  };

  const genuine = (order: Order, said: Said): void => {
    const copies = weather.happens('callback_repeated') ? random.int(2, 6) : 1;
    for (let copy = 0; copy < copies; copy += 1) void send(order, said, 'genuine');
  };

  /** A caller that holds one signed callback sends it again and again, with what is not signed. */
  const flood = (order: Order, said: Said): void => {
    for (let copy = 0; copy < FLOOD; copy += 1) {
      const isReturn = random.chance(0.3);
      const type = random.pick(['payout', `type-${copy}`, 'reversal', 'chargeback']);
      const received = { query: queryOf(order, { ...said, type }, `${copy}.00`), body: null };
      world.in(random.int(0, FLOOD_WITHIN_MS), `flood of ${order.id}`, () => {
        void door.ask<unknown>(`flood of ${order.id}`, (app) =>
          isReturn
            ? takeReturn(app, order.redirectUrl.split('/').at(-1) ?? '', received)
            : takeCallback(app, said.to, received),
        );
      });
    }
  };

  return {
    taken,
    forgeriesTaken: () => forgeriesTaken,
    shiftsTaken: () => shiftsTaken,
    pending: () => pending,
    shown: (order) => {
      const now = latest(order);
      if (now === null) return;
      const later = now.transactionType;
      const ended = endStatuses.includes(now.status) || now.status === 'unknown';
      if (ended || later !== undefined) genuine(order, sign(order, now.status, later));
      else if (weather.happens('callback_ahead_of_truth')) {
        genuine(order, sign(order, random.pick(['approved', 'declined'])));
      }
      if (weather.happens('callback_forged')) {
        void send(order, forge(sign(order, 'approved')), 'forged');
      }
      if (weather.happens('callback_shifted')) {
        void send(order, shift(sign(order, now.status), random), 'shifted');
      }
      if (weather.happens('callback_flood')) flood(order, sign(order, now.status));
      if (weather.happens('callback_of_no_order')) {
        const clientOrderId = 'po_00000000000000000000000000';
        const control = callbackControl(order.account, 'approved', order.id, clientOrderId);
        genuine(order, { ...sign(order, 'approved'), clientOrderId, control });
      }
      const other = fleet.ledgers.find(({ endpoint }) => endpoint !== order.account.endpoint);
      if (other !== undefined && weather.happens('callback_of_other_account')) {
        const said = sign(order, 'approved', 'payout', other);
        if (random.chance(0.5)) void send(order, said, 'forged');
        else void send(order, { ...said, to: other.endpoint }, 'stray');
      }
    },
    receiverReturns: (order) => {
      const received = { query: new URLSearchParams(), body: returnOf(order) };
      void door.ask(`receiver of ${order.id} returns`, (app) =>
        takeReturn(app, order.redirectUrl.split('/').at(-1) ?? '', received),
      );
    },
  };
}
